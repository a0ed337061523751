package org.reprise.net.user;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.reprise.core.packet.Bytes;

/**
 * Tells guests of the network's prefix, router and name server (RFC 4861, section 4.2; RFC 8106): when asked, and every now and then.
 * Guests make their addresses themselves (RFC 4862).
 */
final class RouterAdvertisement {
    private static final int TYPE = 134;
    private static final int LIFETIME = 1800;
    private static final int VALID = 86_400;
    private static final int PREFERRED = 14_400;
    /** On-link, and for autonomous configuration. */
    private static final int PREFIX_FLAGS = 0xc0;
    private static final long INTERVAL = 200 * Alarms.SECOND;

    private final UserSettings settings;
    private final byte[] station;
    private final IpOutput output;
    private final Alarms.Alarm alarm;

    RouterAdvertisement(UserSettings settings, byte[] station, IpOutput output, Alarms alarms) {
        this.settings = settings;
        this.station = station;
        this.output = output;
        alarm = alarms.alarm(this::unsolicited);
        alarm.in(INTERVAL);
    }

    private void unsolicited() {
        send(Address.ALL_NODES);
        alarm.in(INTERVAL);
    }

    void send(Address to) {
        byte[] body = body();
        byte[] b = output.make(UserSettings.LINK6, to, Protocol.ICMP6, body.length);
        System.arraycopy(body, 0, b, IpOutput.PAYLOAD6, body.length);
        output.send(b, 2, 0);
    }

    private byte[] body() {
        ByteBuffer b = ByteBuffer.allocate(16 + 8 + 8 + 32 + 24 + 8 * 256);
        // an isolated network leads nowhere: no default router
        b.put((byte) TYPE).put((byte) 0).putShort((short) 0).put((byte) 64).put((byte) 0)
                .putShort((short) (settings.restrict() ? 0 : LIFETIME)).putInt(0).putInt(0);
        b.put((byte) 1).put((byte) 1).put(station);
        b.put((byte) 5).put((byte) 1).putShort((short) 0).putInt(settings.mtu());
        b.put((byte) 3).put((byte) 4).put((byte) 64).put((byte) PREFIX_FLAGS).putInt(VALID).putInt(PREFERRED).putInt(0)
                .put(UserSettings.PREFIX6.bytes());
        if (!settings.resolvers().isEmpty()) {
            b.put((byte) 25).put((byte) 3).putShort((short) 0).putInt(LIFETIME).put(UserSettings.DNS6.bytes());
        }
        if (!settings.search().isEmpty()) {
            ByteArrayOutputStream names = new ByteArrayOutputStream();
            settings.search().forEach(domain -> names.writeBytes(DomainName.encode(domain)));
            int units = (8 + names.size() + 7) / 8;
            byte[] option = new byte[units * 8];
            Bytes.put8(option, 0, 31);
            Bytes.put8(option, 1, units);
            Bytes.put32(option, 4, LIFETIME);
            System.arraycopy(names.toByteArray(), 0, option, 8, names.size());
            b.put(option);
        }
        byte[] body = new byte[b.position()];
        b.flip().get(body);
        return body;
    }
}
