#!/usr/bin/env python3
"""trace_compare.py [--limit N] [--context N] MVSIM_AN505 ELF

Runs an ELF image on mvsim-an505 and on stock QEMU (mps2-an505, one instruction at a time) and compares
the state before every instruction: r0-r15, flags, exception number, Security state, privilege and mode.
Prints the first difference with both states and what came before it, and exits 1; 0 if the traces
agree to the end or for N instructions (default 1 million).

An interrupt that software pends is taken here at the store, in QEMU at the barrier behind it: QEMU's
few instructions up to there are compared when this side gets to them after the handler.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import deque

XPSR_MASK = 0xFF0FFFFF  # bits 20-23 are reserved
KNOWN = (0x40, 0x80, 0xC0)  # SFSR.SFARVALID, FPCCR.BFRDY and SFRDY: wrong in QEMU 7.2
REFUSED_MAX = 1500      # instructions in which a handler may look at what a refused return left
LATE_MAX = 4            # instructions between a pending store and its barrier
QEMU = ["qemu-system-arm", "-M", "mps2-an505", "-display", "none", "-monitor", "none", "-serial", "null",
        "-semihosting-config", "enable=on,target=native", "-singlestep", "-d", "cpu,int,exec,nochain"]
NAMES = [f"r{i}" for i in range(13)] + ["sp", "lr", "pc", "xpsr"]


class State:
    """Registers as numbers, and a word like "S priv-thread"."""

    def __init__(self, registers, mode, notes=()):
        self.registers = registers
        self.registers[16] &= XPSR_MASK
        self.mode = mode
        self.notes = notes

    @property
    def pc(self):
        return self.registers[15]

    def same(self, other):
        return self.registers == other.registers and self.mode == other.mode

    def same_but(self, other, unknown):
        """Whether all but the registers `unknown` (a set of indices) are the same."""
        return self.mode == other.mode and all(
            self.registers[i] == other.registers[i] for i in range(17) if i not in unknown)

    def in_handler(self):
        return self.mode.endswith("handler")


def ours(stream):
    pattern = re.compile(r"^(?:[0-9a-f]{8} ){17}(?:S|NS) ")
    for line in stream:
        if pattern.match(line):
            words = line.split()
            yield State([int(word, 16) for word in words[:17]], " ".join(words[17:]))


def theirs(stream):
    registers, notes, held = [], [], None
    for line in stream:
        if line.startswith("R"):
            registers += [int(word.split("=")[1], 16) for word in line.split()]
        elif line.startswith("XPSR="):
            words = line.split()
            registers.append(int(words[0][5:], 16))
            mode = " ".join(words[-2:])
            if held:
                yield held
            held = State(registers, mode, tuple(notes)) if len(registers) == 17 else None
            registers, notes = [], []
        elif line.startswith("Stopped execution"):
            notes += held.notes if held else ()
            held = None  # it did not begin: it will be told again
        elif not line.startswith("Trace "):
            notes.append(line.strip())
    if held:
        yield held


def show(name, state, other=None):
    print(f"  {name}: {state.mode}")
    for first in range(0, 17, 4):
        cells = []
        for i in range(first, min(first + 4, 17)):
            mark = "*" if other and state.registers[i] != other.registers[i] else " "
            cells.append(f"{NAMES[i]:>4} {state.registers[i]:08x}{mark}")
        print("      " + "  ".join(cells))


def report(number, a, b, history):
    print(f"first difference before instruction {number}")
    print("before that (here | QEMU's notes):")
    for state, notes in history:
        for note in notes:
            print(f"      # {note}")
        print(f"    {state.pc:08x} {state.mode}")
    for note in b.notes if b else ():
        print(f"      # {note}")
    if a:
        show("here", a, b)
    if b:
        show("QEMU", b, a)
    if not a or not b:
        print(f"  {'here' if not a else 'QEMU'}: ended")


class Pair:
    """Both traces, with QEMU's late instructions set aside."""

    def __init__(self, here, qemu):
        self.here, self.qemu = here, qemu
        self.late = []  # a list for each interrupted barrier
        self.peeked = []     # of QEMU's
        self.here_back = []  # of ours

    def next(self):
        """The next two states to compare; either may be None at its end."""
        a = self.here_back.pop() if self.here_back else next(self.here, None)
        if self.late and a and a.pc == self.late[-1][0].pc and not self.ahead(a):
            b = self.late[-1].pop(0)
            if not self.late[-1]:
                self.late.pop()
            return a, b
        b = self.peeked.pop() if self.peeked else next(self.qemu, None)
        if a and b and any("really an SG" in note for note in b.notes):
            a = next(self.here, None)  # SG itself is not told by QEMU
        if a and b and not a.same(b):
            if a.in_handler():
                b = self.set_aside(a, b)
            if b.in_handler() and not a.same(b):
                a = self.drop_fetch_fault(a, b)
        return a, b

    def drop_fetch_fault(self, a, b):
        """An instruction that cannot be fetched is told here, but not by QEMU."""
        after = next(self.here, None)
        if after and after.same(b):
            return after
        if after:
            self.here_back.append(after)
        return a

    def escalated_secure_fault(self, a, b):
        """QEMU takes HardFault where we take SecureFault."""
        ours = self.here_back[-1] if self.here_back and not a.in_handler() else a
        return (ours.registers[16] & 0x1FF == 7 and b.registers[16] & 0x1FF == 3
                and any("SecureFault" in note for note in b.notes))

    def ahead(self, a):
        """Whether QEMU itself is at this state."""
        if not self.peeked:
            state = next(self.qemu, None)
            if state:
                self.peeked.append(state)
        return bool(self.peeked) and self.peeked[0].same(a)

    def set_aside(self, a, b):
        group, state = [], b
        while state and not a.same(state) and len(group) < LATE_MAX:
            group.append(state)
            state = self.peeked.pop() if self.peeked else next(self.qemu, None)
        if not state or not a.same(state):
            self.peeked += [state] if state else []
            self.peeked += reversed(group[1:])
            return b
        self.late.append(group)
        return state


