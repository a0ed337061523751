/** Record and replay: the event vocabulary, the journal that the machine loop talks to, and the service for users. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.api.replay;
