#!/usr/bin/env python3
"""Flash and RAM of the firmware by room, from the GNU linker's maps in a build folder.

usage: kernel_sizes.py [--json | --brief] [--ceilings FILE] FIRMWARE_BUILD_FOLDER
Flash counts code, constants and initial values; RAM counts variables and stacks. The room is the
folder of the object file, or the library for third-party code. With --ceilings the program fails if
something has grown beyond its line in that file (what,flash,ram).
"""
import argparse
import collections
import csv
import json
import pathlib
import re
import sys
import textwrap

INPUT = re.compile(r"^ (\.[\w.$*-]+|COMMON)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")
NAME_ONLY = re.compile(r"^ (\.[\w.$*-]+)$")
CONTINUED = re.compile(r"^\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")
OUTPUT = re.compile(r"^(\.[\w.]+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)")
SYMBOL = re.compile(r"^\s+0x([0-9a-f]+)\s+(\w+) = \.$")

# What stands between the application and everything else: hand-off, gate, firewalls, fault capture,
# notifications, with the stack that calls and handlers use.
CORE = ("isolation/", "work/", "notify/", "start/", "time/", "calls/veneers.S", "calls/calls.c",
        "calls/by_fault.c", "calls/notifications.c", "call stack")


def part(path):
    """Library, or folder and file below the firmware."""
    library = re.search(r"lib([\w+-]+)\.a", path)
    if library:
        name = library.group(1)
        return {"c_nano": "libc", "g": "libc", "gcc": "libgcc"}.get(name, name) + "/"
    inside = re.search(r"\.dir/(?:__/)*([\w/]+\.\w)", path)
    return inside.group(1) if inside else "other/"


def place(address):
    if 0x0C000000 <= address < 0x10000000:
        return "flash"
    if 0x30000000 <= address < 0x40000000:
        return "ram"
    return None


def input_sections(lines):
    """(section, address, size, object file) of each."""
    pending = None
    for line in lines:
        match = INPUT.match(line)
        if match:
            section, address, size, origin = match.groups()
        else:
            name = NAME_ONLY.match(line)
            match = CONTINUED.match(line) if pending and not name else None
            if not match:
                pending = name.group(1) if name else None
                continue
            section = pending
            address, size, origin = match.groups()
        pending = None
        if int(size, 16) and not origin.startswith("load address"):
            yield section or "", int(address, 16), int(size, 16), origin


def stacks(lines):
    """Name and size of each stack that the linker script makes."""
    limits = {}
    for line in lines:
        match = SYMBOL.match(line)
        if match and match.group(2).endswith("_stack_limit"):
            limits[match.group(2)[:-6]] = int(match.group(1), 16)
        elif match and match.group(2).endswith("_stack_top"):
            name = match.group(2)[:-4]
            yield name.replace("_", " "), int(match.group(1), 16) + 8 - limits[name]


def sizes(map_path):
    """part -> {flash, ram} in bytes, and the whole image (padding adds to it, merged strings count
    once in it)."""
    text = map_path.read_text(errors="replace")
    lines = text[text.find("Linker script and memory map"):].splitlines()
    table = collections.defaultdict(lambda: {"flash": 0, "ram": 0})
    total = {"flash": 0, "ram": 0}
    for section, address, size, origin in input_sections(lines):
        kind = place(address)
        if kind:
            table[part(origin)][kind] += size
            if kind == "ram" and section.startswith(".data"):
                table[part(origin)]["flash"] += size
    for name, size in stacks(lines):
        table[name]["ram"] += size
    for match in filter(None, map(OUTPUT.match, lines)):
        kind = place(int(match.group(2), 16))
        if kind and match.group(1) != ".veneers":
            total[kind] += int(match.group(3), 16)
            if match.group(1) == ".data":
                total["flash"] += int(match.group(3), 16)
    return table, total


def added(table, wanted):
    rows = [row for name, row in table.items() if wanted(name)]
    return {kind: sum(row[kind] for row in rows) for kind in ("flash", "ram")}


def report(folder):
    """what -> {flash, ram}: whole images, the isolation core, and the kernel's rooms."""
    result = {}
    for image in ("preboot", "bootrom", "kernel"):
        maps = list(folder.rglob(f"{image}.map"))
        if not maps:
            sys.exit(f"kernel_sizes: there is no {image}.map in {folder}; run ./run build")
        table, result[image] = sizes(maps[0])
    result["isolation core"] = added(table, lambda name: name.startswith(CORE))
    rooms = collections.defaultdict(lambda: {"flash": 0, "ram": 0})
    for name, row in table.items():
        for kind in ("flash", "ram"):
            rooms[name.split("/")[0]][kind] += row[kind]
    for name, row in sorted(rooms.items(), key=lambda item: -item[1]["flash"]):
        result[f"kernel/{name}"] = row
    return result


def read_ceilings(path):
    if not path:
        return {}
    with open(path, newline="") as file:
        return {row["what"]: row for row in csv.DictReader(file)}


def beyond(result, ceilings):
    """Sentences about what is larger than its ceiling, or has none."""
    for what, row in result.items():
        if what not in ceilings:
            yield f"{what} has no ceiling"
            continue
        for kind in ("flash", "ram"):
            most = int(ceilings[what][kind])
            if row[kind] > most:
                yield f"{what} has {row[kind]} bytes of {kind}, {row[kind] - most} more than its ceiling"


def print_brief(result, ceilings):
    """Whole images with their ceilings, then the rooms in running text."""
    rooms = []
    for what, row in result.items():
        if what.startswith("kernel/"):
            rooms.append(f"{what[7:].replace(' ', '_')} {row['flash']}/{row['ram']}")
            continue
        of = ceilings.get(what, {"flash": "?", "ram": "?"})
        ram = f", RAM {row['ram']} of {of['ram']}" if row["ram"] else ""
        print(f"    {what + ':':<16}flash {row['flash']} of {of['flash']}{ram}")
    print(textwrap.fill("rooms, flash/RAM: " + ", ".join(rooms), 100, initial_indent="    ",
                        subsequent_indent="    "))


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--brief", action="store_true")
    options.add_argument("--ceilings")
    options.add_argument("folder", type=pathlib.Path)
    options = options.parse_args()
    result, ceilings = report(options.folder), read_ceilings(options.ceilings)
    if options.brief:
        print_brief(result, ceilings)
    for what, row in ({} if options.brief else result).items():
        if options.json:
            for kind in ("flash", "ram"):
                print(json.dumps({"name": f"{what} {kind}", "value": row[kind], "unit": "bytes",
                                  "layer": "board"}))
        else:
            print(f"{what:<24} flash {row['flash']:>7}  RAM {row['ram']:>6}")
    if options.ceilings:
        problems = list(beyond(result, ceilings))
        for problem in problems:
            print(f"kernel_sizes: {problem}", file=sys.stderr)
        if problems:
            sys.exit(f"kernel_sizes: make it smaller, or say why it may be larger in {options.ceilings}")


main()
