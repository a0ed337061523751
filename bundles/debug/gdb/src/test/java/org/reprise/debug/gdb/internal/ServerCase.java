package org.reprise.debug.gdb.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.reprise.debug.gdb.protocol.GdbClient;
import org.reprise.debug.gdb.protocol.Packets;

/** A client of a server of a guest whose past is known. */
abstract class ServerCase {
    FakeGuest guest;
    Port port;
    GdbClient client;

    void serve(int cpus, boolean replay) throws Exception {
        guest = new FakeGuest(cpus, replay);
        port = new Port(guest.machine, guest.services, 0);
        client = connect();
    }

    GdbClient connect() throws Exception {
        return new GdbClient("server", new InetSocketAddress(InetAddress.getLoopbackAddress(), port.number()));
    }

    @AfterEach
    void close() throws Exception {
        if (client != null) {
            client.close();
        }
        if (guest != null) {
            port.close();
            guest.close();
        }
    }

    void asks(String packet, String answer) throws Exception {
        assertEquals(answer, client.ask(packet), packet);
    }

    /** Where CPU n stands. */
    String pc(int n) throws Exception {
        client.order("Hg" + (n + 1));
        return Long.toHexString(Packets.value(client.ask("p20"), 0, 16));
    }

    void reconnect() throws Exception {
        client.close();
        for (int i = 0; ; i++) {
            try {
                client = connect();
                return;
            } catch (java.io.IOException e) {
                // the server has not yet seen the other one go
                assertTrue(i < 100, "the port is not free again: " + e.getMessage());
                Thread.sleep(20);
            }
        }
    }
}
