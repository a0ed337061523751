/** Block drivers and the replayable request queue of a drive. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package org.reprise.api.block;
