package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.List;
import org.reprise.core.machine.MachineConfiguration.Part;

/** Finds what a machine waits for: parts without a configuration, and models and drivers that no installed bundle provides. */
final class Waiting {
    private Waiting() {
    }

    /** One line for each missing thing, in the order of the parts. */
    static List<String> missing(MachineConfiguration configuration, PartCatalog catalog) {
        List<String> missing = new ArrayList<>();
        for (Part part : configuration.parts()) {
            if (part.kind() == null) {
                missing.add("part " + part.name() + ": no configuration; add org.reprise.device.TYPE~" + part.name() + ", org.reprise.cpu~"
                        + part.name() + ", org.reprise.drive~" + part.name() + " or org.reprise.network~" + part.name() + " with machine = " + configuration.name());
                continue;
            }
            switch (part.kind()) {
                case CPU -> {
                    if (part.type() == null) {
                        missing.add("part " + part.name() + ": key arch is missing in its configuration");
                    } else if (catalog.cpu(part.type()) == null) {
                        missing.add("part " + part.name() + ": CPU architecture " + part.type()
                                + "; install and start the cpu bundle that provides it");
                    }
                }
                case DEVICE -> device(part, catalog, missing);
                case DRIVE -> drive(part, catalog, missing);
                case NETWORK -> network(part, catalog, missing);
                default -> throw new IllegalStateException(part.toString());
            }
        }
        String random = configuration.random();
        if (random != null && catalog.random(random) == null) {
            missing.add("random back end " + random + "; install and start the random bundle that provides it");
        }
        return missing;
    }

    private static void device(Part part, PartCatalog catalog, List<String> missing) {
        if (catalog.device(part.type()) == null) {
            missing.add("part " + part.name() + ": device model " + part.type() + "; install and start the device bundle that provides it");
        }
        String backend = part.settings().text("backend", null);
        if (backend != null && catalog.character(backend) == null) {
            missing.add("part " + part.name() + ": character back end " + backend
                    + "; install and start the character bundle that provides it");
        }
    }

    private static void network(Part part, PartCatalog catalog, List<String> missing) {
        if (!part.type().equals(Cable.NONE) && catalog.networkBackend(part.type()) == null) {
            missing.add("part " + part.name() + ": network back end " + part.type() + "; install and start the net bundle that provides it");
        }
        for (String filter : Cable.filters(part.settings())) {
            if (catalog.networkFilter(filter) == null) {
                missing.add("part " + part.name() + ": network filter " + filter + "; install and start the net bundle that provides it");
            }
        }
    }

    private static void drive(Part part, PartCatalog catalog, List<String> missing) {
        if (!Drive.hasMedium(part.settings())) {
            return;
        }
        if (catalog.blockDriver(part.type()) == null) {
            missing.add("part " + part.name() + ": block driver " + part.type() + "; install and start the block bundle that provides it");
        }
        Drive.Plan plan = Drive.plan(part.settings(), false);
        if (plan.kept() != null && catalog.blockDriver(Drive.KEPT) == null) {
            missing.add("part " + part.name() + ": block driver " + Drive.KEPT
                    + "; install and start the block bundle that provides it, or set overlay = temporary and no overlay.file");
        }
        if (plan.temporary() && catalog.blockDriver(Drive.OVERLAY) == null) {
            missing.add("part " + part.name() + ": block driver " + Drive.OVERLAY
                    + "; install and start the block bundle that provides it, or set overlay = none");
        }
        if (catalog.blockFilter(Drive.FILTER) == null) {
            missing.add("part " + part.name() + ": block filter " + Drive.FILTER + "; install and start the block bundle that provides it");
        }
    }
}
