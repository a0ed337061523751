/** Services of those who observe machines from outside. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.reprise.api.debug;
