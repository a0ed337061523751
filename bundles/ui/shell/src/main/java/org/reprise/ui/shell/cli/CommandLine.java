package org.reprise.ui.shell.cli;

import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/** Runs the command that the process was started with, on a thread of its own, and stops the framework with its exit status. */
@Component(service = {}, immediate = true)
public final class CommandLine {
    private static final String SHELL = "org.apache.felix.gogo.jline";
    private final BundleContext context;

    /** For the component runtime. */
    @Activate
    public CommandLine(BundleContext context) {
        this.context = context;
        String count = context.getProperty("reprise.args");
        if (count == null) {
            // not started by our launcher: the framework's owner is in charge
            return;
        }
        List<String> line = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(count); i++) {
            line.add(context.getProperty("reprise.arg." + i));
        }
        Thread t = new Thread(() -> run(line), "reprise-command");
        t.setDaemon(true);
        t.start();
    }

    private void run(List<String> line) {
        ExitCode code;
        try {
            Commands commands = new Commands(context);
            code = line.isEmpty() || Commands.BUILT_IN.contains(line.get(0)) ? commands.run(Options.parse(line)) : commands.scripted(line);
            if (code == null) {
                startShell();
                return;
            }
        } catch (MachineException e) {
            System.err.println("reprise: " + e.getMessage());
            code = e.code();
        } catch (InterruptedException e) {
            code = ExitCode.INTERRUPTED;
        } catch (Exception | Error e) {
            System.err.println("reprise: internal error: " + e);
            e.printStackTrace();
            code = ExitCode.INTERNAL;
        }
        System.out.flush();
        System.setProperty("reprise.exit", Integer.toString(code.status()));
        try {
            context.getBundle(0).stop();
        } catch (BundleException | IllegalStateException e) {
            System.exit(code.status());
        }
    }

    private void startShell() throws BundleException {
        for (Bundle b : context.getBundles()) {
            if (SHELL.equals(b.getSymbolicName())) {
                b.adapt(org.osgi.framework.startlevel.BundleStartLevel.class).setStartLevel(1);
                b.start();
                return;
            }
        }
        throw new MachineException(ExitCode.INTERNAL, "the shell's bundle " + SHELL + " is not installed");
    }
}
