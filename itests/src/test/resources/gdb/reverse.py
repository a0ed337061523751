# Walks back and forth in a replayed recording, as a user of gdb does; every claim is checked against what the way forwards showed.
# Run by ReverseDebuggingIT: gdb -ex "python PORT = 1; MIDDLE = 2; LATE = 3; STEPS = 10" -x reverse.py
import re


def run(command):
    return gdb.execute(command, to_string=True)


def pc():
    return int(gdb.parse_and_eval("(unsigned long)$pc"))


def thread():
    return gdb.selected_thread().num


def icount():
    return int(re.search(r"icount ([0-9,]+)", run("monitor when")).group(1).replace(",", ""))


def seek(place):
    run("monitor seek %d" % place)
    run("maintenance flush register-cache")
    check(icount() == place, "seek to %d arrived at %d" % (place, icount()))


def check(truth, what):
    if not truth:
        print("FAILED: " + what)
        raise gdb.GdbError(what)


def word(address):
    return int(gdb.parse_and_eval("*(unsigned int *)%d" % address))


run("set pagination off")
run("set confirm off")
run("target remote localhost:%d" % PORT)

print("THREADS %d" % len(gdb.selected_inferior().threads()))

# the beginning
begin = pc()
run("reverse-stepi")
check(icount() == 0 and pc() == begin, "a step back from the beginning: %d" % icount())

# steps forth, back and forth
seek(MIDDLE)
places = [(icount(), thread(), pc())]
for i in range(STEPS):
    run("stepi")
    places.append((icount(), thread(), pc()))
for expected in reversed(places[:-1]):
    run("reverse-stepi")
    check((icount(), pc()) == (expected[0], expected[2]), "back at %s, not %s" % ((icount(), hex(pc())), expected))
for expected in places[1:]:
    run("stepi")
    check((icount(), pc()) == (expected[0], expected[2]), "forth again at %s, not %s" % ((icount(), hex(pc())), expected))
print("STEPS %d equal" % STEPS)

# breakpoints on all of them: the last hit before a late place, and nothing behind it
for address in sorted({p[2] for p in places}):
    run("hbreak *%d" % address)
seek(LATE)
run("reverse-continue")
hit = icount()
check(hit < LATE and pc() in {p[2] for p in places}, "reverse-continue stopped at %d, %x" % (hit, pc()))
check(hit >= places[-1][0], "there is a hit at %d, the one found is at %d" % (places[-1][0], hit))
run("continue")
check(icount() >= LATE or pc() == begin, "behind the last hit at %d there is one at %d" % (hit, icount()))
run("delete")
print("BREAKPOINT last of all at %d" % hit)

# who wrote this word last?
seek(LATE)
sp = int(gdb.parse_and_eval("(unsigned long)$sp"))
if int(gdb.parse_and_eval("(unsigned long)$satp")) == 0 or sp >= 1 << 63:
    address = sp + OFFSET
else:
    # a process's address is another word in another process: where Linux keeps the process's stack pointer while it is in the kernel (user_sp of thread_info)
    address = int(gdb.parse_and_eval("(unsigned long)$sscratch")) + 24
value = word(address)
run("watch *(unsigned int *)%d" % address)
run("reverse-continue")
written = icount()
check(0 < written < LATE, "the write found is at %d" % written)
run("delete")
run("stepi")
check(word(address) == value, "the instruction found leaves %x, not %x" % (word(address), value))
run("watch *(unsigned int *)%d" % address)
print("WATCHPOINT %x written at %d" % (address, written))
run("delete")

# the same in one command, and places with names
seek(LATE)
run("monitor mark late")
run('eval "monitor last-writer %%p %%#x", (void *)%d, 4' % address)
run("maintenance flush register-cache")
# gdb passes over writes that change nothing
check(written <= icount() < LATE, "the last writer is at %d, the watchpoint's at %d" % (icount(), written))
run("stepi")
check(word(address) == value, "the last writer leaves %x, not %x" % (word(address), value))
run("monitor seek late")
run("maintenance flush register-cache")
check(icount() == LATE, "the mark is at %d" % icount())
stack = int(gdb.parse_and_eval("(unsigned long)$sp"))
run("monitor last-writer sp")
run("maintenance flush register-cache")
check(0 < icount() < LATE, "sp was written at %d" % icount())
run("stepi")
check(int(gdb.parse_and_eval("(unsigned long)$sp")) == stack, "the instruction found leaves another stack pointer")
print("LAST WRITER of sp at %d" % icount())

# the end, and back from it
run("continue")
end = icount()
check(end > LATE, "the end is at %d" % end)
run("continue")
check(icount() == end, "behind the end at %d there is %d" % (end, icount()))
run("reverse-stepi")
check(end - 1 <= icount() <= end, "one step back from %d is %d" % (end, icount()))
run("reverse-continue")
check(icount() == 0 and pc() == begin, "all the way back: %d" % icount())
print("ENDS 0 %d" % end)
run("disconnect")
