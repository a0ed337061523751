/** What a device model is, and everything it may reach: its context. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.api.device;
