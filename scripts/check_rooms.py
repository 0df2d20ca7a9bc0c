#!/usr/bin/env python3
"""Checks that a room includes only the rooms its row in docs/architecture.md allows.

Only includes in quotes count; a path is resolved as its first folder, or as the including file's
own room if it names a file beside it.
"""
import pathlib
import re
import sys

# room -> rooms it may include (besides itself)
ALLOWED = {
    "abi": set(),
    "formats": {"abi"},
    "firmware": {"abi", "formats", "chip"},
    "sdk": {"abi"},
    "sim": {"chip"},
    "cloud": {"formats"},
    "cli": {"formats"},
    "tools": {"formats", "firmware"},  # reads firmware/layout.h
    # The factory step writes images and identities into the board's flash; the library does not.
    "sim/mvsim": {"chip", "formats", "firmware", "abi"},
}
# Folders inside a room that quoted includes may start with.
ROOTS = {
    "sim": {"cpu", "soc", "board", "world", "an505", "mvsim"},
    "firmware": {"preboot", "bootrom", "upgrader", "kernel", "drivers", "third_party"},
    "cloud": {"api", "gateway", "egress", "store", "bus", "logs", "console", "main"},
}
ALL_ROOMS = {name for name in ALLOWED if "/" not in name} | {"chip"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def room_of(include, room, here):
    """The room an include belongs to, or None for a library's header."""
    if (here / include).exists():
        return room
    first = include.split("/")[0]
    if first in ALL_ROOMS and "/" in include:
        return first
    if first in ROOTS.get(room, ()):
        return room
    return None


def main(paths):
    bad = 0
    for name in paths:
        path = pathlib.Path(name)
        room = path.parts[0]
        if room not in ALLOWED:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = room_of(match.group(1), room, path.parent)
            inner = "/".join(path.parts[:2])
            allowed = ALLOWED.get(inner, ALLOWED[room])
            if target and target != room and target not in allowed:
                print(f"{name}:{number}: room '{room}' may not include '{match.group(1)}'")
                bad += 1
            if "mvsim/" in line and room == "sim" and "mvsim" not in path.parts:
                print(f"{name}:{number}: the library may not include the command")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
