/**
 * Machine assembly and the machine loop. Nothing is exported: a machine is reached as the services
 * {@link org.reprise.api.machine.Machine} and {@link org.reprise.api.replay.ReplayHost}.
 */
package org.reprise.core.machine;
