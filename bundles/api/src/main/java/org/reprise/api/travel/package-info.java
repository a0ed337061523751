/** Time travel: snapshots of machines, moving in a recording, and questions about its past. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.reprise.api.travel;
