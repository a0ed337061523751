package org.reprise.api.debug;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.machine.Machine;

/**
 * Reads symbols from files: a service. Any thread. Kinds of files, told apart by their content: ELF files (their symbol tables, else the
 * table of a kernel inside; source lines from DWARF 2 to 5), raw Linux kernel images (the kernel's own table, {@code CONFIG_KALLSYMS}), and text as in {@code System.map}
 * and {@code /proc/kallsyms}.
 */
@ProviderType
public interface SymbolReader {
    /**
     * Reads files.
     *
     * @param files each {@code FILE} or {@code FILE@OFFSET}; the offset (decimal, or hexadecimal after {@code 0x}, possibly negative) is
     *        added to the file's addresses. An address that several know is named by the first
     * @throws org.reprise.api.machine.MachineException naming the file and why it has no symbols
     */
    Symbols read(List<String> files);

    /**
     * Reads what a machine is configured to start, its kernel and its firmware, where it is loaded. Images without symbols (stripped, or
     * raw code) are passed over.
     */
    Symbols of(Machine machine);
}
