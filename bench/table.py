#!/usr/bin/env python3
"""Prints benchmark records (one JSON object a line on standard input) as a table."""
import json
import sys


def number(value):
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}"


def main():
    print(f"{'name':<44} {'value':>14} {'unit':<14} {'layer':<6} beside")
    for line in sys.stdin:
        record = json.loads(line)
        beside = ""
        if "peer" in record:
            beside = f"{record['peer']}: {number(record['peer_value'])} (ratio {record['ratio']:.2f})"
        print(f"{record['name']:<44} {number(record['value']):>14} {record['unit']:<14} "
              f"{record['layer']:<6} {beside}", flush=True)


main()
