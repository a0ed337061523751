package org.reprise.core.machine;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockScheduler;
import org.reprise.api.character.CharacterPort;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.device.BottomHalf;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.random.RandomBackend;

/** Devices, drives and a guest that use every way out of a machine, so that two live runs differ. */
final class Workshop {
    static final long UART = 0x1000;
    static final long TIMER = 0x2000;
    static final long CLOCK = 0x3000;
    static final long DISK = 0x4000;
    static final long FINISHER = 0x5000;
    static final long RAM = 0x80000000L;

    private Workshop() {
    }

    /** A serial port: offset 0 writes, 8 reads the next byte or -1; a FIFO of 4 bytes; interrupt while it is not empty. */
    static DeviceModel uart() {
        return context -> {
            ArrayDeque<Integer> fifo = new ArrayDeque<>();
            InterruptLine line = context.interrupt("cpu0:IRQ");
            CharacterPort[] port = new CharacterPort[1];
            port[0] = context.character(new CharacterReceiver() {
                @Override
                public int canReceive() {
                    return 4 - fifo.size();
                }

                @Override
                public void receive(byte[] bytes) {
                    for (byte b : bytes) {
                        fifo.add(b & 255);
                    }
                    line.set(true);
                }
            });
            TestParts.map(context, UART, offset -> {
                Integer next = fifo.poll();
                line.set(!fifo.isEmpty());
                if (next != null) {
                    port[0].acceptInput();
                }
                return next == null ? -1 : next;
            }, (offset, value) -> port[0].write((int) value));
            return new TestParts.ClosureDevice(fifo::clear, s -> {
                byte[] saved = s.bytes("fifo", bytes(fifo));
                if (s.loading()) {
                    fifo.clear();
                    for (byte b : saved) {
                        fifo.add(b & 255);
                    }
                }
            });
        };
    }

    private static byte[] bytes(ArrayDeque<Integer> fifo) {
        byte[] bytes = new byte[fifo.size()];
        int i = 0;
        for (int value : fifo) {
            bytes[i++] = (byte) value;
        }
        return bytes;
    }

    /** Writing v at 0 interrupts v ns from now; reading acknowledges, and gives the number of expiries. */
    static DeviceModel timer() {
        return context -> {
            InterruptLine line = context.interrupt("cpu0:IRQ");
            long[] expired = new long[1];
            Timer timer = context.timer("tick", ClockType.VIRTUAL, () -> {
                expired[0]++;
                line.set(true);
            });
            TestParts.map(context, TIMER, offset -> {
                line.set(false);
                return expired[0];
            }, (offset, value) -> timer.set(context.clock(ClockType.VIRTUAL) + value));
            return new TestParts.ClosureDevice(() -> expired[0] = 0, s -> expired[0] = s.int64("expired", expired[0]));
        };
    }

    /** Offset 0 reads HOST, 8 a random number, 16 VIRTUAL; writing v sets an alarm v ns from now on HOST. */
    static DeviceModel clock() {
        return context -> {
            long[] alarms = new long[1];
            Timer alarm = context.timer("alarm", ClockType.HOST, () -> alarms[0] = alarms[0] * 31 + context.clock(ClockType.HOST));
            TestParts.map(context, CLOCK, offset -> {
                if (offset == 0) {
                    return context.clock(ClockType.HOST);
                }
                if (offset == 16) {
                    return context.clock(ClockType.VIRTUAL);
                }
                byte[] random = new byte[3];
                context.random(random);
                return random[0] << 16 | random[1] << 8 | random[2];
            }, (offset, value) -> alarm.set(context.clock(ClockType.HOST) + value));
            return new TestParts.ClosureDevice(() -> alarms[0] = 0, s -> alarms[0] = s.int64("alarms", alarms[0]));
        };
    }

    /** Writing n reads sector n, or, when negative, writes sector -n, by DMA with RAM; reading gives what completed, mixed. */
    static DeviceModel disk() {
        return WorkshopDisk::new;
    }

    /** Writing a value shuts down with it; 256 resets. A thread kicks a bottom half from outside now and then. */
    static DeviceModel finisher(AtomicInteger kicks) {
        return context -> {
            long[] kicked = new long[1];
            BottomHalf half = context.bottomHalf("kick", () -> kicked[0] = kicked[0] * 31 + context.clock(ClockType.VIRTUAL));
            TestParts.map(context, FINISHER, offset -> kicked[0], (offset, value) -> {
                if (value == 256) {
                    context.reset(ShutdownCause.GUEST_RESET);
                } else if (value == 257) {
                    Thread kicker = new Thread(() -> {
                        if (kicks != null) {
                            kicks.incrementAndGet();
                        }
                        half.schedule();
                    });
                    kicker.setDaemon(true);
                    kicker.start();
                } else {
                    context.shutdown(ShutdownCause.GUEST_SHUTDOWN, (int) value);
                }
            });
            return new TestParts.ClosureDevice(() -> { }, s -> kicked[0] = s.int64("kicked", kicked[0]));
        };
    }

