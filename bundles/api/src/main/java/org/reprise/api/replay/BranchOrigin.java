package org.reprise.api.replay;

import java.util.List;

/**
 * Where a branch comes from: a recording that begins with a copy of another one's events, and goes another way from a place on.
 *
 * @param parent the recording it comes from, relative to its own folder
 * @param icount of the place
 * @param events of the log before the place, INSTRUCTION ones not counted
 * @param traps taken at the place's icount before it
 * @param parentBytes so many bytes of the parent's log, from its first on, were copied as they are
 * @param parentSha256 their SHA-256, hexadecimal
 * @param created when, as ISO-8601 says; informative
 * @param pokes what was changed at the place, a line each; informative
 */
public record BranchOrigin(String parent, long icount, long events, long traps, long parentBytes, String parentSha256, String created, List<String> pokes) {
}
