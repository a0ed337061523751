package org.reprise.net.user;

/**
 * The host's bytes of a connection, on their way to the guest: window, retransmission (RFC 6298), fast retransmit and congestion control
 * (RFC 5681, RFC 6582), probes of a closed window. A cable is no network of routers: the congestion window begins wide open.
 */
final class TcpSender {
    private static final long SMALLEST_TIMEOUT = 200 * Alarms.MILLI;
    private static final long LARGEST_TIMEOUT = 60 * Alarms.SECOND;
    private static final int MOST_TRIES = 12;
    private static final int MOST_WINDOW = 1 << 22;
    private static final int DUPLICATES = 3;

    /** Sends a segment of what is in the ring. */
    interface Output {
        /** @return false when the way is full */
        boolean segment(int sequence, int from, int length, boolean fin);

        /** Most bytes that one call takes, a multiple of {@link #mss}, and that. */
        int largest();

        int mss();
    }

    private final Output output;
    private final Alarms alarms;
    private final Alarms.Alarm alarm;
    private final Runnable dead;
    private final Ring ring = new Ring();
    private int first;
    private int next;
    private int most;
    private long window;
    private long largestWindow;
    private int windowSequence;
    private int windowAcknowledged;
    private int congestion = MOST_WINDOW;
    private int threshold = MOST_WINDOW;
    private int duplicates;
    private boolean recovering;
    private int recover;
    private boolean ended;
    private boolean finSent;
    private boolean finAcknowledged;
    private int tries;
    private int backoff;
    private long smoothed;
    private long deviation;
    private long timeout = Alarms.SECOND;
    private boolean timing;
    private int timed;
    private long timedSince;

    /** @param dead what to do when the guest does not answer any more */
    TcpSender(Output output, Alarms alarms, Runnable dead) {
        this.output = output;
        this.alarms = alarms;
        this.dead = dead;
        alarm = alarms.alarm(this::ring);
    }

    /** Begins with our first sequence number behind the SYN. */
    void start(int sequence, long guestWindow, TcpSegment by) {
        first = sequence;
        next = sequence;
        most = sequence;
        recover = sequence - 1;
        window = guestWindow;
        largestWindow = guestWindow;
        windowSequence = by.sequence();
        windowAcknowledged = by.acknowledged();
    }

    Ring data() {
        return ring;
    }

    /** A sequence number that the guest takes in a segment without data: behind all that was sent, within the window. */
    int acceptable() {
        return most - first <= window ? most : first + (int) window;
    }

    /** Highest sequence number that was sent. */
    int most() {
        return most;
    }

    /** Everything before this was acknowledged. */
    int first() {
        return first;
    }

    /** No more bytes come. */
    void end() {
        ended = true;
    }

    boolean finSent() {
        return finSent;
    }

    boolean finAcknowledged() {
        return finAcknowledged;
    }

    /** Sends what the windows allow. @return true when something was sent */
    boolean output() {
        return output(false);
    }

    /** @param overdue a window that is too small for a segment was waited for long enough */
    private boolean output(boolean overdue) {
        boolean sent = false;
        while (true) {
            int flight = next - first;
            int unsent = Math.max(0, ring.size() - flight);
            boolean finDue = ended && flight <= ring.size();
            if (unsent == 0 && !finDue) {
                break;
            }
            long usable = Math.max(0, Math.min(window, congestion) - flight);
            int length = (int) Math.min(Math.min(unsent, usable), output.largest());
            if (length < unsent && length > output.mss()) {
                length -= length % output.mss();
            }
            boolean fin = ended && length == unsent;
            if (length == 0 && !fin || silly(length, unsent, flight, overdue) || !output.segment(next, flight, length, fin)) {
                break;
            }
            sent = true;
            sentUpTo(next + length + (fin ? 1 : 0), fin);
        }
        if ((first != most || ring.size() > 0 || ended && !finAcknowledged) && !alarm.pending()) {
            arm();
        }
        return sent;
    }

    /**
     * RFC 9293, section 3.8.6.2.1: part of a segment goes when it is all there is, or when nothing is under way and it is half of the largest
     * window that the guest has ever had, or nothing larger came in time. A guest whose window is nearly closed has no room left: what is
     * pressed into it is refused, and is missing afterwards.
     */
    private boolean silly(int length, int unsent, int flight, boolean overdue) {
        return length < output.mss() && length < unsent && (flight > 0 || !overdue && length < largestWindow / 2);
    }

