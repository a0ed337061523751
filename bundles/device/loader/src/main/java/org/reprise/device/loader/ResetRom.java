package org.reprise.device.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The reset ROM: six instructions that load a0 = mhartid, a1 = device tree, a2 = dynamic information, and jump to the first program;
 * then its data, then OpenSBI's {@code struct fw_dynamic_info} version 2 (docs/firmware/fw_dynamic.md), in words of XLEN bits.
 */
final class ResetRom {
    /** Where it is unless configured otherwise: the harts' reset address. */
    static final long BASE = 0x1000;

    private static final int AUIPC_T0 = 0x0000_0297;
    private static final int ADDI_A2_T0 = 0x0002_8613;
    private static final int CSRR_A0_MHARTID = 0xf140_2573;
    private static final int LW_A1_T0 = 0x0002_a583;
    private static final int LW_T0_T0 = 0x0002_a283;
    private static final int LD_INSTEAD_OF_LW = 0x1000;
    private static final int JR_T0 = 0x0002_8067;
    private static final int CODE_BYTES = 24;
    private static final long DYNAMIC_INFO_MAGIC = 0x4942_534f;
    private static final long DYNAMIC_INFO_VERSION = 2;
    private static final long MODE_S = 1;

    private ResetRom() {
    }

    static byte[] build(int xlen, long start, long deviceTree, long nextAddress) {
        int word = xlen / 8;
        int startAt = CODE_BYTES;
        int deviceTreeAt = startAt + word;
        int infoAt = deviceTreeAt + word;
        int load = xlen == 64 ? LD_INSTEAD_OF_LW : 0;
        ByteBuffer rom = ByteBuffer.allocate(infoAt + 6 * word).order(ByteOrder.LITTLE_ENDIAN);
        rom.putInt(AUIPC_T0);
        rom.putInt(ADDI_A2_T0 | infoAt << 20);
        rom.putInt(CSRR_A0_MHARTID);
        rom.putInt(LW_A1_T0 | load | deviceTreeAt << 20);
        rom.putInt(LW_T0_T0 | load | startAt << 20);
        rom.putInt(JR_T0);
        long options = 0;
        long bootHart = 0;
        for (long value : new long[] {start, deviceTree, DYNAMIC_INFO_MAGIC, DYNAMIC_INFO_VERSION, nextAddress, MODE_S, options,
                bootHart}) {
            if (xlen == 64) {
                rom.putLong(value);
            } else {
                rom.putInt((int) value);
            }
        }
        return rom.array();
    }
}
