package org.reprise.core.machine;

import org.reprise.api.device.InterruptLine;

/** The device's end of an interrupt line: checked, and wired to its sink once all parts are there. */
final class CheckedLine implements InterruptLine {
    private final Owner owner;
    private final Guard guard;
    private final Audience audience;
    private final String part;
    private final String reference;
    private InterruptLine sink;
    private boolean levelBeforeWiring;
    /** The level set last, for who hears of changes. */
    private boolean told;

    CheckedLine(Owner owner, Guard guard, Audience audience, String part, String reference) {
        this.owner = owner;
        this.guard = guard;
        this.audience = audience;
        this.part = part;
        this.reference = reference;
    }

    String part() {
        return part;
    }

    String reference() {
        return reference;
    }

    /** The part is gone: its line is low, and stays so. */
    void cut() {
        if (sink != null) {
            sink.set(false);
        }
        sink = level -> { };
    }

    void wire(InterruptLine to) {
        sink = to;
        if (levelBeforeWiring) {
            to.set(true);
        }
    }

    @Override
    public void set(boolean level) {
        owner.check(part);
        if (guard.restricted()) {
            guard.touch(part, "interrupt line " + reference);
        }
        if (level != told) {
            told = level;
            audience.line(part, reference, level);
        }
        if (sink == null) {
            levelBeforeWiring = level;
        } else {
            sink.set(level);
        }
    }
}
