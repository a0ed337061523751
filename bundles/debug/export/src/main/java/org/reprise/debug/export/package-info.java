/** What happened in a recording, for other tools. */
package org.reprise.debug.export;
