/** The block driver {@code qcow2}. */
package org.reprise.block.qcow2;
