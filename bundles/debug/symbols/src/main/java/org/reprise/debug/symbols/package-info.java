/** Names and source lines of guest addresses from ELF files, kernel images and text; what it offers is in {@link org.reprise.api.debug.SymbolReader}. */
package org.reprise.debug.symbols;
