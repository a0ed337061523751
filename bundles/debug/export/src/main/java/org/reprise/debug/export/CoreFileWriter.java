package org.reprise.debug.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.debug.CoreFiles;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.PageSource;
import org.reprise.api.travel.Visit;

/**
 * ELF core files of RISC-V machines ("RISC-V ELF psABI", "Tool Interface Standard ELF", chapter 2; the notes as Linux writes them: {@code elf_prstatus} and
 * {@code user_regs_struct} of its uapi headers). Each CPU is a thread. RAM is there once; segments show it at its physical addresses and, where page tables map it,
 * at virtual ones, too.
 */
@Component
public final class CoreFileWriter implements CoreFiles {
    private static final int ET_CORE = 4;
    private static final int EM_RISCV = 243;
    private static final int COMPRESSED_DOUBLE = 5;
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int NT_PRSTATUS = 1;
    private static final int READ_WRITE_EXECUTE = 7;
    private static final int SIGTRAP = 5;
    private static final int REGISTERS = 32;
    private static final int PC = 32;
    private static final String SATP = "satp";

    /** What a core file says of a CPU. @param satp where its page tables are */
    private record State(long pc, long[] x, long satp) {
    }

    @Override
    public void write(Machine machine, Visit visit, SeekableByteChannel file) throws IOException {
        boolean[] wide = new boolean[1];
        List<State> cpus = machine.inspect(all -> {
            String architecture = all.get(0).debuggerArchitecture();
            if (!architecture.startsWith("riscv:rv")) {
                throw new MachineException(ExitCode.CONFIGURATION, "there are no core files of machines of the architecture " + architecture + "; use gdb:serve");
            }
            wide[0] = architecture.equals("riscv:rv64");
            return all.stream().map(CoreFileWriter::state).toList();
        });
        new Writing(wide[0], file).write(cpus, visit.ram(), visit.pages());
    }

    private static State state(Cpu cpu) {
        long[] x = new long[REGISTERS];
        for (int i = 0; i < REGISTERS; i++) {
            x[i] = cpu.register(i);
        }
        long satp = 0;
        List<Cpu.Register> names = cpu.registers();
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).name().equals(SATP)) {
                satp = cpu.register(i);
            }
        }
        return new State(cpu.register(PC), x, satp);
    }

    /** One file. */
    private static final class Writing {
        private final boolean wide;
        private final SeekableByteChannel file;

        Writing(boolean wide, SeekableByteChannel file) {
            this.wide = wide;
            this.file = file;
        }

        private static ByteBuffer buffer(int length) {
            return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        }

        private void word(ByteBuffer into, long value) {
            if (wide) {
                into.putLong(value);
            } else {
                into.putInt((int) value);
            }
        }

        private void put(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        }

        void write(List<State> cpus, MemoryRange ram, PageSource pages) throws IOException {
            ByteBuffer notes = notes(cpus);
            List<PageTables.Mapping> mappings = new ArrayList<>(new PageTables(ram, pages).mappings(cpus.stream().mapToLong(State::satp).toArray(), wide));
            mappings.add(new PageTables.Mapping(ram.base(), ram.base(), ram.size()));
            int header = wide ? 64 : 52;
            int entry = wide ? 56 : 32;
            int noteOffset = header + entry * (mappings.size() + 1);
            long content = (noteOffset + notes.remaining() + Capture.PAGE - 1L) / Capture.PAGE * Capture.PAGE;
            ByteBuffer head = buffer(noteOffset);
            head.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1), 1, 1, 0}).put(new byte[8]);
            head.putShort((short) ET_CORE).putShort((short) EM_RISCV).putInt(1);
            word(head, 0);
            word(head, header);
            word(head, 0);
            head.putInt(COMPRESSED_DOUBLE).putShort((short) header).putShort((short) entry).putShort((short) (mappings.size() + 1));
            head.putShort((short) 0).putShort((short) 0).putShort((short) 0);
            segment(head, PT_NOTE, noteOffset, new PageTables.Mapping(0, 0, notes.remaining()), 0);
            for (PageTables.Mapping mapping : mappings) {
                segment(head, PT_LOAD, content + mapping.physical() - ram.base(), mapping, Capture.PAGE);
            }
            put(head.flip());
            put(notes);
            byte[] page = new byte[Capture.PAGE];
            for (int number = 0; number < ram.size() / Capture.PAGE; number++) {
                if (pages.read("ram", number, page)) {
                    file.position(content + (long) number * Capture.PAGE);
                    put(ByteBuffer.wrap(page));
                }
            }
            // the file is as long as it says, whatever the last page holds
            long last = content + ram.size() - 1;
            if (file.size() <= last) {
                file.position(last);
                put(ByteBuffer.wrap(new byte[1]));
            }
        }

        private void segment(ByteBuffer into, int type, long offset, PageTables.Mapping where, long alignment) {
            into.putInt(type);
            if (wide) {
                into.putInt(READ_WRITE_EXECUTE);
            }
            word(into, offset);
            word(into, where.virtual());
            word(into, where.physical());
            word(into, where.size());
            word(into, type == PT_NOTE ? 0 : where.size());
            if (!wide) {
                into.putInt(READ_WRITE_EXECUTE);
            }
            word(into, alignment);
        }

        /** {@code elf_prstatus} of each CPU; they have thread numbers from 1 on, as with the gdb server. */
        private ByteBuffer notes(List<State> cpus) {
            int length = wide ? 376 : 204;
            int registers = wide ? 112 : 72;
            ByteBuffer all = buffer(cpus.size() * (12 + 8 + length));
            for (int i = 0; i < cpus.size(); i++) {
                ByteBuffer status = buffer(length);
                status.putInt(SIGTRAP);
                status.putShort(12, (short) SIGTRAP);
                status.putInt(wide ? 32 : 24, i + 1);
                status.position(registers);
                word(status, cpus.get(i).pc());
                for (int x = 1; x < REGISTERS; x++) {
                    word(status, cpus.get(i).x()[x]);
                }
                all.putInt(5).putInt(length).putInt(NT_PRSTATUS).put("CORE".getBytes(StandardCharsets.US_ASCII)).put(new byte[4]);
                all.put(status.rewind());
            }
            return all.flip();
        }
    }
}
