/** Conformance: a CPU of ours and the reference emulator's, run side by side. Nothing here knows an architecture by name. */
package org.reprise.debug.conform;
