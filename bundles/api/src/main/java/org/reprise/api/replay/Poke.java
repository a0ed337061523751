package org.reprise.api.replay;

import java.util.HexFormat;

/** A change from outside to a machine that stands still: an event of its recording. */
public sealed interface Poke {
    /** In place of a CPU: an address is a physical one. */
    int PHYSICAL = -1;

    /** What it does, on one line, for people. */
    String text();

    /**
     * A register gets a value.
     *
     * @param cpu index of the CPU
     * @param name as {@link org.reprise.api.cpu.Cpu#registers} says
     */
    record Register(int cpu, String name, long value) implements Poke {
        @Override
        public String text() {
            return "cpu" + cpu + " " + name + "=0x" + Long.toHexString(value);
        }
    }

    /**
     * RAM gets bytes, also where the guest may not write. Code that was there is translated anew; a CPU's translations of addresses are kept, as when
     * another CPU or a device writes a page table.
     *
     * @param cpu whose translation of addresses is used, or {@link #PHYSICAL}
     * @param bytes not to be changed
     */
    record Memory(int cpu, long address, byte[] bytes) implements Poke {
        private static final int SHOWN = 32;

        @Override
        public String text() {
            return (cpu == PHYSICAL ? "physical " : "") + "0x" + Long.toHexString(address) + "=" + HexFormat.of().formatHex(bytes, 0, Math.min(SHOWN, bytes.length))
                + (bytes.length > SHOWN ? "… (" + bytes.length + " bytes)" : "");
        }
    }

    /**
     * Input at a console; the guest gets it when it runs on.
     *
     * @param console name of the part, or empty: the first console
     * @param bytes not to be changed
     */
    record Key(String console, byte[] bytes) implements Poke {
        @Override
        public String text() {
            StringBuilder s = new StringBuilder("key ").append(console).append(console.isEmpty() ? "\"" : " \"");
            for (byte b : bytes) {
                s.append(b >= ' ' && b < 0x7f ? String.valueOf((char) b) : String.format(java.util.Locale.ROOT, "\\x%02x", b));
            }
            return s.append('"').toString();
        }
    }
}
