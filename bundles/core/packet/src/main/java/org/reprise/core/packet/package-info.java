/** Network packets: header fields, checksums, and what offloads left to do. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.core.packet;
