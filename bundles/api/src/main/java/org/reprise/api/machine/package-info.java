/** Machines: life cycle, parts, causes of shutdown, digests. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.api.machine;
