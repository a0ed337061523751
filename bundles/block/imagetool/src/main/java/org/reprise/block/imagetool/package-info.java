/** The scripted command {@code reprise image}. */
package org.reprise.block.imagetool;
