package org.reprise.core.machine;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.Timer;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;
import org.reprise.api.net.NetworkPort;
import org.reprise.api.net.NetworkReceiver;
import org.reprise.api.net.NetworkRecorder;
import org.reprise.core.machine.MachineConfiguration.Part;
import org.reprise.core.machine.PartCatalog.Provider;
import org.reprise.core.packet.Offloads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One network part: back end, filters, and the port of the card that uses it. Frames from the back end wait here until the card takes them; the loop
 * delivers them at one place. In replay there is no back end. Machine's thread, but for {@link #execute}.
 */
final class Cable implements NetworkHost, NetworkRecorder, NetworkPort {
    /** The filter that every cable of every machine gets, next to the back end. */
    static final String FILTER = "filter-replay";
    /** The back end that is none. */
    static final String NONE = "none";
    private static final int MOST_WAITING = 1024;
    private static final int MOST_WAITING_BYTES = 8 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(Cable.class);

    /** Work of a back end for the machine's thread. */
    record Work(Cable cable, Runnable work) implements EventQueue.OutsideEvent {
    }

    private final Part part;
    private final String owner;
    private final Assembly assembly;
    private final EventQueue queue;
    private final List<NetworkFilter.Tap> taps = new ArrayList<>();
    private final ArrayDeque<NetworkFrame> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean refused;
    private Provider<NetworkBackend> backend;
    private NetworkLink link;
    private boolean offloads;
    private boolean opening = true;
    private NetworkReceiver receiver;
    private String user;
    private long notes;

    private Cable(Part part, Assembly assembly, EventQueue queue) {
        this.part = part;
        this.assembly = assembly;
        this.queue = queue;
        this.owner = "machine " + assembly.name() + ", network " + part.name();
    }

    /** Name of the configured back end. */
    static String backend(PartSettings settings) {
        return settings.text("backend", NONE);
    }

    /** Names of all filters, from the back end to the card. */
    static List<String> filters(PartSettings settings) {
        List<String> all = new ArrayList<>();
        all.add(FILTER);
        settings.list("filters").stream().filter(name -> !name.equals(FILTER)).forEach(all::add);
        return all;
    }

    /** Opens a cable. @throws IllegalArgumentException naming what does not fit */
    static Cable open(Part part, Assembly assembly, EventQueue queue) {
        Cable cable = new Cable(part, assembly, queue);
        cable.connect();
        return cable;
    }

