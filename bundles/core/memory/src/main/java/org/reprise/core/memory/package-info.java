/** Guest memory: host memory behind RAM, the physical address space, dirty pages, pages with translated code. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.core.memory;
