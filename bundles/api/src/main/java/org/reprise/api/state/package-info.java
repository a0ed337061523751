/** Symmetric saving, restoring and hashing of guest-visible state. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.api.state;
