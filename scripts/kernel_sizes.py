#!/usr/bin/env python3
"""Flash and RAM of the firmware by room, from the GNU linker's maps in a build folder.

usage: kernel_sizes.py [--json] FIRMWARE_BUILD_FOLDER
Flash counts code, constants and initial values; RAM counts variables and stacks. The room is the
folder of the object file, or the library for third-party code.
"""
import collections
import json
import pathlib
import re
import sys

SECTION = re.compile(r"^ (\.[\w.$*-]+|COMMON)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")
NAME_ONLY = re.compile(r"^ (\.[\w.$*-]+)$")
CONTINUED = re.compile(r"^\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")


def room(path):
    library = re.search(r"lib([\w+-]+)\.a", path)
    if library:
        name = library.group(1)
        return {"c_nano": "libc", "g": "libc", "gcc": "libgcc"}.get(name, name)
    inside = re.search(r"\.dir/(?:__/)*(\w+)/", path)
    return inside.group(1) if inside else "other"


def place(address):
    if 0x0C000000 <= address < 0x10000000:
        return "flash"
    if 0x30000000 <= address < 0x40000000:
        return "ram"
    return None


def sizes(map_path):
    """room -> {flash, ram} in bytes."""
    table = collections.defaultdict(lambda: {"flash": 0, "ram": 0})
    text = map_path.read_text(errors="replace")
    text = text[text.find("Linker script and memory map"):]
    pending = None
    for line in text.splitlines():
        match = SECTION.match(line)
        if not match:
            name = NAME_ONLY.match(line)
            if name:
                pending = name.group(1)
                continue
            match = CONTINUED.match(line) if pending else None
            if not match:
                pending = None
                continue
            address, size, origin = match.groups()
            section = pending
        else:
            section, address, size, origin = match.groups()
        pending = None
        kind = place(int(address, 16))
        size = int(size, 16)
        if not kind or not size or origin.startswith("load address"):
            continue
        table[room(origin)][kind] += size
        if kind == "ram" and section and section.startswith(".data"):
            table[room(origin)]["flash"] += size
    return table


def main(arguments):
    as_json = "--json" in arguments
    folder = pathlib.Path([a for a in arguments if a != "--json"][0])
    for image in ("preboot", "bootrom", "kernel"):
        maps = list(folder.rglob(f"{image}.map"))
        if not maps:
            sys.exit(f"kernel_sizes: there is no {image}.map in {folder}; run ./run build")
        table = sizes(maps[0])
        total = {kind: sum(row[kind] for row in table.values()) for kind in ("flash", "ram")}
        rows = sorted(table.items(), key=lambda item: -item[1]["flash"]) if image == "kernel" else []
        for name, row in rows + [("total", total)]:
            for kind in ("flash", "ram"):
                if row[kind]:
                    print(json.dumps({"name": f"{image} {kind}: {name}", "value": row[kind],
                                      "unit": "bytes", "layer": "board"}) if as_json else
                          f"{image} {kind:<5} {name:<24} {row[kind]:>8}")


main(sys.argv[1:])
