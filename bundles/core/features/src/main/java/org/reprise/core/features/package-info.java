/** Machine features: feature files that name bundles and configurations, installed into the running framework. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.reprise.core.features;
