/** Declarative register maps: what a device's registers are is stated once, behaviour is added only where there is some. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.core.registers;
