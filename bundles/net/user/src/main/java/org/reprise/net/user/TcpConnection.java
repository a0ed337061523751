package org.reprise.net.user;

import java.io.IOException;
import java.net.NoRouteToHostException;

/**
 * A TCP connection of the guest (RFC 9293) and its continuation on the host. To the guest this end is the peer itself: a connection that
 * the guest opens is accepted when the host's is, one that comes from the host is opened to the guest. Either direction ends by itself.
 */
final class TcpConnection implements HostTcp.Listener, TcpSender.Output {
    private enum State {
        /** The guest's SYN waits for the host. */
        CONNECTING,
        /** Our SYN was sent. */
        SYN_SENT,
        /** The guest's SYN was answered. */
        SYN_RECEIVED,
        /** Data flows, until both have ended. */
        ESTABLISHED,
        /** We ended first: late segments are answered for a while. */
        TIME_WAIT,
        /** Forgotten. */
        CLOSED
    }

    private static final int DEFAULT_MSS4 = 536;
    private static final int DEFAULT_MSS6 = 1220;
    private static final int SMALLEST_MSS = 64;
    private static final int MOST_SYNS = 6;
    /** As much as a guest takes in 10 ms: so long the I/O thread may have to wait for a processor. */
    private static final int MOST_AHEAD = 1 << 22;
    private static final long ACK_DELAY = 10 * Alarms.MILLI;
    private static final long TIME_WAIT = 2 * Alarms.SECOND;
    private static final long KEEP_ALIVE = 7200 * Alarms.SECOND;
    private static final long PROBE_INTERVAL = 75 * Alarms.SECOND;
    private static final int MOST_PROBES = 9;

    private final TcpTable table;
    private final Flow flow;
    private final TcpReceiver receiver;
    private final TcpSender sender;
    private final Allowance allowance;
    private final Alarms alarms;
    private final Alarms.Alarm acknowledge;
    /** Handshake, end and life sign. */
    private final Alarms.Alarm life;
    private State state = State.CLOSED;
    private HostTcp host;
    private final int initial;
    private int guestInitial;
    private int syns;
    private byte[] quote;
    private int mss;
    private int guestScale = -1;
    private boolean scaled;
    private int unacknowledged;
    private int allowed;
    private boolean hostEnded;
    private boolean finPassed;
    /**
     * The last acknowledgement of a connection is ours only if we ended first: only then it can be lost unnoticed (RFC 9293, section
     * 3.6).
     */
    private boolean guestEndedFirst;
    private long heard;
    private int probes;

    TcpConnection(TcpTable table, Flow flow, Alarms alarms, Allowance.Budget budget, int initial) {
        this.table = table;
        this.flow = flow;
        this.alarms = alarms;
        this.initial = initial;
        receiver = new TcpReceiver(budget);
        sender = new TcpSender(this, alarms, this::guestIsDead);
        allowance = new Allowance(budget, MOST_AHEAD);
        acknowledge = alarms.alarm(this::sendAcknowledgement);
        life = alarms.alarm(this::lifeAlarm);
    }

    Flow flow() {
        return flow;
    }

    /** True while the handshake is not done. */
    private boolean halfOpen() {
        return state == State.CONNECTING || state == State.SYN_SENT || state == State.SYN_RECEIVED;
    }

    private void become(State to) {
        int before = halfOpen() ? 1 : 0;
        state = to;
        table.halfOpen((halfOpen() ? 1 : 0) - before);
    }

    /** True when both ends know that it is over. */
    boolean over() {
        return state == State.TIME_WAIT;
    }

    private int defaultMss() {
        return flow.guest().six() ? DEFAULT_MSS6 : DEFAULT_MSS4;
    }

    // The beginning.

    /** The guest opens. @param packet what to quote when it cannot be delivered */
    void open(TcpSegment syn, byte[] packet, HostTcp to) {
        become(State.CONNECTING);
        host = to;
        quote = packet;
        options(syn);
    }

    /** The host opens. */
    void open(HostTcp from) {
        become(State.SYN_SENT);
        host = from;
        scaled = true;
        mss = defaultMss();
        receiver.start(0, true);
        sendSyn();
    }

    private void options(TcpSegment syn) {
        guestInitial = syn.sequence();
        guestScale = syn.scale();
        scaled = guestScale >= 0;
        int most = table.mss(flow.guest().six());
        mss = Math.max(SMALLEST_MSS, Math.min(most, syn.mss() == 0 ? defaultMss() : syn.mss()));
        receiver.start(guestInitial + 1, scaled);
    }

