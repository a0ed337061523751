/** Which functions guests are in: samples, call tree, flame graph; what it offers is in {@link org.reprise.api.debug.Profiler}. */
package org.reprise.debug.profile;
