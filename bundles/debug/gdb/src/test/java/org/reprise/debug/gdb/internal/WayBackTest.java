package org.reprise.debug.gdb.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The packets that go back in a recording. */
@Timeout(120)
class WayBackTest extends ServerCase {
    @Test
    void oneGoesBackToBothEnds() throws Exception {
        serve(1, true);
        client.ask("qSupported:swbreak+");
        asks("bs", "T05replaylog:begin;thread:01;");
        asks("vCont;c", "T05replaylog:end;thread:01;");
        asks("vCont;c", "T05replaylog:end;thread:01;");
        asks("vCont;s", "T05replaylog:end;thread:01;");
        asks("bs", "T05thread:01;");
        asks("Z0,80000008,4", "OK");
        asks("bc", "T05swbreak:;thread:01;");
        assertEquals("80000008", pc(0));
        asks("z0,80000008,4", "OK");
        asks("Z2,80001000,8", "OK");
        asks("bc", "T05watch:80001000;thread:01;");
        assertEquals("80000010", pc(0));
        asks("z2,80001000,8", "OK");
        asks("bs", "T05thread:01;");
        assertEquals("80000010", pc(0), "gdb's step to complete the access");
        asks("bs", "T05thread:01;");
        assertEquals("8000000c", pc(0));
        asks("bc", "T05replaylog:begin;thread:01;");
        // a way that does not end, until it is interrupted
        asks("Z0,1,4", "OK");
        client.send("bc");
        while (!called("reverseContinue", 4)) {
            Thread.sleep(5);
        }
        client.interrupt();
        assertEquals("T02thread:01;", client.receive(20_000));
    }

    private boolean called(String method, int times) {
        synchronized (guest.calls) {
            return guest.calls.stream().filter(method::equals).count() == times;
        }
    }

    @Test
    void aStepBackIsOneOfTheCpuThatIsMeant() throws Exception {
        serve(2, true);
        client.monitor("seek 23", 10_000);
        // CPU 0 has made 3 steps of its second turn; before that, CPU 1 had its own
        assertEquals("80000034", pc(0));
        client.order("Hg2");
        asks("bs", "T05thread:02;");
        assertEquals("80000024", pc(1));
        assertEquals("80000028", pc(0));
        client.order("Hc1");
        asks("bs", "T05thread:01;");
        assertEquals("80000024", pc(0));
    }
}
