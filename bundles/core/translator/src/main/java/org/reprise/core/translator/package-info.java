/**
 * Translation of guest code: an intermediate representation, an interpreter for it and a generator of JVM code, for all architectures.
 *
 * <p>A CPU bundle brings a {@link org.reprise.core.translator.Frontend} that turns one instruction into IR through
 * {@link org.reprise.core.translator.BlockBuilder}, {@link org.reprise.core.translator.Helper}s for what is rare, and a subclass of
 * {@link org.reprise.core.translator.TranslatedCpu} with its traps and address translation. {@code docs/translator.md} tells the rules.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.core.translator;
