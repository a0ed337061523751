package org.reprise.debug.gdb.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reprise.api.memory.MemoryRange;
import org.reprise.debug.gdb.protocol.MemoryCrc;
import org.reprise.debug.gdb.protocol.Packets;

/** Each packet, over a socket, against a guest whose past is known. */
@Timeout(120)
class ServerTest extends ServerCase {
    @Test
    void featuresAreOfferedThatAreThere() throws Exception {
        serve(1, false);
        String live = client.ask("qSupported:swbreak+;hwbreak+");
        for (String feature : List.of("PacketSize=8000", "qXfer:memory-map:read+", "qXfer:threads:read+", "QStartNoAckMode+", "swbreak+", "hwbreak+")) {
            assertTrue(List.of(live.split(";")).contains(feature), live);
        }
        assertFalse(live.contains("Reverse"), "a live machine cannot go back: " + live);
        asks("vMustReplyEmpty", "");
        asks("!", "");
        asks("qAttached", "1");
        asks("qSymbol::", "OK");
        asks("QNonStop:0", "OK");
        assertTrue(client.ask("QNonStop:1").startsWith("E."));
        assertTrue(client.ask("R00").startsWith("E."));
        asks("vCont?", "vCont;c;C;s;S;t;r");
        asks("vCtrlC", "OK");
        assertTrue(client.ask("bc").startsWith("E.machine fake is live"), "there is no past");
        client.close();
        guest.close();
        port.close();
        serve(1, true);
        assertTrue(client.ask("qSupported:").endsWith(";ReverseStep+;ReverseContinue+"));
    }

    @Test
    void threadsAreCpus() throws Exception {
        serve(2, false);
        asks("qfThreadInfo", "m1,2");
        asks("qsThreadInfo", "l");
        asks("qThreadExtraInfo,2", Packets.hexText("CPU 1 [idle]"));
        asks("qThreadExtraInfo,1", Packets.hexText("CPU 0 [running]"));
        asks("qThreadExtraInfo,0", "E01");
        asks("T2", "OK");
        asks("T3", "E01");
        asks("Hg2", "OK");
        asks("qC", "QC2");
        asks("Hg0", "OK");
        asks("qC", "QC2");
        asks("Hc-1", "OK");
        asks("Hx1", "E01");
        String xml = client.transfer("threads", "");
        assertTrue(xml.contains("<thread id=\"2\" core=\"1\" name=\"CPU 1\">idle</thread>"), xml);
    }

    @Test
    void oneThreadIsSteppedHoweverLongItsTurnTakesToCome() throws Exception {
        serve(2, false);
        asks("vCont;s:2;c", "T05thread:02;");
        assertEquals("80000004", pc(1));
        assertEquals("80000028", pc(0), "CPU 0 had its turn before");
        asks("vCont;s:2", "T05thread:02;");
        assertEquals("80000008", pc(1));
        asks("vCont;s", "T05thread:02;");
        asks("vCont;S05:2;C05", "T05thread:02;");
        asks("vCont;r80000010,80000020:2;c", "T05thread:02;");
        assertEquals("80000020", pc(1));
        asks("Hc1", "OK");
        asks("s", "T05thread:01;");
        asks("vCont;t", "T00thread:01;");
        // a breakpoint of another CPU on the way
        asks("Z0,80000004,4", "OK");
        asks("vCont;s:2;c", "T05thread:01;");
        assertEquals("80000004", pc(0));
        for (String bad : List.of("vCont;", "vCont;x", "vCont;s:9", "vCont;C5", "vCont;r1:1", "c80000000", "C05;80000000", "vCont;c;")) {
            assertTrue(client.ask(bad).startsWith("E."), bad);
        }
    }

    @Test
    void breakpointsSayWhichTheyAreToThoseWhoUnderstand() throws Exception {
        serve(1, false);
        asks("Z1,80000008,4", "OK");
        asks("c", "T05thread:01;");
        client.ask("qSupported:swbreak+;hwbreak+");
        asks("?", "T05thread:01;");
        asks("c", "T05hwbreak:;thread:01;");
        asks("Z0,80000008,4", "OK");
        asks("Z0,80000008,4", "OK");
        asks("vCont;c", "T05swbreak:;thread:01;");
        asks("z0,80000008,4", "OK");
        asks("z1,80000008,4", "OK");
        asks("z1,80000008,4", "OK");
        assertEquals(0, guest.points());
        asks("Z5,80000008,4", "");
        asks("Z0,80000008,4;X1,00", "E01");
        asks("Z0,80000008", "E01");
        asks("Z2,80000008,0", "E01");
        asks("Z2,ffffffffffffffff,2", "E01");
    }

