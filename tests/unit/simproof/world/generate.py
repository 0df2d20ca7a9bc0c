#!/usr/bin/env python3
"""generate.py [--entry-errors] SEED: writes assembly functions of random instructions for both Security states.

Each function takes its registers from a state array and mixes them back in at its end. Its body is
random arithmetic, loads and stores in a window (r9), forward branches, loops, floating point, and
events: SVC, test target, faults that a handler skips, interrupts pended with and without masks,
calls into the other state, use of zones that an MPU guards, stack limits, vector tables. Some
functions run unprivileged. With --entry-errors also exceptions whose frame cannot be stacked, after
which a program may not come to an end. Nothing depends on time, so any correct processor ends alike.

Addresses and layout of the state arrays: world.h.
"""
import random
import sys

FUNCTIONS = 48
ZONE_S, ZONE_NS = ZONES = 0x381a0000, 0x28260000
STATES = {True: 0x38190000, False: 0x28250000}
NO_BUSFAULT = 67
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
    def __init__(self, seed, entry_errors):
        self.entry_errors = entry_errors
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

    def write_pending(self):
        """Pends interrupts, or the NMI, behind barriers that fix where they are taken."""
        if self.random.randrange(8) == 0:
            return ["ldr r0, =0xe000ed04", "mov.w r1, #0x80000000", "str.w r1, [r0]", "dsb", "isb"]
        mask = self.random.getrandbits(16) & self.random.getrandbits(16)
        return ["ldr r0, =0xe000e200", f"movw r1, #{mask}", "str.w r1, [r0]", "dsb", "isb"]

    def pend(self):
        """Pends interrupts; those that have priority are taken at once."""
        write = self.write_pending()
        kind = self.random.randrange(5)
        if kind == 0:
            return ["cpsid i"] + write + self.plain() + ["cpsie i", "isb"]
        if kind == 1:
            level = self.pick([0x20, 0x60, 0x80, 0xa0, 0xe0])
            return [f"movs r2, #{level}", "msr basepri, r2"] + write + ["adds r3, r3, #1",
                                                                       "movs r2, #0", "msr basepri, r2", "isb"]
        if kind == 2:
            return ["cpsid f"] + write + self.plain() + ["cpsie f", "isb"]
        return write

    def escalate(self):
        """A synchronous exception that PRIMASK turns into HardFault."""
        return ["cpsid i", self.pick(["udf.w #7", "svc #3", f"udf.w #{self.random.randrange(99)}"]), "cpsie i"]

    def test_target(self, secure):
        if self.random.randrange(2):
            address = self.pick(list(ZONES)) + self.random.randrange(0, 0x800, 32)
        else:
            address = self.pick([0x00200000, 0x00100000, 0x10000000, 0x101f0010, 0x28240000, 0x28000000, 0x38180000,
                                 0x40000000, 0x50000000, 0xe000e000, 0x80000000, 0x381b0000, 0x28200000])
            address += self.random.randrange(0, 0x1000, 4)
        operation = self.pick(["tt", "ttt", "tta", "ttat"] if secure else ["tt", "ttt"])
        return [f"ldr r0, ={address:#x}", f"{operation} r1, r0"]

    def use_zone(self, secure):
        """Loads, stores or runs code where the MPU, or the other state, may forbid it."""
        zone = self.pick([ZONE_S, ZONE_S, ZONE_NS] if secure else [ZONE_NS, ZONE_NS, ZONE_S])
        block = zone + self.random.randrange(8) * 0x100
        if zone == (ZONE_S if secure else ZONE_NS) and self.random.randrange(3) == 0:
            return [f"ldr r3, ={block + 1:#x}", "blx r3"]
        operation = self.pick(["ldr.w r1", "str.w r1", "ldrb.w r2", "strh.w r3", "ldrt r1", "strt r1", "ldrbt r2",
                               "strht r3", "ldrsh.w r4"])
        return [f"ldr r0, ={block + self.random.randrange(0x20, 0x100, 4):#x}", f"{operation}, [r0]"]

    def overflow(self):
        """The stack pointer would pass its limit; there is room for the largest exception frame."""
        operation = self.pick(["sub.w sp, sp, #0x400", "stmdb sp!, {r0-r8}", "str.w r1, [sp, #-252]!",
                               "vpush {s0-s31}", "strd r2, r3, [sp, #-400]!", "ldr.w r2, [sp, #-252]!"])
        undo = ["mov sp, r6"]
        return ["mov r6, sp", f"sub.w r5, sp, #{self.random.randrange(224, 248, 8)}", "mrs r4, psplim",
                "msr psplim, r5", operation, "msr psplim, r4"] + undo

    def entry_error(self, secure):
        """An exception whose frame may not fit above the limit or go where the MPU allows it."""
        save, label = STATES[secure] + 0x100, self.new_label()
        if self.random.randrange(2):
            spoil = [f"sub.w r3, sp, #{self.random.randrange(0, 128, 8)}", "bic r3, r3, #7", "msr psplim, r3", "isb"]
        else:
            block = (ZONE_S if secure else ZONE_NS) + self.random.randrange(8) * 0x100
            spoil = [f"ldr r3, ={block + 0xf8:#x}", "mov sp, r3", "isb"]
        trigger = self.pick([["svc #9"], ["udf.w #9"], ["svc #10"]] + ([] if secure else [self.write_pending()]))
        return [f"ldr r0, ={save:#x}", "mov r1, sp", "str r1, [r0, #4]", f"ldr r2, ={label}", "str r2, [r0, #8]",
                "movs r2, #1", "str r2, [r0]"] + spoil + trigger + \
               [".balign 4", f"{label}:", "nop.w", "nop.w", "nop.w", "nop.w", f"ldr r0, ={save:#x}", "movs r2, #0", "str r2, [r0]", "msr psplim, r2",
                "ldr r1, [r0, #4]", "mov sp, r1", "isb"]

    def move_vectors(self, secure):
        table = self.pick(["vectors", "vectors_other"] if secure else ["ns_vectors", "ns_vectors_other"])
        return ["ldr r0, =0xe000ed08", f"ldr r1, ={table}", "str.w r1, [r0]", "dsb", "isb"]

    def wrong_branch(self, secure):
        """Into the other state by no gate: INVEP, INVTRAN."""
        other = ("ns_" if secure else "s_") + str(self.random.randrange(FUNCTIONS))
        return [f"ldr r3, ={other}", "orr r3, r3, #1", "blx r3"]

    def call(self, secure):
        other = self.random.randrange(FUNCTIONS)
        if not secure:
            return [f"ldr r3, =gate_{other}", "orr r3, r3, #1", "blx r3"]
        call = [f"ldr r3, =ns_{other}", "bic r3, r3, #1", "blxns r3"]
        if self.random.randrange(3) == 0: # as compilers do around such calls
            return ["sub sp, #136", "vlstm sp"] + call + ["vlldm sp", "add sp, #136"]
        return call

    def private_peripherals(self, secure):
        """Unprivileged code may not have them: BusFault."""
        access = [f"ldr r0, ={self.pick([0xe000ed00, 0xe000e200, 0xe000ed94, 0xe000ef34]):#x}",
                  self.pick(["ldr.w r1, [r0]", "str.w r1, [r0]"])]
        if not secure:
            return access
        label = self.new_label()
        return [f"ldr r0, ={STATES[True] + 4 * NO_BUSFAULT:#x}", "ldr r0, [r0]", "cmp r0, #0",
                f"bne {label}"] + access + [f"{label}:"]

    def event(self, secure, may_call, privileged):
        choices = [lambda: [f"svc #{self.random.randrange(200)}"], lambda: [f"udf.w #{self.random.randrange(256)}"],
                   lambda: self.test_target(secure), lambda: self.use_zone(secure), lambda: self.use_zone(secure),
                   lambda: self.wrong_branch(secure)]
        if privileged:
            choices += [self.pend, self.pend, self.pend, self.escalate, self.overflow,
                        lambda: self.move_vectors(secure)]
            if self.entry_errors:
                choices += [lambda: self.entry_error(secure)]
        else:
            choices += [lambda: self.private_peripherals(secure)]
        if not secure:
            choices += [lambda: ["ldr r0, =0x38180000", self.pick(["ldr.w r1, [r0]", "str.w r1, [r0]"])]]
        if may_call:
            choices += [lambda: self.call(secure)] * 2
        return self.pick(choices)()

    def body(self, secure, may_call, privileged):
        lines = []
        fp = self.random.randrange(3) == 0
        for _ in range(self.random.randrange(24, 40)):
            n = self.random.randrange(14)
            if n == 0:
                lines += self.event(secure, may_call, privileged)
            elif fp and n < 6:
                lines += self.floating()
            else:
                lines += self.plain()
        return lines

    def function(self, name, secure, may_call, leave):
        window, state = "0x38180000" if secure else "0x28240000", hex(STATES[secure])
        lines = [f".thumb_func\n.global {name}\n.type {name}, %function\n{name}:", "push {r4-r11, lr}",
                 f"ldr r9, ={state}", "ldmia.w r9, {r0-r8, r10-r12}", f"ldr r9, ={window}"]
        privileged = self.random.randrange(4) > 0
        if privileged:
            lines += self.body(secure, may_call, True)
        else: # a Secure one calls nothing: what it would call back expects to be privileged
            lines += ["mrs r0, control", "orr r0, r0, #1", "msr control, r0", "isb"]
            lines += self.body(secure, may_call and not secure, False) + ["svc #0xf0"]
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
    sys.stdout.write(Generator(int(sys.argv[-1], 0), "--entry-errors" in sys.argv[1:-1]).everything())