    @Override
    public void connected() {
        if (state == State.CONNECTING) {
            become(State.SYN_RECEIVED);
            quote = null;
            sendSyn();
        }
    }

    private void sendSyn() {
        boolean answer = state == State.SYN_RECEIVED;
        table.syn(flow, initial, answer ? receiver.next() : 0, answer, receiver.advertise(true), scaled);
        life.in(Alarms.SECOND << syns++);
    }

    private void established(TcpSegment by) {
        become(State.ESTABLISHED);
        heard = alarms.now();
        sender.start(initial + 1, guestWindow(by), by);
        life.in(KEEP_ALIVE);
        allow();
        if (hostEnded) {
            sender.end();
        }
    }

    private long guestWindow(TcpSegment s) {
        return s.has(TcpSegment.SYN) || !scaled ? s.window() : (long) s.window() << guestScale;
    }

    // Segments of the guest, RFC 9293, section 3.10.7.

    void receive(TcpSegment s) {
        switch (state) {
            case CONNECTING -> {
                if (s.has(TcpSegment.RST) && s.sequence() == guestInitial + 1) {
                    host.reset();
                    forget();
                }
            }
            case SYN_SENT -> synSent(s);
            case SYN_RECEIVED, ESTABLISHED, TIME_WAIT -> synchronised(s);
            default -> {
                // forgotten
            }
        }
    }

    private void synSent(TcpSegment s) {
        boolean right = s.has(TcpSegment.ACK) && s.acknowledged() == initial + 1;
        if (s.has(TcpSegment.ACK) && !right) {
            if (!s.has(TcpSegment.RST)) {
                table.segment(flow, TcpSegment.RST, s.acknowledged(), 0, 0);
            }
        } else if (s.has(TcpSegment.RST)) {
            if (right) {
                host.reset();
                forget();
            }
        } else if (s.has(TcpSegment.SYN)) {
            options(s);
            if (right) {
                established(s);
                sendAcknowledgement();
                sender.output();
            } else {
                become(State.SYN_RECEIVED);
                sendSyn();
            }
        }
    }

    private void synchronised(TcpSegment s) {
        if (state == State.SYN_RECEIVED && s.has(TcpSegment.SYN) && s.sequence() == guestInitial) {
            table.syn(flow, initial, receiver.next(), true, receiver.advertise(true), scaled);
            return;
        }
        if (state == State.TIME_WAIT && s.has(TcpSegment.SYN) && s.sequence() - receiver.next() > 0) {
            // the same ports again (RFC 1122, section 4.2.2.13)
            forget();
            table.again(flow);
            return;
        }
        if (!receiver.acceptable(s.sequence(), s.length())) {
            if (!s.has(TcpSegment.RST)) {
                sendAcknowledgement();
            }
            return;
        }
        if (s.has(TcpSegment.RST)) {
            // only at the exact place, else ask first (RFC 5961, section 3.2)
            if (s.sequence() == receiver.next()) {
                host.reset();
                forget();
            } else {
                sendAcknowledgement();
            }
            return;
        }
        if (s.has(TcpSegment.SYN)) {
            sendAcknowledgement();
            return;
        }
        if (!s.has(TcpSegment.ACK)) {
            return;
        }
        if (state == State.SYN_RECEIVED) {
            if (s.acknowledged() != initial + 1) {
                table.segment(flow, TcpSegment.RST, s.acknowledged(), 0, 0);
                return;
            }
            established(s);
        }
        heard = alarms.now();
        probes = 0;
        if (!sender.acknowledged(s, guestWindow(s))) {
            sendAcknowledgement();
            return;
        }
        payload(s);
        if (state == State.ESTABLISHED && !settle()) {
            allow();
            boolean sent = sender.output();
            if (!sent && unacknowledged >= 2 * mss) {
                sendAcknowledgement();
            } else if (unacknowledged > 0 && !acknowledge.pending()) {
                acknowledge.in(ACK_DELAY);
            }
        }
    }

    private void payload(TcpSegment s) {
        if (s.data() == 0 && !s.has(TcpSegment.FIN)) {
            return;
        }
        int before = receiver.next();
        boolean inOrder = receiver.accept(s, host::write);
        unacknowledged += receiver.next() - before;
        if (receiver.finished() && !finPassed) {
            finPassed = true;
            guestEndedFirst = !sender.finSent();
            host.end();
            sendAcknowledgement();
        } else if (!inOrder) {
            sendAcknowledgement();
        }
    }

