/** A test kit for device models: everything a {@code DeviceContext} gives, driven by hand and recorded. Not part of the product. */
package org.reprise.tools.devicekit;
