/** Decode tables at run time: what the table compiler generates is data for {@link org.reprise.core.decode.InstructionTable}. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.core.decode;
