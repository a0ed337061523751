/** The state of a whole machine as one stream of bytes, as images keep it. docs/time-travel.md describes it. */
package org.reprise.core.snapshot.vmstate;
