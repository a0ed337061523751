package org.reprise.core.translator;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A region of guest code was compiled to bytecode; the event's duration is the time that took. For the JVM's flight recorder. */
@Name("org.reprise.RegionCompiled")
@Label("Region compiled")
@Category({"Reprise", "Translator"})
@Description("A region of guest code was compiled to bytecode")
@StackTrace(false)
final class RegionCompiledEvent extends Event {
    @Label("Guest address")
    long address;
    @Label("Guest instructions")
    int instructions;
    @Label("Blocks")
    int blocks;
    @Label("Bytecodes")
    int bytecodes;
    @Label("Hot")
    boolean hot;
}
