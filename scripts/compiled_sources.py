#!/usr/bin/env python3
"""Prints the project's own C files that a compilation database names (no generated ones)."""
import json
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parent.parent
files = set()
for entry in json.load(open(sys.argv[1])):
    path = pathlib.Path(entry["file"])
    if root in path.parents and root / "build" not in path.parents:
        files.add(str(path))
print("\n".join(sorted(files)))
