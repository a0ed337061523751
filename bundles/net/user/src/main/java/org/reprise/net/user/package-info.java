/**
 * A user-mode network. All protocol work is done on the machine's thread; {@code HostIo} is the only other thread and does nothing but
 * I/O.
 */
package org.reprise.net.user;
