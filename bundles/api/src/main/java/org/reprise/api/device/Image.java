package org.reprise.api.device;

import org.osgi.annotation.versioning.ProviderType;

/** A read-only file that the machine was configured with (firmware, kernel, initrd), opened and digested by the machine. */
@ProviderType
public interface Image {
    /** The name as configured, for messages. */
    String name();

    /** Length in bytes. */
    long length();

    /** The whole content; callers must not change it. */
    byte[] content();
}
