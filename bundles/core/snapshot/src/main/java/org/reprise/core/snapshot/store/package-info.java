/** The snapshot store: pages of machines, kept once each, in a folder. docs/time-travel.md is its description. */
package org.reprise.core.snapshot.store;