def compare(pair, limit, context):
    history = deque(maxlen=context)
    refused = -REFUSED_MAX
    unknown = {16}  # flags at reset; then r0 after a semihosting call; until they agree
    for number in range(1, limit + 1):
        a, b = pair.next()
        if not a and not b:
            print(f"{number - 1} instructions, the same")
            return True
        if a and b:
            unknown |= {0} if any("Semihosting" in note for note in b.notes) else set()
            if any("existing stackframe" in note for note in b.notes):
                refused = number
            if number - refused < REFUSED_MAX:
                unknown |= set(range(13))  # popped there before the refusal
            unknown |= {i for i in range(13) if a.registers[i] ^ b.registers[i] in KNOWN}
            unknown = {i for i in unknown if a.registers[i] != b.registers[i]}
        if a and b and pair.escalated_secure_fault(a, b):
            print(f"{number - 1} instructions, the same up to a SecureFault that QEMU escalates (known: PRIS)")
            return True
        if not a or not b or not a.same_but(b, unknown):
            report(number, a, b, history)
            return False
        history.append((a, b.notes))
    print(f"{limit} instructions, the same")
    return True


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--limit", type=int, default=1000000)
    parser.add_argument("--context", type=int, default=12)
    parser.add_argument("mvsim")
    parser.add_argument("elf")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fifo = os.path.join(folder, "log")
        os.mkfifo(fifo)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        here = subprocess.Popen([options.mvsim, "--states", options.elf], stderr=subprocess.PIPE, text=True,
                                **quiet)
        qemu = subprocess.Popen(QEMU + ["-D", fifo, "-kernel", options.elf], stderr=subprocess.DEVNULL, **quiet)
        with open(fifo) as log:
            try:
                same = compare(Pair(ours(here.stderr), theirs(log)), options.limit, options.context)
            finally:
                for process in (here, qemu):
                    process.kill()
                    process.wait()
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