    // The host's side.

    @Override
    public void received(byte[] data) {
        if (state == State.ESTABLISHED) {
            allowed -= data.length;
            sender.data().add(data);
            allowance.moved(data.length);
            sender.output();
        }
    }

    @Override
    public void ended() {
        hostEnded = true;
        if (state == State.ESTABLISHED) {
            sender.end();
            sender.output();
        }
    }

    @Override
    public void written(int bytes) {
        if (state == State.ESTABLISHED) {
            receiver.taken(bytes);
            if (!settle() && receiver.update()) {
                sendAcknowledgement();
            }
        }
    }

    @Override
    public void failed(IOException reason) {
        if (state == State.CONNECTING) {
            if (reason instanceof NoRouteToHostException) {
                table.unreachable(flow, quote);
            } else {
                table.segment(flow, TcpSegment.RST | TcpSegment.ACK, 0, guestInitial + 1, 0);
            }
            forget();
        } else if (state != State.CLOSED) {
            breakOff();
        }
    }

    /** Lets the host's side read as much as there is room for, in steps that are worth it. */
    private void allow() {
        int more = allowance.limit() - sender.data().size() - allowed;
        if (!hostEnded && more >= allowance.limit() / 4) {
            allowed += more;
            host.allow(more);
        }
    }

    /** There is room again on the way to the guest. */
    void room() {
        if (state == State.ESTABLISHED) {
            sender.output();
        }
    }

    // The end.

    /** Ends when both directions have. @return true when it did */
    private boolean settle() {
        if (!sender.finAcknowledged() || !receiver.finished() || receiver.pending() > 0) {
            return false;
        }
        host.close();
        if (guestEndedFirst) {
            forget();
            return true;
        }
        release();
        become(State.TIME_WAIT);
        life.in(TIME_WAIT);
        return true;
    }

    private void guestIsDead() {
        host.reset();
        breakOff();
    }

    /** Tells the guest that it is over. */
    private void breakOff() {
        table.segment(flow, TcpSegment.RST | TcpSegment.ACK, state == State.ESTABLISHED ? sender.most() : initial + 1, receiver.next(), 0);
        forget();
    }

    private void lifeAlarm() {
        switch (state) {
            case SYN_SENT, SYN_RECEIVED -> {
                if (syns < MOST_SYNS) {
                    sendSyn();
                } else {
                    guestIsDead();
                }
            }
            case ESTABLISHED -> {
                long quiet = alarms.now() - heard;
                if (quiet < KEEP_ALIVE) {
                    life.in(KEEP_ALIVE - quiet);
                } else if (probes++ < MOST_PROBES) {
                    // an old byte: the guest answers when it knows the connection (RFC 1122, section 4.2.3.6)
                    table.segment(flow, TcpSegment.ACK, sender.first() - 1, receiver.next(), receiver.advertise(false));
                    life.in(PROBE_INTERVAL);
                } else {
                    guestIsDead();
                }
            }
            default -> forget();
        }
    }

    private void release() {
        acknowledge.cancel();
        receiver.release();
        sender.release();
        allowance.release();
    }

    /** Ends without a word to the guest. */
    void forget() {
        release();
        life.cancel();
        become(State.CLOSED);
        table.remove(this);
    }

    // Segments to the guest.

    private void sendAcknowledgement() {
        unacknowledged = 0;
        acknowledge.cancel();
        table.segment(flow, TcpSegment.ACK, state == State.SYN_RECEIVED ? initial + 1 : sender.acceptable(), receiver.next(),
                receiver.advertise(false));
    }

    @Override
    public boolean segment(int sequence, int from, int length, boolean fin) {
        boolean last = from + length == sender.data().size();
        int flags = TcpSegment.ACK | (last && length > 0 ? TcpSegment.PSH : 0) | (fin ? TcpSegment.FIN : 0);
        boolean sent = table.data(flow, flags, sequence, receiver.next(), receiver.advertise(false), sender.data(), from, length, mss);
        if (sent) {
            unacknowledged = 0;
            acknowledge.cancel();
        }
        return sent;
    }

    @Override
    public int largest() {
        return table.largest(mss);
    }

    @Override
    public int mss() {
        return mss;
    }

    @Override
    public String toString() {
        return flow + " " + state;
    }
}
