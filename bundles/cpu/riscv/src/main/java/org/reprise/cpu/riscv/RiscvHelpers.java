package org.reprise.cpu.riscv;

import org.reprise.core.translator.Helper;

/** The helpers that translated RISC-V code calls. */
final class RiscvHelpers {
    final Helper.Table table = new Helper.Table();

    final Helper illegal = system("illegal", RiscvSystem::illegal);
    final Helper trap = system("trap", RiscvSystem::trap);
    final Helper ecall = system("ecall", RiscvSystem::ecall);
    final Helper csr = system("csr", RiscvSystem::csr);
    final Helper mret = system("mret", RiscvSystem::mret);
    final Helper sret = system("sret", RiscvSystem::sret);
    final Helper wfi = system("wfi", RiscvSystem::wfi);
    final Helper sfence = system("sfence", RiscvSystem::sfence);
    final Helper pause = system("pause", RiscvSystem::pause);
    final Helper makeDirty = table.add(RiscvSystem.class, "makeDirty", RiscvSystem::makeDirty, Helper.FAULTS);

    final Helper div = table.add(RiscvMath.class, "div", RiscvMath::div, 0);
    final Helper divu = table.add(RiscvMath.class, "divu", RiscvMath::divu, 0);
    final Helper rem = table.add(RiscvMath.class, "rem", RiscvMath::rem, 0);
    final Helper remu = table.add(RiscvMath.class, "remu", RiscvMath::remu, 0);
    final Helper divw = table.add(RiscvMath.class, "divw", RiscvMath::divw, 0);
    final Helper divuw = table.add(RiscvMath.class, "divuw", RiscvMath::divuw, 0);
    final Helper remw = table.add(RiscvMath.class, "remw", RiscvMath::remw, 0);
    final Helper remuw = table.add(RiscvMath.class, "remuw", RiscvMath::remuw, 0);
    final Helper mulhsu = table.add(RiscvMath.class, "mulhsu", RiscvMath::mulhsu, 0);
    final Helper orcb = table.add(RiscvMath.class, "orcb", RiscvMath::orcb, 0);

    final Helper loadReserved = table.add(RiscvAtomics.class, "loadReserved", RiscvAtomics::loadReserved, Helper.FAULTS);
    final Helper storeConditional = table.add(RiscvAtomics.class, "storeConditional", RiscvAtomics::storeConditional, Helper.FAULTS);
    final Helper amo = table.add(RiscvAtomics.class, "amo", RiscvAtomics::amo, Helper.FAULTS);

    final Helper setRounding = rounded("setRounding", RiscvFloat::setRounding);
    final Helper addS = rounded("addS", RiscvFloat::addS);
    final Helper addD = rounded("addD", RiscvFloat::addD);
    final Helper subS = rounded("subS", RiscvFloat::subS);
    final Helper subD = rounded("subD", RiscvFloat::subD);
    final Helper mulS = rounded("mulS", RiscvFloat::mulS);
    final Helper mulD = rounded("mulD", RiscvFloat::mulD);
    final Helper divS = rounded("divS", RiscvFloat::divS);
    final Helper divD = rounded("divD", RiscvFloat::divD);
    final Helper sqrtS = rounded("sqrtS", RiscvFloat::sqrtS);
    final Helper sqrtD = rounded("sqrtD", RiscvFloat::sqrtD);
    final Helper fmaddS = plain("fmaddS", RiscvFloat::fmaddS);
    final Helper fmsubS = plain("fmsubS", RiscvFloat::fmsubS);
    final Helper fnmsubS = plain("fnmsubS", RiscvFloat::fnmsubS);
    final Helper fnmaddS = plain("fnmaddS", RiscvFloat::fnmaddS);
    final Helper fmaddD = plain("fmaddD", RiscvFloat::fmaddD);
    final Helper fmsubD = plain("fmsubD", RiscvFloat::fmsubD);
    final Helper fnmsubD = plain("fnmsubD", RiscvFloat::fnmsubD);
    final Helper fnmaddD = plain("fnmaddD", RiscvFloat::fnmaddD);
    final Helper minS = plain("minS", RiscvFloat::minS);
    final Helper minD = plain("minD", RiscvFloat::minD);
    final Helper maxS = plain("maxS", RiscvFloat::maxS);
    final Helper maxD = plain("maxD", RiscvFloat::maxD);
    final Helper eqS = plain("eqS", RiscvFloat::eqS);
    final Helper eqD = plain("eqD", RiscvFloat::eqD);
    final Helper ltS = plain("ltS", RiscvFloat::ltS);
    final Helper ltD = plain("ltD", RiscvFloat::ltD);
    final Helper leS = plain("leS", RiscvFloat::leS);
    final Helper leD = plain("leD", RiscvFloat::leD);
    final Helper classS = plain("classS", RiscvFloat::classS);
    final Helper classD = plain("classD", RiscvFloat::classD);
    final Helper signS = plain("signS", RiscvFloat::signS);
    final Helper signNotS = plain("signNotS", RiscvFloat::signNotS);
    final Helper signXorS = plain("signXorS", RiscvFloat::signXorS);
    final Helper cvtWS = rounded("cvtWS", RiscvFloat::cvtWS);
    final Helper cvtWD = rounded("cvtWD", RiscvFloat::cvtWD);
    final Helper cvtSW = rounded("cvtSW", RiscvFloat::cvtSW);
    final Helper cvtDW = rounded("cvtDW", RiscvFloat::cvtDW);
    final Helper cvtWuS = rounded("cvtWuS", RiscvFloat::cvtWuS);
    final Helper cvtWuD = rounded("cvtWuD", RiscvFloat::cvtWuD);
    final Helper cvtSWu = rounded("cvtSWu", RiscvFloat::cvtSWu);
    final Helper cvtDWu = rounded("cvtDWu", RiscvFloat::cvtDWu);
    final Helper cvtLS = rounded("cvtLS", RiscvFloat::cvtLS);
    final Helper cvtLD = rounded("cvtLD", RiscvFloat::cvtLD);
    final Helper cvtSL = rounded("cvtSL", RiscvFloat::cvtSL);
    final Helper cvtDL = rounded("cvtDL", RiscvFloat::cvtDL);
    final Helper cvtLuS = rounded("cvtLuS", RiscvFloat::cvtLuS);
    final Helper cvtLuD = rounded("cvtLuD", RiscvFloat::cvtLuD);
    final Helper cvtSLu = rounded("cvtSLu", RiscvFloat::cvtSLu);
    final Helper cvtDLu = rounded("cvtDLu", RiscvFloat::cvtDLu);
    final Helper cvtSD = rounded("cvtSD", RiscvFloat::cvtSD);
    final Helper cvtDS = rounded("cvtDS", RiscvFloat::cvtDS);

    private Helper system(String method, Helper.Function function) {
        return table.add(RiscvSystem.class, method, function, Helper.SYSTEM | Helper.FAULTS);
    }

    /** A floating-point operation with a rounding mode, which can be illegal. */
    private Helper rounded(String method, Helper.Function function) {
        return table.add(RiscvFloat.class, method, function, Helper.FAULTS);
    }

    private Helper plain(String method, Helper.Function function) {
        return table.add(RiscvFloat.class, method, function, 0);
    }
}
