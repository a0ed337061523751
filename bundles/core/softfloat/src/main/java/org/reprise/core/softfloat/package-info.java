/** IEEE 754 arithmetic on raw bits, exact in every rounding mode with every flag, for CPU models. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.core.softfloat;
