package org.reprise.random.host;

import java.security.SecureRandom;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.random.RandomBackend;

/** The random source {@code host}: the platform's generator for cryptography, in its kind that does not block. */
@Component(service = RandomBackend.class, property = RandomBackend.BACKEND + "=host")
public final class HostRandom implements RandomBackend {
    private final SecureRandom random = new SecureRandom();

    @Override
    public void fill(byte[] into) {
        random.nextBytes(into);
    }
}
