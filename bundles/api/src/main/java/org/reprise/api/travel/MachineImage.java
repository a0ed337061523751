package org.reprise.api.travel;

/**
 * Everything that a machine is at one moment, but for RAM and the content of drives, which are pages ({@link Capture.Space}).
 *
 * @param icount instructions retired since power-on
 * @param virtual VIRTUAL, ns
 * @param events events of the recording that had happened, INSTRUCTION ones not counted; -1 for a live machine
 * @param state all parts' fields; made and read by the machine only
 */
public record MachineImage(long icount, long virtual, long events, byte[] state) {
}
