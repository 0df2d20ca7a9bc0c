#!/usr/bin/env python3
"""generate.py SEED: writes assembly functions of random instructions for both Security states.

Each function takes its registers from a state array and mixes them back in at its end. Its body is
random arithmetic, loads and stores in a window (r9), forward branches, loops, floating point, and
events: SVC, test target, faults that a handler skips, interrupts pended with and without masks,
calls into the other state. Nothing depends on time, so any correct processor ends alike.
"""
import random
import sys

FUNCTIONS = 48
FREE = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r10", "r11", "r12"]
LOW = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"]
CONDITIONS = ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"]
THREE = ["add", "adc", "sub", "sbc", "rsb", "and", "orr", "eor", "bic", "orn"]
DSP = ["sadd8", "uadd8", "ssub16", "usub16", "qadd16", "uqsub8", "shadd8", "uhasx", "sasx", "usax",
       "sel", "usad8", "qadd", "qdsub", "smuad", "smusdx", "smulbt", "smultt", "smmul", "smulwb",
       "sdiv", "udiv", "mul", "lsl", "lsr", "asr", "ror", "sxtab", "uxtab16", "sxtah"]
FOUR = ["mla", "mls", "smlad", "smlsd", "smlabb", "smlawt", "smmla", "smmlsr", "usada8"]
LONG = ["smull", "umull", "smlal", "umlal", "umaal", "smlald", "smlsldx", "smlalbt"]
FP3 = ["vadd", "vsub", "vmul", "vdiv", "vmla", "vfma", "vfms", "vnmls", "vnmul", "vmaxnm", "vselge"]
FP2 = ["vabs.f32", "vneg.f32", "vsqrt.f32", "vcvt.s32.f32", "vcvt.f32.u32", "vrintz.f32", "vmov.f32"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.label = 0

    def pick(self, values):
        return self.random.choice(values)

    def some(self, count):
        return self.random.sample(FREE, count)

    def new_label(self):
        self.label += 1
        return f".L{self.label}"

    def immediate(self):
        kind = self.random.randrange(4)
        byte = self.random.randrange(256)
        if kind == 0:
            return byte
        if kind == 1:
            return byte | byte << 16
        if kind == 2:
            return byte * 0x01010101
        return (0x80 | byte & 0x7f) << self.random.randrange(1, 24)

    def plain(self):
        """One instruction or a short group without outside effects."""
        a, b, c, d = self.some(4)
        n = self.random.randrange(14)
        if n < 3:
            s = self.pick(["", "s"])
            shift = self.pick(["", f", lsl #{self.random.randrange(1, 32)}",
                               f", asr #{self.random.randrange(1, 33)}",
                               f", ror #{self.random.randrange(1, 32)}", ", rrx"])
            return [f"{self.pick(THREE)}{s}.w {a}, {b}, {c}{shift}"]
        if n == 3:
            return [f"{self.pick(THREE[:-1])}{self.pick(['', 's'])}.w {a}, {b}, #{self.immediate()}"]
        if n == 4:
            return [f"{self.pick(DSP)} {a}, {b}, {c}"]
        if n == 5:
            return [f"{self.pick(FOUR)} {a}, {b}, {c}, {d}"]
        if n == 6:
            return [f"{self.pick(LONG)} {a}, {b}, {c}, {d}"]
        if n == 7:
            low, width = self.random.randrange(24), self.random.randrange(1, 8)
            return [self.pick([f"bfi {a}, {b}, #{low}, #{width}", f"ubfx {a}, {b}, #{low}, #{width}",
                               f"sbfx {a}, {b}, #{low}, #{width}", f"ssat {a}, #{width}, {b}, asr #3",
                               f"usat {a}, #{low}, {b}", f"clz {a}, {b}", f"rbit {a}, {b}",
                               f"rev16.w {a}, {b}", f"movt {a}, #{self.random.randrange(65536)}",
                               f"revsh.w {a}, {b}"])]
        if n == 8:
            offset = self.random.randrange(0, 255)
            return [self.pick([f"ldr.w {a}, [r9, #{offset}]", f"str.w {a}, [r9, #{offset}]",
                               f"ldrsh.w {a}, [r9, #{offset}]", f"strb.w {a}, [r9, #{offset}]",
                               f"ldrsb.w {a}, [r9, #-{offset}]", f"strh.w {a}, [r9, #{offset}]",
                               f"ldrd {a}, {b}, [r9, #{offset & ~3}]",
                               f"strd {a}, {b}, [r9, #-{offset & ~3}]"])]
        if n == 9:
            registers = "{" + ", ".join(sorted(self.random.sample(LOW, 4))) + "}"
            return [f"add.w r12, r9, #{self.random.randrange(64) * 4}",
                    self.pick([f"stmia r12!, {registers}", f"ldmia.w r12, {registers}",
                               f"stmdb r12!, {registers}", f"push {registers}\n pop {registers}"])]
        if n == 10:
            cond = self.pick(CONDITIONS)
            return [f"ite {cond}", f"add{cond}.w {a}, {b}, {c}",
                    f"eor{CONDITIONS[CONDITIONS.index(cond) ^ 1]}.w {a}, {c}, {d}"]
        if n == 11:
            label = self.new_label()
            branch = self.pick([f"b{self.pick(CONDITIONS)}.n {label}", f"cbz {self.pick(LOW)}, {label}",
                                f"cbnz {self.pick(LOW)}, {label}"])
            return [branch, f"adds.w {a}, {b}, {c}", f"eor.w {d}, {d}, {a}", f"{label}:"]
        if n == 12:
            label = self.new_label()
            return [f"movs.w r12, #{self.random.randrange(2, 9)}", f"{label}:",
                    "add.w r2, r2, r3, ror #5", "eors.w r3, r3, r2", "subs.w r12, r12, #1",
                    f"bne.n {label}"]
        return [f"cmp.w {a}, {b}", f"mrs {c}, apsr"]

    def floating(self):
        d, n, m = (self.random.randrange(32) for _ in range(3))
        r = self.pick(FREE)
        kind = self.random.randrange(8)
        if kind < 3:
            return [f"{self.pick(FP3)}.f32 s{d}, s{n}, s{m}"]
        if kind == 3:
            return [f"{self.pick(FP2)} s{d}, s{m}"]
        if kind == 4:
            return [f"vmov s{d}, {r}"]
        if kind == 5:
            return [f"vmov {r}, s{d}"]
        if kind == 6:
            return [self.pick([f"vldr s{d}, [r9, #{self.random.randrange(64) * 4}]",
                               f"vstr s{d}, [r9, #{self.random.randrange(64) * 4}]",
                               "vpush {s3-s9}\n vpop {s4-s10}"])]
        return [f"vcmp.f32 s{d}, s{n}", f"vmrs {r}, fpscr"]

    def pend(self):
        """Pends interrupts; those that have priority are taken at once."""
        mask = self.random.getrandbits(16) & self.random.getrandbits(16)
        write = ["ldr r0, =0xe000e200", f"movw r1, #{mask}", "str r1, [r0]", "dsb", "isb"]
        kind = self.random.randrange(4)
        if kind == 0:
            return ["cpsid i"] + write + self.plain() + ["cpsie i", "isb"]
        if kind == 1:
            level = self.pick([0x20, 0x60, 0x80, 0xa0, 0xe0])
            return [f"movs r2, #{level}", "msr basepri, r2"] + write + ["adds r3, r3, #1",
                                                                       "movs r2, #0", "msr basepri, r2", "isb"]
        return write

    def test_target(self, secure):
        address = self.pick([0x00200000, 0x00100000, 0x10000000, 0x101f0010, 0x28240000, 0x28000000,
                             0x38180000, 0x40000000, 0x50000000, 0xe000e000, 0x80000000])
        operation = self.pick(["tt", "ttt", "tta", "ttat"] if secure else ["tt", "ttt"])
        return [f"ldr r0, ={address + self.random.randrange(0, 0x1000, 4):#x}", f"{operation} r1, r0"]

    def event(self, secure, may_call):
        n = self.random.randrange(8)
        if n == 0:
            return [f"svc #{self.random.randrange(256)}"]
        if n == 1:
            return [f"udf.w #{self.random.randrange(256)}"]
        if n in (2, 3):
            return self.pend()
        if n == 4:
            return self.test_target(secure)
        if n == 5 and not secure:
            return ["ldr r0, =0x38180000", self.pick(["ldr.w r1, [r0]", "str.w r1, [r0]"])]
        if may_call:
            other = self.random.randrange(FUNCTIONS)
            if secure:
                return [f"ldr r3, =ns_{other}", "bic r3, r3, #1", "blxns r3"]
            return [f"ldr r3, =gate_{other}", "orr r3, r3, #1", "blx r3"]
        return self.pend()

    def body(self, secure, may_call):
        lines = []
        fp = self.random.randrange(3) == 0
        for _ in range(self.random.randrange(24, 40)):
            n = self.random.randrange(16)
            if n == 0:
                lines += self.event(secure, may_call)
            elif fp and n < 6:
                lines += self.floating()
            else:
                lines += self.plain()
        return lines

    def function(self, name, secure, may_call, leave):
        window, state = ("0x38180000", "0x38190000") if secure else ("0x28240000", "0x28250000")
        lines = [f".thumb_func\n.global {name}\n.type {name}, %function\n{name}:", "push {r4-r11, lr}",
                 f"ldr r9, ={state}", "ldmia.w r9, {r0-r8, r10-r12}", f"ldr r9, ={window}"]
        lines += self.body(secure, may_call)
        lines += ["push {r9, r12}", f"ldr r9, ={state}", "stmia.w r9, {r0-r8, r10-r12}"]
        lines += ["ldr r0, [r9, #48]", "add.w r0, r12, r0, ror #7", "eor.w r0, r0, r4, ror #11",
                  "str r0, [r9, #48]", "mrs r1, apsr", "ldr r0, [r9, #52]",
                  "add.w r0, r1, r0, ror #3", "str r0, [r9, #52]", "pop {r9, r12}"]
        lines += leave + [".ltorg"]
        return lines

    def everything(self):
        out = [".syntax unified", ".thumb", ".cpu cortex-m33", ".fpu fpv5-sp-d16", ".text"]
        for i in range(FUNCTIONS):
            out += self.function(f"s_{i}", True, True, ["pop {r4-r11, pc}"])
            out += self.function(f"veneer_{i}", True, False, ["pop {r4-r11, lr}", "bxns lr"])
        out += ['.section .gate, "ax"']
        for i in range(FUNCTIONS):
            out += [f".thumb_func\n.global gate_{i}\n.type gate_{i}, %function\ngate_{i}: sg", f"b.w veneer_{i}"]
        out += ['.section .ns.code, "ax"']
        for i in range(FUNCTIONS):
            out += self.function(f"ns_{i}", False, True, ["pop {r4-r11, pc}"])
        out += [".section .rodata", ".global s_functions, ns_functions", "s_functions:"]
        out += [f".word s_{i}" for i in range(FUNCTIONS)]
        out += ["ns_functions:"] + [f".word ns_{i}" for i in range(FUNCTIONS)]
        return "\n".join(line if line.endswith(":") else " " + line for line in out) + "\n"


if __name__ == "__main__":
    sys.stdout.write(Generator(int(sys.argv[1], 0)).everything())
