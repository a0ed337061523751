package org.reprise.ui.shell.cli;

/** What {@code reprise help} prints. */
final class Help {
    static final String TEXT = """
        reprise COMMAND [OPTION...]

          run FEATURE [--guest G] [--record FILE.rr] [--exit-on-shutdown]
                            power a machine on; on a terminal its console is attached (Ctrl-] leaves it for the shell)
          replay FILE.rr    replay a recording and show its console; [--exit-at-end] [--force]
          verify FILE.rr    replay without output and say whether everything was equal; [--runs N [--jobs M]] N times, M at a time
          dump FILE.rr      print the events, also of a log of the reference emulator; [--json] [--kind KIND,...] [--from ICOUNT] [--to ICOUNT]
          info FILE.rr      print what the recording is
          diff A.rr B.rr    print where two recordings differ
          bisect FILE.rr    narrow a divergence by replaying in two modes of the translator; [--modes interpreter,compile]
          pack FILE.rr OUT.rrz   one file with everything, for another place; [--file PART.KEY=PATH]; all commands read it, too
          unpack FILE.rrz OUT.rr the folder of a packed recording
          branches FILE.rr  print the recording's branches, and theirs: where each begins and ends, and what was changed there
          export FILE.rr OUT --format F   for other tools: perfetto, asciicast (--console NAME), qemu; --force overwrites
          conform ARCH      compare the CPU with the reference emulator, instruction by instruction; conform --help
          image COMMAND     make, show, convert, check disk images (qcow2, raw); image --help
          shell [FEATURE]   the interactive shell (the default); help lists its commands

        Options of run, replay, verify and bisect
          --set PART.KEY=VALUE   any setting of the machine feature; the part `machine` is the machine itself
          --file PART.KEY=PATH   the same for a file
          --ram SIZE, --cpus N, --shift N, --sleep on|off, --firmware FILE, --kernel FILE, --initrd FILE, --append TEXT,
          --disk FILE
          --gdb PORT             serve the machine to gdb on a loopback port (0: any); --stop: before its first instruction
          --flame FILE.svg       a flame graph of the guest's functions (FILE.folded: stacks as text); --flame-every N instructions
          --symbols FILE[@OFFSET]  for it, in place of the machine's kernel and firmware: an ELF file, a kernel image or a System.map
          --snapshots MIB        snapshots while it is recorded or replayed, each half second, within so much disk: for moving in it later
          --vmstate FILE.qcow2   keeps snapshots of the whole machine (snapshot:save --image vmstate NAME); made when there is none
          --start-snapshot NAME  run, with or without --record: begin with a snapshot in a drive's qcow2 image or the file of --vmstate
          --console-log FILE     console output to a file
          --summary FILE         figures as key=value lines to a file
          --force                replay with other bundle versions

        Exit codes
          0 all went well   1 internal error   2 wrong usage   3 no such feature, or broken   4 configuration or image does not fit
          5 a part did not appear   6 recording does not match   7 replay diverged   8 log damaged   9 log cut off
          10 recording could not be written   11 recordings differ   20 the guest failed   130 interrupted
        """;

    private Help() {
    }
}
