package org.reprise.net.user;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Names on the wire (RFC 1035, section 3.1). */
final class DomainName {
    private DomainName() {
    }

    /** Labels with their lengths, and a zero. @param name labels of 1..63 ASCII characters with dots between */
    static byte[] encode(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : name.split("\\.")) {
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.write(0);
        return out.toByteArray();
    }
}
