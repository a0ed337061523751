package org.reprise.debug.conform;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.reprise.debug.gdb.protocol.GdbClient;
import org.reprise.debug.gdb.protocol.Packets;

/** One of the two machines behind a debug stub: its registers by name, steps, memory. One thread. */
final class Target implements AutoCloseable {
    private static final long STEP_MILLIS = 3_000;
    private static final int MOST_UNANSWERED = 64;
    private final String name;
    private final GdbClient client;
    private final Map<String, Register> registers = new LinkedHashMap<>();
    private final List<Register> general = new ArrayList<>();

    /** A register of the target's description. @param number in p and P packets @param bits its width */
    record Register(String name, int number, int bits, String feature, String type) {
        int bytes() {
            return (bits + 7) / 8;
        }
    }

    /** @param client connected to a stub whose guest stands still */
    Target(String name, GdbClient client) throws IOException {
        this.name = name;
        this.client = client;
        describe(client.transfer("features", "target.xml"));
        String first = registers.values().iterator().next().feature();
        registers.values().stream().filter(r -> r.feature().equals(first)).forEach(general::add);
    }

    private void describe(String xml) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newInstance();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        try {
            XMLStreamReader in = factory.createXMLStreamReader(new StringReader(xml));
            String feature = "";
            int next = registers.values().stream().mapToInt(Register::number).max().orElse(-1) + 1;
            while (in.hasNext()) {
                if (in.next() != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                switch (in.getLocalName()) {
                    case "feature" -> feature = in.getAttributeValue(null, "name");
                    case "include", "xi:include" -> {
                        describe(client.transfer("features", in.getAttributeValue(null, "href")));
                        next = registers.values().stream().mapToInt(Register::number).max().orElse(-1) + 1;
                    }
                    case "reg" -> {
                        String number = in.getAttributeValue(null, "regnum");
                        next = number == null ? next : Integer.parseInt(number);
                        Register r = new Register(in.getAttributeValue(null, "name"), next++,
                            Integer.parseInt(in.getAttributeValue(null, "bitsize")), feature, in.getAttributeValue(null, "type"));
                        registers.putIfAbsent(r.name(), r);
                    }
                    default -> {
                        // types and flags
                    }
                }
            }
        } catch (XMLStreamException e) {
            throw new IOException(name + ": its target description is no XML: " + e.getMessage(), e);
        }
    }

    String name() {
        return name;
    }

    /** Adds a register that the description leaves out. @param rule NAME DISTANCE: a described one, and how far its number is from it */
    void add(String register, String rule) throws IOException {
        String[] words = rule.split("\\s+");
        Register near = register(words[0]);
        registers.putIfAbsent(register, new Register(register, near.number() + Integer.parseInt(words[1]), near.bits(), near.feature(), near.type()));
    }

    GdbClient client() {
        return client;
    }

    /** The registers of a {@code g} packet, in its order. */
    List<Register> general() {
        return general;
    }

    Register register(String register) throws IOException {
        Register r = registers.get(register);
        if (r == null) {
            throw new IOException(name + " has no register '" + register + "'");
        }
        return r;
    }

    List<Register> feature(String end) {
        return registers.values().stream().filter(r -> r.feature().endsWith(end)).toList();
    }

    /** The packet that sets a register. */
    String setting(String register, long value) throws IOException {
        Register r = register(register);
        StringBuilder packet = new StringBuilder("P").append(Integer.toHexString(r.number())).append('=');
        Packets.hex(packet, value, r.bytes());
        return packet.toString();
    }

    /** The packet that reads a register. */
    String reading(String register) throws IOException {
        return "p" + Integer.toHexString(register(register).number());
    }

    /**
     * Sends orders and checks that all are obeyed. A few at a time: a stub whose answers nobody reads stops reading, too.
     */
    void orders(List<String> packets) throws IOException {
        for (int from = 0; from < packets.size(); from += MOST_UNANSWERED) {
            List<String> some = packets.subList(from, Math.min(packets.size(), from + MOST_UNANSWERED));
            client.send(some.toArray(String[]::new));
            for (String packet : some) {
                String reply = client.receive(10_000);
                if (!reply.equals("OK")) {
                    throw new IOException(name + " answered '" + reply + "' to '" + (packet.length() > 80 ? packet.substring(0, 80) + "…" : packet)
                        + "'");
                }
            }
        }
    }

