package org.reprise.core.features;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** Installs machine features (OSGi feature files, Compendium chapter 159): a service. Any thread; one installation at a time. */
@ProviderType
public interface FeatureRuntime {
    /** Names of the feature files that come with the distribution, sorted. */
    List<String> available();

    /** Ids of the features installed, in the order of installation. */
    List<String> installed();

    /**
     * Installs a feature: its bundles, resolved as one set and started, and its configurations. Installing it again with other settings
     * updates the configurations.
     *
     * @param feature name of a file under {@code features/}, or a path ending in {@code .json}
     * @param settings single values that override the file's: {@code PART.KEY} to value, the part {@code machine} being the machine itself
     * @return names of the machines that it configures
     * @throws org.reprise.api.machine.MachineException FEATURE when there is no such feature, the file is broken or a bundle is missing;
     *     USAGE when a setting names a part that the feature does not have
     */
    List<String> install(String feature, Map<String, String> settings);
}
