/** Questions about a recording as jobs on its segments: values that a runner anywhere could work on, and what spreads them over runners. */
package org.reprise.core.snapshot.segment;