    private void connect() {
        PartSettings settings = part.settings();
        opening = true;
        try {
            for (String filter : filters(settings)) {
                try {
                    taps.add(assembly.sources().networkFilter(filter).create(settings, this));
                } catch (IOException e) {
                    throw settings.bad("filters", filter, "cannot be used: " + e.getMessage());
                }
            }
            String name = backend(settings);
            if (!name.equals(NONE) && !assembly.forReplay()) {
                backend = assembly.sources().networkBackend(name);
                offloads = Boolean.TRUE.equals(backend.properties().get(NetworkBackend.OFFLOADS));
                try {
                    link = backend.service().open(settings, this);
                } catch (IOException e) {
                    throw settings.bad("backend", name, "cannot be opened: " + e.getMessage());
                }
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        } finally {
            opening = false;
        }
    }

    /** Closes everything and opens it anew: the machine has become a live one, or a replayed one again. */
    void reopen() {
        close();
        assembly.timers().remove(part.name());
        waiting.clear();
        waitingBytes = 0;
        refused = false;
        connect();
    }

    /** The port for the one card that uses the cable. */
    NetworkPort portFor(String device, NetworkReceiver card) {
        if (user != null) {
            throw new IllegalArgumentException(owner + ": is used by " + user + " and cannot be used by " + device
                    + " too; configure another network part");
        }
        user = device;
        receiver = card;
        return this;
    }

    int source() {
        return part.index();
    }

    String describe() {
        return link == null ? NONE : link.describe();
    }

    // The loop's side.

    /** True when a frame waits and the card takes one. */
    boolean deliverable() {
        return !waiting.isEmpty() && receiver != null && receiver.canReceive();
    }

    /** Lets the next waiting frame through filters and into the card, at this position. */
    void deliver() {
        NetworkFrame frame = waiting.remove();
        waitingBytes -= frame.bytes().length;
        toGuest(0, frame);
        if (refused && waiting.size() < MOST_WAITING / 2 && waitingBytes < MOST_WAITING_BYTES / 2) {
            refused = false;
            assembly.guard().run("back end of network " + part.name(), link::room);
        }
    }

    /** A frame from the log enters where it was recorded. */
    void replayed(NetworkFrame frame) {
        taps.get(0).replayed(frame, next -> toGuest(1, next));
    }

    /** True when a card is connected and takes a frame now. */
    boolean canReceive() {
        return receiver != null && receiver.canReceive();
    }

    private void toGuest(int filter, NetworkFrame frame) {
        if (filter < taps.size()) {
            taps.get(filter).toGuest(frame, next -> toGuest(filter + 1, next));
        } else if (receiver.canReceive()) {
            assembly.clock().audience().frame(part.name(), true, frame);
            receiver.receive(frame);
        }
    }

    private void fromGuest(int filter, NetworkFrame frame) {
        if (filter >= 0) {
            taps.get(filter).fromGuest(frame, next -> fromGuest(filter - 1, next));
        } else if (link != null) {
            if (offloads || !frame.unfinished()) {
                link.send(frame);
            } else {
                Offloads.finish(frame, link::send);
            }
        }
    }

    // The card's side.

    @Override
    public void send(NetworkFrame frame) {
        assembly.owner().check(user);
        assembly.guard().touch(part.name(), "a sent frame");
        assembly.clock().audience().frame(part.name(), false, frame);
        fromGuest(taps.size() - 1, frame);
    }

    @Override
    public void acceptInput() {
        assembly.owner().check(user);
        if (!waiting.isEmpty()) {
            assembly.clock().stopSoon();
        }
    }

    // The back end's side.

    @Override
    public String machine() {
        return assembly.name();
    }

    @Override
    public boolean receive(NetworkFrame frame) {
        assembly.owner().check(part.name());
        if (waiting.size() >= MOST_WAITING || waitingBytes >= MOST_WAITING_BYTES) {
            refused = true;
            return false;
        }
        waiting.add(frame);
        waitingBytes += frame.bytes().length;
        assembly.clock().stopSoon();
        return true;
    }

    @Override
    public boolean takesUnfinished() {
        assembly.owner().check(part.name());
        return receiver != null && receiver.takesUnfinished();
    }

    @Override
    public void execute(Runnable work) {
        queue.post(new Work(this, work));
    }

    /** Runs what a back end executes: it may not touch guest state. */
    void run(Work work) {
        if (link != null) {
            assembly.guard().run("work of the back end of network " + part.name(), work.work());
        }
    }

    @Override
    public Timer timer(String name, Runnable callback) {
        if (!opening) {
            throw new IllegalStateException(owner + ": timer " + name + " is only possible while the link is opened");
        }
        boolean external = Declaration.holds(backend.properties().get(NetworkBackend.TIMER_EXTERNAL), name, true);
        MachineTimer timer = new MachineTimer(assembly.timers(), part.name(), backend(part.settings()), name, ClockType.VIRTUAL, external,
                part.index(), -1, callback);
        assembly.timers().add(timer);
        return timer;
    }

    @Override
    public long now() {
        return assembly.virtualNow();
    }

    @Override
    public void note(String message) {
        if (++notes <= 10 || Long.bitCount(notes) == 1) {
            LOG.info("{}: {}", owner, message);
        }
    }

    // The filters' side.

    @Override
    public boolean replaying() {
        return assembly.forReplay();
    }

    @Override
    public void record(NetworkFrame frame) {
        assembly.outside().frame(part.index(), frame);
    }

    void close() {
        if (link != null) {
            try {
                link.close();
            } catch (RuntimeException e) {
                LOG.warn("{}: closing the back end failed", owner, e);
            }
            link = null;
        }
        for (NetworkFilter.Tap tap : taps) {
            try {
                tap.close();
            } catch (RuntimeException e) {
                LOG.warn("{}: closing a filter failed", owner, e);
            }
        }
        taps.clear();
    }
}
