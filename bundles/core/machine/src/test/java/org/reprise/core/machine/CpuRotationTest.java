package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reprise.api.cpu.Cpu;

class CpuRotationTest {
    /** Runs both CPUs with slices of a given cap; returns who ran how many instructions in turn, slices joined. */
    private static List<String> turns(long cap, FakeCpu.Program second) {
        List<Cpu> cpus = List.of(new FakeCpu(null, cpu -> { }), new FakeCpu(null, second));
        CpuRotation rotation = new CpuRotation(cpus);
        List<String> turns = new ArrayList<>();
        int last = -1;
        long sum = 0;
        for (long left = 50_000; left > 0;) {
            Cpu cpu = rotation.next();
            long ran = cpu.run(Math.min(left, Math.min(cap, rotation.quantum())));
            rotation.ran(ran, false);
            left -= ran;
            int index = cpus.indexOf(cpu);
            if (index != last && last >= 0) {
                turns.add(last + ":" + sum);
                sum = 0;
            }
            last = index;
            sum += ran;
        }
        turns.add(last + ":" + sum);
        return turns;
    }

    @Test
    void turnsAreQuantaWhateverTheSlices() {
        List<String> expected = List.of("0:10000", "1:10000", "0:10000", "1:10000", "0:10000");
        for (long cap : new long[] {1, 999, 10_000, 1_000_000}) {
            assertEquals(expected, turns(cap, cpu -> { }));
        }
    }

    @Test
    void anIdleCpuGivesItsTurnAway() {
        FakeCpu.Program sleepy = cpu -> {
            if (cpu.n() == 100) {
                cpu.waitForInterrupt();
            }
        };
        for (long cap : new long[] {7, 1_000_000}) {
            assertEquals(List.of("0:10000", "1:101", "0:39899"), turns(cap, sleepy));
        }
    }

    @Test
    void aCpuThatWaitsForAnotherEndsItsTurn() {
        CpuRotation rotation = new CpuRotation(List.of(new FakeCpu(null, cpu -> { }), new FakeCpu(null, cpu -> { })));
        Cpu first = rotation.next();
        assertTrue(rotation.othersCanRun());
        rotation.ran(first.run(5), true);
        assertFalse(first == rotation.next());
        assertEquals(CpuRotation.QUANTUM, rotation.quantum());
    }

    @Test
    void aMachineIsIdleWhenAllItsCpusAre() {
        FakeCpu awake = new FakeCpu(null, cpu -> { });
        FakeCpu asleep = new FakeCpu(null, FakeCpu::waitForInterrupt);
        asleep.run(1);
        assertFalse(new CpuRotation(List.of(awake, asleep)).allIdle());
        assertTrue(new CpuRotation(List.of(asleep)).allIdle());
        asleep.input("IRQ").set(true);
        assertFalse(new CpuRotation(List.of(asleep)).allIdle());
    }
}
