/** The remote serial protocol of gdb ("Debugging with GDB", appendix "GDB Remote Serial Protocol"): packets, and its client side. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.debug.gdb.protocol;
