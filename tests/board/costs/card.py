#!/usr/bin/env python3
"""The cost card: docs/call-costs.md, from the counts of `mvsim --call-costs`.

usage: card.py [--write] COUNTS.json SLOTS.def CARD.md
Without --write: fails if a call has become worse than its line in the card, or has none.
"""
import json
import re
import sys

COLUMNS = ("min", "max", "fault_min", "fault_max", "stack", "held_off")
NAMES = ("veneer, best", "veneer, worst", "fault, best", "fault, worst", "stack", "held off")
GETTERS = ("mvGetSysClk", "mvGetHClk", "mvGetPClk1", "mvGetPClk2")
GETTER_MOST = 12  # instructions, secure side

TEXT = """# What system calls cost

Written by `tests/board/costs.sh --write`; `./run test kernel_costs` fails if a call has become worse. Layer: simulated board.
Secure-side instructions from the first after `SG` to the last before `BXNS` (*veneer*: callers on the main stack), or of the
SecureFault handler that serves the call (*fault*: callers on a process stack, and calls that wait, once for every time they are
made again); bytes of the secure stack; longest stretch with the application's interrupts held off, in instructions.
Best and worst over the good and bad paths that `tests/board/costs` takes. Calls about channels are refused there, for want of a
connection; a call that waits shows under *veneer* only its way to being made again.

| call | {columns} |
|---|{rule}
"""


def slots(path):
    """slot number -> name, from abi/slots.def."""
    with open(path) as file:
        found = re.findall(r"^MV_SLOT\((0x[0-9a-f]+), (\w+),", file.read(), re.M)
    return {int(offset, 0) // 8: name for offset, name in found}


def measured(path, names):
    """name -> the six figures; 0 where a call did not arrive that way."""
    with open(path) as file:
        calls = json.load(file)["calls"]
    return {names[call["slot"]]: [call[column] for column in COLUMNS]
            for call in calls if call["slot"] in names}


def table(card):
    """name -> the six figures of the committed card."""
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", card, re.M)
    return {name: [0 if cell.strip() == "–" else int(cell) for cell in cells.split("|")]
            for name, cells in rows}


def written(now):
    lines = [f"| `{name}` | " + " | ".join(str(figure) if figure else "–" for figure in figures) + " |"
             for name, figures in sorted(now.items())]
    return TEXT.format(columns=" | ".join(NAMES), rule="---|" * len(NAMES)) + "\n".join(lines) + "\n"


def worse(now, before):
    for name, figures in sorted(now.items()):
        if name not in before:
            yield f"{name} is not in the card"
            continue
        for what, figure, was in zip(NAMES, figures, before[name]):
            if figure > was:
                yield f"{name}, {what}: {figure}, was {was}"


def main(arguments):
    write = "--write" in arguments
    counts, definitions, path = [a for a in arguments if a != "--write"]
    names = slots(definitions)
    now = measured(counts, names)
    problems = [f"{name} was not called" for name in names.values() if name not in now]
    problems += [f"{name} takes {now[name][0]} instructions, more than {GETTER_MOST}"
                 for name in GETTERS if now[name][0] > GETTER_MOST]
    if write:
        with open(path, "w") as file:
            file.write(written(now))
    else:
        with open(path) as file:
            before = table(file.read())
        problems += worse(now, before)
        if not problems and now != before:
            print("some calls cost less than the card says: tests/board/costs.sh --write renews it")
    for problem in problems:
        print(f"FAIL {problem}")
    if problems:
        sys.exit("make it cheaper, or renew docs/call-costs.md with tests/board/costs.sh --write and say "
                 "in the commit why it may cost more")


main(sys.argv[1:])