    @Test
    void watchpointsOfAnyLengthNameAnAddressWithin() throws Exception {
        serve(1, false);
        asks("Z2,80001003,1", "OK");
        asks("vCont;c", "T05watch:80001003;thread:01;");
        assertEquals("80000014", pc(0));
        asks("z2,80001003,1", "OK");
        asks("Z3,80000ff0,1000", "OK");
        asks("vCont;c", "T05rwatch:80001004;thread:01;");
        assertEquals("80000024", pc(0));
        // gdb takes it away and makes a step to complete the access, which is complete
        asks("z3,80000ff0,1000", "OK");
        asks("vCont;s:1", "T05thread:01;");
        assertEquals("80000024", pc(0));
        asks("vCont;s:1", "T05thread:01;");
        assertEquals("80000028", pc(0));
        asks("Z4,80001010,1", "OK");
        asks("vCont;c", "T05awatch:80001010;thread:01;");
        // who leaves it there, makes a step of his own
        asks("vCont;s:1", "T05thread:01;");
        assertEquals("80000038", pc(0));
        asks("vCont;c", "T05awatch:80001010;thread:01;");
        client.close();
        for (int i = 0; i < 500 && guest.points() > 0; i++) {
            Thread.sleep(10);
        }
        assertEquals(0, guest.points(), "a client that vanishes leaves none behind");
        assertFalse(guest.isRunning());
    }

    @Test
    void memoryIsReadWrittenAndSearchedAsBytes() throws Exception {
        serve(1, false);
        byte[] special = {0x7d, 0x23, 0x24, 0x2a, 0, -1, 0x2a, 0x2a};
        String text = new String(special, StandardCharsets.ISO_8859_1);
        asks("X80002000,0:", "OK");
        asks("X80002000,8:" + text, "OK");
        asks("m80002000,8", "7d23242a00ff2a2a");
        asks("M80002008,2:abcd", "OK");
        asks("m80002006,4", "2a2aabcd");
        asks("m80003fff,4", "00");
        asks("m80004000,4", "E0e");
        assertTrue(client.ask("X80004000,1:a").startsWith("E.no RAM is mapped at 0x80004000"));
        assertTrue(client.ask("M80002000,2:ab").startsWith("E."));
        asks("qSearch:memory:80000000;4000;" + text, "1,80002000");
        asks("qSearch:memory:80000000;2006;" + text, "0");
        asks("qSearch:memory:80002001;4000;" + text, "E0e");
        asks("qSearch:memory:80000000;4000;", "E01");
        int crc = MemoryCrc.update(MemoryCrc.START, special);
        asks("qCRC:80002000,8", "C" + Integer.toHexString(crc));
        asks("qCRC:90000000,8", "E0e");
    }

