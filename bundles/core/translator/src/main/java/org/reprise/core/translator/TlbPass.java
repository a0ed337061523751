package org.reprise.core.translator;

/**
 * Redundant TLB-check elimination: accesses of one kind that follow each other in a block through the same base register (saving and
 * restoring registers, fields of a structure) need only be on the page of the first. Between them there is no other access and no helper,
 * so the TLB cannot have changed; an access on another page takes the slow path and leads from there on.
 */
final class TlbPass implements Pass {
    @Override
    public void run(RegionBlock[] blocks, ControlFlow flow, PassContext context) {
        for (RegionBlock b : blocks) {
            int leader = -1;
            for (int ip = 0; ip < b.code.length; ip += 4) {
                int op = b.op(ip);
                if (Op.isLoad(op) || Op.isStore(op)) {
                    if (leader != -1 && joins(b, leader, ip)) {
                        b.code[leader + 3] |= RegionBlock.LEADS;
                        b.code[ip + 3] |= RegionBlock.FOLLOWS;
                    } else {
                        leader = ip;
                    }
                } else if (op == Op.CALL) {
                    leader = -1;
                }
                if (leader != -1 && Operands.written(op, b.d(ip)) == b.code[leader + 1]) {
                    leader = -1;
                }
            }
        }
    }

    private static boolean joins(RegionBlock b, int leader, int ip) {
        return b.code[ip + 1] == b.code[leader + 1] && Op.isLoad(b.op(ip)) == Op.isLoad(b.op(leader))
            && (b.code[ip + 3] & RegionBlock.MMU) == (b.code[leader + 3] & RegionBlock.MMU)
            && Math.abs((long) b.code[ip + 2] - b.code[leader + 2]) < 4096;
    }
}
