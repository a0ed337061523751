package org.reprise.ui.shell.cli;

/** What {@code reprise help} prints. */
final class Help {
    static final String TEXT = """
        reprise COMMAND [OPTION...]

          run FEATURE [--guest G] [--record FILE.rr] [--exit-on-shutdown]
                            power a machine on; on a terminal its console is attached (Ctrl-] leaves it for the shell)
          replay FILE.rr    replay a recording and show its console; [--exit-at-end] [--force]
          verify FILE.rr    replay without output and say whether everything was equal
          dump FILE.rr      print the events; [--json] as JSON lines
          info FILE.rr      print what the recording is
          conform ARCH      compare the CPU with the reference emulator, instruction by instruction; conform --help
          image COMMAND     make, show, convert, check disk images (qcow2, raw); image --help
          shell [FEATURE]   the interactive shell (the default); help lists its commands

        Options of run, replay and verify
          --set PART.KEY=VALUE   any setting of the machine feature; the part `machine` is the machine itself
          --file PART.KEY=PATH   the same for a file
          --ram SIZE, --cpus N, --shift N, --sleep on|off, --firmware FILE, --kernel FILE, --initrd FILE, --append TEXT,
          --disk FILE
          --gdb PORT             serve the machine to gdb on a loopback port (0: any); --stop: before its first instruction
          --console-log FILE     console output to a file
          --summary FILE         figures as key=value lines to a file
          --force                replay with other bundle versions

        Exit codes
          0 all went well   1 internal error   2 wrong usage   3 no such feature, or broken   4 configuration or image does not fit
          5 a part did not appear   6 recording does not match   7 replay diverged   8 log damaged   9 log cut off
          10 recording could not be written   20 the guest failed   130 interrupted
        """;

    private Help() {
    }
}