    /** A client need not escape '*': only stubs send run lengths. */
    @Test
    void starsInWhatAClientSendsAreStars() throws Exception {
        guest = new FakeGuest(1, false);
        port = new Port(guest.machine, guest.services, 0);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.number())) {
            exchange(socket, framed("X80002000,3:a*!"), "+$OK#9a");
        }
    }

    /** gdb asks for an answer again after two seconds of silence; the one that was on its way must not come twice when nobody acknowledges. */
    @Test
    void answersAreRepeatedOnlyWhileThereAreAcknowledgements() throws Exception {
        guest = new FakeGuest(1, false);
        port = new Port(guest.machine, guest.services, 0);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.number())) {
            exchange(socket, framed("P5=0102030405060708"), "+$OK#9a");
            exchange(socket, "-", "$OK#9a");
            exchange(socket, framed("QStartNoAckMode"), "+$OK#9a");
            exchange(socket, "+-" + framed("p5"), framed("0102030405060708"));
            exchange(socket, "-" + framed("p5"), framed("0102030405060708"));
            exchange(socket, framed("P5=0000000000000000"), "$OK#9a");
        }
    }

    private static String framed(String body) {
        return "$" + body + "#" + String.format("%02x", body.chars().sum() & 0xff);
    }

    private static void exchange(Socket socket, String sent, String answer) throws Exception {
        socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(answer, new String(socket.getInputStream().readNBytes(answer.length()), StandardCharsets.ISO_8859_1), sent);
    }

    @Test
    void registersAreReadAndWrittenWholeOrNotAtAll() throws Exception {
        serve(1, false);
        assertEquals(33 * 16, client.ask("g").length());
        asks("P5=0102030405060708", "OK");
        asks("p5", "0102030405060708");
        String all = client.ask("g");
        asks("G" + all.replace("0102030405060708", "1112131415161718"), "OK");
        asks("p5", "1112131415161718");
        assertTrue(client.ask("G" + all.substring(2)).startsWith("E."));
        assertTrue(client.ask("G" + all.substring(2) + "zz").startsWith("E."));
        asks("p5", "1112131415161718");
        asks("p21", "E01");
        assertTrue(client.ask("P5=01").startsWith("E."));
        client.close();
        port.close();
        guest.close();
        serve(1, true);
        assertTrue(client.ask("P5=0102030405060708").startsWith("E.memory cannot be changed while the machine is replayed"));
    }

    @Test
    void theMapCoversAllAddressesOnce() {
        String xml = Transfers.memoryMap(List.of(new MemoryRange("boot", 0x1000, 0x1000, MemoryRange.Kind.ROM),
                new MemoryRange("uart", 0x10000000, 0x100, MemoryRange.Kind.REGISTERS), new MemoryRange("ram", 0x80000000L, 0x1000, MemoryRange.Kind.RAM)));
        List<String> lines = xml.lines().filter(l -> l.startsWith("<memory ")).toList();
        assertEquals(List.of("<memory type=\"ram\" start=\"0x0\" length=\"0x1000\"/>", "<memory type=\"rom\" start=\"0x1000\" length=\"0x1000\"/>",
                "<memory type=\"ram\" start=\"0x2000\" length=\"0x7fffe000\"/>", "<memory type=\"ram\" start=\"0x80000000\" length=\"0x1000\"/>",
                "<memory type=\"ram\" start=\"0x80001000\" length=\"0xffffffff7ffff000\"/>"), lines);
        assertTrue(Transfers.memoryMap(List.of()).contains("start=\"0x0\" length=\"0xffffffffffffffff\""));
        String top = Transfers.memoryMap(List.of(new MemoryRange("top", -4096, 4096, MemoryRange.Kind.ROM)));
        assertEquals(2, top.lines().filter(l -> l.startsWith("<memory ")).count(), top);
    }

    @Test
    void monitorCommandsSayWhatTheyDidOrWhatIsWrong() throws Exception {
        serve(2, true);
        assertTrue(client.monitor("help", 10_000).contains("seek ICOUNT|PERCENT%"));
        assertTrue(client.monitor("help snapshot", 10_000).contains("flush register-cache"));
        assertEquals("no monitor command 'fly'; 'monitor help' lists them\n", client.monitor("fly", 10_000));
        assertEquals("icount 0, VIRTUAL 0 ns, replay, 0.0000 % of 3000\n", client.monitor("when", 10_000));
        String seek = client.monitor("seek 50%", 10_000);
        assertTrue(seek.startsWith("icount 1500,") && seek.endsWith(Monitor.FLUSH), seek);
        assertTrue(client.monitor("seek 99999", 10_000).startsWith("the recording ends here: icount 3000"));
        assertTrue(client.monitor("seek 101%", 10_000).contains("is no share"));
        assertTrue(client.monitor("seek far", 10_000).contains("'far' is no number of instructions"));
        assertTrue(client.monitor("seek", 10_000).startsWith("usage: monitor seek"));
        assertEquals("no snapshots\n", client.monitor("snapshot list", 10_000));
        assertEquals("saved 1 end: icount 3000, VIRTUAL 30000 ns, 4 KiB\n", client.monitor("snapshot save end", 10_000));
        client.monitor("seek 5", 10_000);
        assertTrue(client.monitor("snapshot load end", 10_000).startsWith("loaded 1 end: icount 3000"));
        assertTrue(client.monitor("snapshot load nothing", 10_000).contains("there is no snapshot 'nothing'"));
        assertEquals("deleted end\n", client.monitor("snapshot delete end", 10_000));
        client.monitor("seek 7", 10_000);
        assertEquals("marked 1 seven: icount 7, VIRTUAL 70 ns, 4 KiB\n", client.monitor("mark seven", 10_000));
        client.monitor("seek 99999", 10_000);
        String writer = client.monitor("last-writer 0x80001000", 10_000);
        assertTrue(writer.startsWith("thread ") && writer.contains(" writes next: icount ") && writer.endsWith(Monitor.FLUSH), writer);
        assertTrue(client.monitor("seek seven", 10_000).startsWith("icount 7,"));
        assertTrue(client.monitor("last-writer 0x90000000", 10_000).startsWith("the recording begins here: icount 0"));
        assertTrue(client.monitor("last-writer nobody", 10_000).contains("'nobody' is neither a register nor an address"));
        assertTrue(client.monitor("last-writer x1", 10_000).contains("nobody can tell which instruction wrote x1 last"));
        assertTrue(client.monitor("last-writer", 10_000).startsWith("usage: monitor last-writer"));
        assertTrue(client.monitor("snapshot mend x", 10_000).startsWith("usage:"));
        String info = client.monitor("info", 10_000);
        assertTrue(info.contains("CPU 1 (thread 2): riscv:rv64") && info.contains("0x1000-0x1fff rom boot") && info.contains("can go back"), info);
        assertEquals("blocks: 7\n", client.monitor("statistics", 10_000));
        client.monitor("seek 10", 10_000);
        assertEquals("", client.monitor("until 17", 10_000));
        asks("c", "T05thread:02;");
        assertTrue(client.monitor("when", 10_000).startsWith("icount 17,"));
        assertEquals("13000000\n", client.monitor("xp 0x80000000 0x4", 10_000));
        assertTrue(client.monitor("xp 80000000 4", 10_000).contains("is no number in hexadecimal"));
        assertTrue(client.monitor("crc 0x80000000 0x4", 10_000).startsWith("C"));
        asks("qRcmd,6", "E01");
        asks("qRcmd,zz", "E01");
    }

    @Test
    void aClientThatEndsLeavesTheMachineAlone() throws Exception {
        serve(1, false);
        asks("Z0,80000008,4", "OK");
        asks("D", "OK");
        assertThrows(EOFException.class, () -> client.receive(20_000));
        assertTrue(guest.isRunning(), "detached, it runs on, past what was a breakpoint");
        reconnect();
        assertEquals("T02thread:01;", client.ask("?"));
        client.send("k");
        assertThrows(EOFException.class, () -> client.receive(20_000));
        assertFalse(guest.isRunning(), "not switched off, and not let go");
        reconnect();
        asks("vKill;1", "OK");
        reconnect();
        // running when its debugger vanishes
        client.send("c");
        while (!guest.isRunning()) {
            Thread.sleep(5);
        }
        reconnect();
        asks("?", "T02thread:01;");
        client.send("c");
        while (!guest.isRunning()) {
            Thread.sleep(5);
        }
        guest.vanish();
        String end = client.receive(20_000);
        assertTrue(end.startsWith("W"), end);
    }

    @Test
    void malformedPacketsDoNoHarm() throws Exception {
        serve(2, true);
        SplittableRandom random = new SplittableRandom(9);
        String[] heads = {"g", "G", "p", "P", "m", "M", "X", "Z0,", "z1,", "Z2,", "z3,", "Z4,", "Hg", "Hc", "T", "qXfer:", "qXfer:memory-map:read::", "qCRC:",
            "qRcmd,", "qSearch:memory:", "q", "Q", "vCont;", "vCont;r", "vCont;s:", "v", "?", "", "!", "H", "Z", "qThreadExtraInfo,", "s", "b", "R",
            "qSupported:", "QNonStop:", "qSymbol:", "x"};
        int asked = 0;
        for (int n = 0; n < 10_000; n++) {
            StringBuilder packet = new StringBuilder(heads[random.nextInt(heads.length)]);
            for (int i = random.nextInt(12); i > 0; i--) {
                packet.append(random.nextBoolean() ? "0123456789abcdef,:;=-".charAt(random.nextInt(21)) : (char) random.nextInt(256));
            }
            String p = packet.toString();
            if (p.matches("(?s)([kD]|vKill).*")) {
                // ends the session
                continue;
            }
            client.send(p);
            for (String reply = client.receive(20_000); reply.startsWith("O") && !reply.equals("OK"); ) {
                reply = client.receive(20_000);
            }
            asked++;
        }
        assertTrue(asked > 9_000);
        assertEquals(33 * 16, client.ask("g").length());
    }
}
