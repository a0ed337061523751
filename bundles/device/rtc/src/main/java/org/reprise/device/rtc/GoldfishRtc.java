package org.reprise.device.rtc;

import org.reprise.api.device.ClockType;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.state.State;
import org.reprise.core.registers.Register;
import org.reprise.core.registers.RegisterMap;

/**
 * The real-time clock of the Android Goldfish platform ("Goldfish virtual hardware", section Goldfish RTC): nanoseconds since
 * 1970-01-01T00:00Z as two 32-bit halves, and an alarm. The clock is the host's wall clock (HOST), each read of which is an event of
 * the recording, plus an offset that the guest makes by setting the time. The time that was set survives a reset, as with a battery;
 * alarm and interrupt do not.
 *
 * <p>Reading TIME_LOW latches TIME_HIGH. Setting the time or the alarm: high half first, the low half makes it happen. An alarm at a
 * time that has passed goes off at once.
 *
 * <p>Keys: {@code address}, {@code interrupt}.
 */
final class GoldfishRtc implements Device {
    private static final long REGION = 0x1000;
    private static final long LOW_HALF = 0xffff_ffffL;

    private final DeviceContext context;
    private final String name;
    private final long address;
    private final String interruptReference;
    private final RegisterMap map;
    private final Register timeHigh;
    private final Register alarmHigh;
    private final Register alarmLow;
    private final Register interruptEnable;
    private final Register alarmStatus;
    private final InterruptLine line;
    private final Timer alarm;

    /** TIME minus HOST in ns. */
    private long offset;
    private boolean pending;

    GoldfishRtc(DeviceContext context) {
        this.context = context;
        PartConfig config = context.config();
        name = config.name();
        address = config.number("address");
        interruptReference = config.text("interrupt");
        map = new RegisterMap(name, REGION, context::guestError);
        map.register("TIME_LOW", 0x00, 4).read(this::readTimeLow).write(this::writeTimeLow);
        timeHigh = map.register("TIME_HIGH", 0x04, 4);
        alarmLow = map.register("ALARM_LOW", 0x08, 4).onWrite(value -> setAlarm());
        alarmHigh = map.register("ALARM_HIGH", 0x0c, 4);
        interruptEnable = map.register("IRQ_ENABLED", 0x10, 4).field("ENABLE", 0, 1).onWrite(value -> update());
        map.register("CLEAR_ALARM", 0x14, 4).write(value -> clearAlarm());
        alarmStatus = map.register("ALARM_STATUS", 0x18, 4).readOnly();
        map.register("CLEAR_INTERRUPT", 0x1c, 4).write(value -> clearInterrupt());
        context.map(name, address, REGION, map);
        line = context.interrupt(interruptReference);
        alarm = context.timer("alarm", ClockType.HOST, this::alarmWentOff);
    }

    @Override
    public void reset() {
        map.reset();
        alarm.cancel();
        pending = false;
        update();
    }

    @Override
    public void state(State s) {
        map.state(s);
        offset = s.int64("offset", offset);
        pending = s.bool("pending", pending);
    }

    @Override
    public void describe(DeviceTreeNode parent) {
        parent.child("rtc@" + Long.toHexString(address)).standsFor(name)
                .property("compatible", "google,goldfish-rtc").reg(address, REGION).interrupt(interruptReference);
    }

    private long readTimeLow() {
        long now = context.clock(ClockType.HOST) + offset;
        timeHigh.set(now >>> 32);
        return now & LOW_HALF;
    }

    private void writeTimeLow(long low) {
        offset = (timeHigh.get() << 32 | low) - context.clock(ClockType.HOST);
        if (alarmStatus.has(1)) {
            setAlarm();
        }
    }

    private void setAlarm() {
        alarmStatus.set(1);
        alarm.set((alarmHigh.get() << 32 | alarmLow.get()) - offset);
    }

    private void clearAlarm() {
        alarm.cancel();
        alarmStatus.set(0);
    }

    private void alarmWentOff() {
        alarmStatus.set(0);
        pending = true;
        update();
    }

    private void clearInterrupt() {
        pending = false;
        update();
    }

    private void update() {
        line.set(pending && interruptEnable.has(1));
    }
}