    /** Values out of an answer to {@code g}. */
    Map<String, Long> values(String g) {
        Map<String, Long> values = new LinkedHashMap<>();
        int at = 0;
        for (Register r : general) {
            values.put(r.name(), Packets.value(g, at, at + 2 * r.bytes()));
            at += 2 * r.bytes();
        }
        return values;
    }

    /** Value of one register out of an answer to {@code g}. */
    long value(String g, String register) {
        int at = 0;
        for (Register r : general) {
            if (r.name().equals(register)) {
                return Packets.value(g, at, at + 2 * r.bytes());
            }
            at += 2 * r.bytes();
        }
        throw new IllegalArgumentException(register);
    }

    /** Registers by name, read in one go; without those that the stub does not give just now. */
    Map<String, Long> read(List<String> names) throws IOException {
        client.send(questions(names));
        return answers(names);
    }

    /** A few bytes of memory as the CPU sees it now, fewer when less is mapped. */
    byte[] memoryIfThere(long address, int length) throws IOException {
        String reply = client.ask("m" + Long.toHexString(address) + "," + Integer.toHexString(length));
        return reply.startsWith("E") && (reply.length() & 1) == 1 ? new byte[0] : Packets.bytes(reply);
    }

    byte[] memory(long address, int length) throws IOException {
        byte[] bytes = new byte[length];
        int most = 0x7f0;
        int requests = (length + most - 1) / most;
        String[] packets = new String[requests];
        for (int i = 0; i < requests; i++) {
            packets[i] = "m" + Long.toHexString(address + (long) i * most) + "," + Integer.toHexString(Math.min(most, length - i * most));
        }
        client.send(packets);
        int done = 0;
        for (int i = 0; i < requests; i++) {
            byte[] part = Packets.bytes(client.receive(10_000));
            System.arraycopy(part, 0, bytes, done, part.length);
            done += part.length;
        }
        if (done != length) {
            throw new IOException(name + ": only " + done + " of " + length + " bytes of memory at 0x" + Long.toHexString(address));
        }
        return bytes;
    }

    /** The packets that write memory. */
    static List<String> writing(long address, byte[] bytes) {
        List<String> packets = new ArrayList<>();
        int most = 0x7f0;
        for (int done = 0; done < bytes.length; done += most) {
            int n = Math.min(most, bytes.length - done);
            packets.add("M" + Long.toHexString(address + done) + "," + Integer.toHexString(n) + ":"
                + Packets.hex(java.util.Arrays.copyOfRange(bytes, done, done + n)));
        }
        return packets;
    }

    /**
     * Begins a step and, where the stub takes questions meanwhile, asks them in the same go.
     *
     * @param questions to be answered after the step, by {@link #stepped}
     * @param together whether the stub answers what it was asked while the guest ran
     */
    void step(String[] questions, boolean together) throws IOException {
        client.send("vCont;s:1");
        if (together) {
            client.send(questions);
        }
    }

    /** Waits for the end of a step and asks the questions. @return false when the CPU waits for an interrupt and had to be interrupted */
    boolean stepped(String[] questions, boolean together) throws IOException {
        boolean done = true;
        try {
            client.receive(STEP_MILLIS);
        } catch (java.net.SocketTimeoutException e) {
            client.interrupt();
            client.receive(STEP_MILLIS);
            done = false;
        }
        if (!together) {
            client.send(questions);
        }
        return done;
    }

    /** The questions that read registers. */
    String[] questions(List<String> names) throws IOException {
        String[] packets = new String[names.size()];
        for (int i = 0; i < packets.length; i++) {
            packets[i] = reading(names.get(i));
        }
        return packets;
    }

    /** The answers to {@link #questions}, without registers that the stub does not give just now. */
    Map<String, Long> answers(List<String> names) throws IOException {
        Map<String, Long> values = new LinkedHashMap<>();
        for (String n : names) {
            String reply = client.receive(10_000);
            if (!reply.isEmpty() && !(reply.startsWith("E") && (reply.length() & 1) == 1)) {
                values.put(n, Packets.value(reply, 0, reply.length()));
            }
        }
        return values;
    }

    /** Lets the guest run and waits until it halts. @return the stop reply */
    String run(long millis) throws IOException {
        client.send("vCont;c");
        return client.receive(millis);
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