    private void sentUpTo(int end, boolean fin) {
        finSent |= fin;
        if (end - most > 0) {
            if (!timing) {
                timing = true;
                timed = end;
                timedSince = alarms.now();
            }
            most = end;
        }
        next = end;
    }

    /**
     * An acceptable segment of the guest with ACK.
     *
     * @param guestWindow scaled
     * @return false when it acknowledges what was never sent
     */
    boolean acknowledged(TcpSegment s, long guestWindow) {
        int ack = s.acknowledged();
        if (ack - most > 0) {
            return false;
        }
        tries = 0;
        int progress = ack - first;
        boolean same = guestWindow == window;
        if (progress >= 0 && (s.sequence() - windowSequence > 0 || s.sequence() == windowSequence && ack - windowAcknowledged >= 0)) {
            if (window == 0 && guestWindow > 0) {
                backoff = 0;
                alarm.cancel();
                // what is under way came when it had closed: it has refused that
                next = first;
                timing = false;
            }
            window = guestWindow;
            largestWindow = Math.max(largestWindow, window);
            windowSequence = s.sequence();
            windowAcknowledged = ack;
        }
        if (progress > 0) {
            progress(ack, progress);
        } else if (progress == 0 && s.data() == 0 && same && !s.has(TcpSegment.FIN) && first != most && window > 0) {
            duplicate();
        }
        return true;
    }

    private void progress(int ack, int bytes) {
        int data = Math.min(bytes, ring.size());
        finAcknowledged = finSent && bytes > ring.size();
        ring.drop(data);
        first = ack;
        if (next - first < 0) {
            next = first;
        }
        backoff = 0;
        if (timing && ack - timed >= 0) {
            timing = false;
            measured(alarms.now() - timedSince);
        }
        duplicates = 0;
        if (recovering && ack - recover > 0) {
            recovering = false;
            congestion = threshold;
        } else if (recovering) {
            congestion = Math.max(congestion - data, 0) + output.mss();
            again();
        } else if (congestion < threshold) {
            congestion += Math.min(data, 2 * output.mss());
        } else if (congestion < MOST_WINDOW) {
            congestion += Math.max(1, (int) ((long) output.mss() * output.mss() / congestion));
        }
        if (first == most) {
            alarm.cancel();
        } else {
            arm();
        }
    }

    private void duplicate() {
        duplicates++;
        if (recovering) {
            congestion = Math.min(MOST_WINDOW, congestion + output.mss());
        } else if (duplicates == DUPLICATES && first - recover > 0) {
            lost();
            congestion = threshold + DUPLICATES * output.mss();
            recovering = true;
            again();
        }
    }

    private void lost() {
        threshold = Math.max((most - first) / 2, 2 * output.mss());
        recover = most - 1;
        timing = false;
    }

    /** Sends the first segment again, as large as segments are: when one is lost, it is all of it. */
    private void again() {
        int length = Math.min(Math.min(ring.size(), most - first), output.largest());
        output.segment(first, 0, length, finSent && length == ring.size());
    }

    /** RFC 6298, section 2. */
    private void measured(long roundTrip) {
        if (smoothed == 0) {
            smoothed = roundTrip;
            deviation = roundTrip / 2;
        } else {
            deviation += (Math.abs(smoothed - roundTrip) - deviation) / 4;
            smoothed += (roundTrip - smoothed) / 8;
        }
        timeout = Math.min(LARGEST_TIMEOUT, Math.max(SMALLEST_TIMEOUT, smoothed + 4 * deviation));
    }

    private void arm() {
        alarm.in(Math.min(LARGEST_TIMEOUT, timeout << Math.min(backoff, 12)));
    }

    private void ring() {
        if (tries++ >= MOST_TRIES) {
            dead.run();
            return;
        }
        backoff++;
        if (window == 0) {
            // a probe: the guest answers with its window (RFC 9293, section 3.8.6.1)
            boolean fin = ended && ring.size() == 0;
            if (output.segment(first, 0, Math.min(1, ring.size()), fin)) {
                finSent |= fin;
                most = most - (first + 1) > 0 ? most : first + 1;
            }
            next = first;
            timing = false;
            arm();
            return;
        }
        if (first != most) {
            lost();
            congestion = output.mss();
            recovering = false;
            duplicates = 0;
            next = first;
        }
        output(true);
        if (!alarm.pending()) {
            arm();
        }
    }

    void release() {
        alarm.cancel();
        ring.drop(ring.size());
    }
}
