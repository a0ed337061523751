/** The qcow2 format: opening, reading, writing, checking and making images (specification: docs/interop/qcow2 of the QEMU project). */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.block.qcow2.image;
