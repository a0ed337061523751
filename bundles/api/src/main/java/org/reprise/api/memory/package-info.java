/** The physical address space of a machine as CPUs and devices see it. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.api.memory;