    /** An image in memory whose requests take a random time; sector n holds the byte n. */
    static BlockDriver image(long seed) {
        return (config, below) -> new BlockNode() {
            private final byte[] content = new byte[1 << 16];
            private final Random random = new Random(seed);

            {
                for (int i = 0; i < content.length; i++) {
                    content[i] = (byte) (i >> 9);
                }
            }

            private void dawdle() {
                try {
                    Thread.sleep(0, random.nextInt(900_000));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public long length() {
                return content.length;
            }

            @Override
            public boolean readOnly() {
                return false;
            }

            @Override
            public void read(long position, byte[] into, int offset, int length) throws IOException {
                dawdle();
                if (position >= content.length - 512) {
                    throw new IOException("bad sector");
                }
                System.arraycopy(content, (int) position, into, offset, length);
            }

            @Override
            public void write(long position, byte[] from, int offset, int length) {
                dawdle();
                System.arraycopy(from, offset, content, (int) position, length);
            }

            @Override
            public void flush() {
                dawdle();
            }

            @Override
            public void discard(long position, long length) {
                Arrays.fill(content, (int) position, (int) (position + length), (byte) 0);
            }

            @Override
            public String describe() {
                return "memory";
            }

            @Override
            public void close() {
                // Nothing to release.
            }
        };
    }

    /** Lets requests through, numbered. */
    static BlockFilter filter() {
        return (BlockNode below, BlockScheduler scheduler) -> new BlockQueue() {
            @Override
            public long length() {
                return below.length();
            }

            @Override
            public boolean readOnly() {
                return below.readOnly();
            }

            @Override
            public void submit(BlockRequest request) {
                scheduler.run(scheduler.nextRequest(), () -> {
                    if (request.operation() == BlockRequest.Operation.READ) {
                        below.read(request.position(), request.data(), 0, request.data().length);
                    } else {
                        below.write(request.position(), request.data(), 0, request.data().length);
                    }
                }, request.completion());
            }
        };
    }

    /** The whole machine. @param length instructions until the guest shuts down with exit code 5 */
    static TestParts machine(long length, int shift, boolean sleep, long cap, AtomicInteger kicks) {
        RandomBackend random = new Random()::nextBytes;
        TestParts parts = new TestParts().set("shift", shift).set("sleep", sleep).set("slice-cap", cap).set("random", "host")
                .set("rr.digest-interval", 10_000);
        parts.part("org.reprise.drive", "disk0", "file", "memory");
        parts.provide("driver raw", image(shift)).provide("driver overlay", (BlockDriver) (config, below) -> below)
                .provide("filter blkreplay", filter()).provide("random host", random);
        return parts.cpu(guest(length)).device("uart0", uart()).device("timer", timer()).device("clock", clock())
                .device("disk", disk(), "drive", "disk0").device("finisher", finisher(kicks));
    }

    /** A guest that looks at everything, waits for interrupts, echoes its input and resets itself once. */
    static FakeCpu.Program guest(long length) {
        return cpu -> {
            long n = cpu.n();
            long icount = cpu.context().icount();
            if (icount >= length) {
                cpu.store(FINISHER, 5);
                return;
            }
            if (icount == length / 2) {
                cpu.store(FINISHER, 256);
            }
            if (cpu.irq() && n % 3 == 0) {
                cpu.load(TIMER);
                cpu.load(DISK);
            }
            if (n % 50 == 0 || cpu.irq()) {
                long c = cpu.load(UART + 8);
                if (c >= 0) {
                    cpu.store(UART, c);
                }
            }
            if (n % 997 == 0) {
                cpu.load(CLOCK);
            }
            if (n % 1499 == 0) {
                cpu.load(CLOCK + 8);
                cpu.store(CLOCK, 300_000);
            }
            if (n % 2111 == 0) {
                cpu.store(DISK, n / 2111 % 128);
                cpu.store(DISK, -(n / 2111 % 100 + 1));
                cpu.waitForInterrupt();
            }
            if (n % 1733 == 0) {
                cpu.store(FINISHER, 257);
                cpu.load(FINISHER);
            }
            if (n % 4001 == 0) {
                cpu.store(TIMER, 40_000 + cpu.load(CLOCK + 8) % 100_000);
                cpu.waitForInterrupt();
            }
            cpu.context().memory().write(RAM + 0x8000 + (n * 8 & 0xfff), 8, n);
        };
    }

}
