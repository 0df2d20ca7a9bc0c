#!/usr/bin/env python3
"""Makes a manual page of what a program says about itself: manual.py SECTION NAME SUMMARY <help >page.

The help text is shown as it is, so that the page cannot say anything else than the program.
"""
import sys


def roff(line):
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line[:1] in (".", "'") else line


def main():
    section, name, summary = sys.argv[1:4]
    lines = sys.stdin.read().rstrip("\n").split("\n")
    print(f'.TH {name.upper()} {section} "" "microvisor" "Microvisor"')
    print(f".SH NAME\n{name} \\- {roff(summary)}")
    print(".SH DESCRIPTION\n.nf")
    for line in lines:
        print(roff(line))
    print(".fi\n.SH SEE ALSO\n.BR microvisor (1)")


main()
