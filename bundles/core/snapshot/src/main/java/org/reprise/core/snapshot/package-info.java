/** Time travel: snapshots of machines, and moves in recordings. */
package org.reprise.core.snapshot;
