/** What a CPU architecture provides, and what a CPU may reach. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.api.cpu;
