#!/usr/bin/env python3
"""Describes every system call to an attacker, from the tables of abi/: arguments, the structures
behind them, and the statuses that may come back. Writes a C header to standard output.

usage: describe_calls.py ABI_TABLES_FOLDER [list]

With "list", only a line CALL(name, index) for each call that has pointers.
"""
import csv
import re
import sys

SIZES = {"uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8}
HANDLES = ["MvNotificationHandle", "MvNetworkHandle", "MvChannelHandle", "MvSystemEventHandle",
           "MvExternalFlashHandle"]
# Values with which a call gets as far as it can.
DEFAULTS = {
    "version": 1, "irq": 42, "irqn": 42, "buffer_size": 32, "receive_buffer_len": 512,
    "send_buffer_len": 512, "timeout_ms": 5000, "reason_codes_size": 4, "port": 8883,
    "size": 64, "length": 16, "len": 16, "length_bytes": 16, "num_items": 1, "num_headers": 1,
    "num_certs": 1, "num_subscriptions": 1, "num_topics": 1, "reg": 0x46020C8C, "consumed": 1,
    "correlation_id": 7, "channel_type": 2, "keepalive": 60,
}
OF_CALL = {
    ("mvGetDeviceId", "len"): 34, ("mvServerLoggingInit", "length_bytes"): 1024,
    ("mvTestLoggingInit", "length_bytes"): 1024, ("mvExternalFlashEraseBlocking", "length"): 4096,
}


# Results of one byte, and the getters whose word may begin in the last byte of RAM (veneers.S):
# for these the last byte of RAM is a good address.
ONE_BYTE = ["enum MvWakeReason", "uint8_t"]
GETTERS = ["mvGetSysClk", "mvGetHClk", "mvGetPClk1", "mvGetPClk2"]


# Statuses that exist for a family of calls and that the table of calls does not repeat.
FAMILIES = [
    ("mvMqttRe", ["WRONGDATAREQUESTED", "RESPONSENOTPRESENT"]),
    ("mvSendConfig", ["TOOMANYCONFIGKEYS", "UNKNOWNCONFIGSTORE", "UNKNOWNCONFIGSCOPE",
                      "INVALIDCONFIGKEY"]),
    ("mvReadConfig", ["RESPONSENOTPRESENT", "REQUESTUNSUCCESSFUL"]),
    ("mvReadHttp", ["REQUESTUNSUCCESSFUL"]),
    ("mvOpenChannel", ["BUFFERALREADYINUSE"]),
]


def leaf(name, type_text, offset, size, call=""):
    """One value or pointer: (offset, size, kind, default, pointee). Of a pointer the default says
    whether the last byte of RAM is good."""
    text = type_text.replace("const", "").replace("struct ", "").strip()
    if text.endswith("*"):
        pointee = text[:-1].strip()
        last_byte = int(pointee in ONE_BYTE or call in GETTERS)
        return (offset, 4, "LEAF_POINTER", last_byte, pointee)
    if text in HANDLES:
        return (offset, 4, "LEAF_HANDLE", HANDLES.index(text), None)
    default = OF_CALL.get((call, name), DEFAULTS.get(name.split(".")[-1], 0))
    return (offset, size, "LEAF_VALUE", default, None)


def read_structures(path):
    rows = {}
    with open(path, newline="", encoding="ascii") as stream:
        for row in csv.DictReader(stream):
            rows.setdefault(row["struct"], []).append(row)
    return rows


def leaves_of(rows, struct, base=0):
    result = []
    for row in rows[struct]:
        nested = re.fullmatch(r"(?:const )?struct (\w+)", row["type"])
        offset = base + int(row["offset"])
        if nested and nested.group(1) in rows:
            result += leaves_of(rows, nested.group(1), offset)
        else:
            result.append(leaf(row["member"], row["type"], offset, int(row["member_bytes"])))
    return result


def read_calls(path):
    with open(path, newline="", encoding="ascii") as stream:
        for row in csv.DictReader(stream):
            arguments = []
            text = row["parameters"]
            if text.startswith("undeclared"):
                text = "uint32_t argument"
            for i, parameter in enumerate(p.strip() for p in text.split(";") if p.strip()):
                match = re.fullmatch(r"(.*?)(\w+)", parameter)
                arguments.append(leaf(match.group(2), match.group(1).strip(), 4 * i, 4,
                                      row["function"]))
            yield (row["function"], int(row["entry_address"], 16), arguments,
                   row["statuses_besides_okay"].split())


def read_statuses(path):
    with open(path, newline="", encoding="ascii") as stream:
        return {r["constant"].removeprefix("MV_STATUS_"): int(r["value"], 0)
                for r in csv.DictReader(stream) if r["enum"] == "MvStatus"}


def print_leaves(name, leaves, shapes):
    print(f"static const struct leaf {name}[] = {{")
    for offset, size, kind, default, pointee in leaves:
        shape = shapes.index(pointee) if pointee in shapes else "SHAPE_BYTES"
        print(f"    {{{offset}, {size}, {kind}, {default}u, {shape}}},")
    print("};")


def main():
    folder = sys.argv[1]
    rows = read_structures(f"{folder}/structures.csv")
    statuses = read_statuses(f"{folder}/enumerations.csv")
    shapes = list(rows)
    calls = list(read_calls(f"{folder}/system-calls.csv"))
    print("/* Made by tests/board/hostile/describe_calls.py. */")
    if len(sys.argv) > 2:
        for index, (name, _, arguments, _) in enumerate(calls):
            if any(kind == "LEAF_POINTER" for _, _, kind, _, _ in arguments):
                print(f"CALL({name}, {index})")
        return
    for shape in shapes:
        print_leaves(f"leaves_{shape}", leaves_of(rows, shape), shapes)
    print("static const struct shape shapes[] = {")
    for shape in shapes:
        print(f"    {{{rows[shape][0]['bytes']}, sizeof leaves_{shape} / sizeof(struct leaf), "
              f"leaves_{shape}}},")
    print("};")
    for name, _, arguments, _ in calls:
        if arguments:
            print_leaves(f"arguments_{name}", arguments, shapes)
    print("static const struct call calls[] = {")
    for name, address, arguments, allowed in calls:
        # What the tables forget here and there (platform: "Common rules").
        if allowed and any(kind == "LEAF_HANDLE" for _, _, kind, _, _ in arguments):
            allowed = allowed + ["INVALIDHANDLE"]
        if allowed and any(row["member"] == "version"
                           for *_, shape in arguments for row in rows.get(shape, [])):
            allowed = allowed + ["UNSUPPORTEDSTRUCTUREVERSION"]
        for prefix, statuses_of_family in FAMILIES:
            if name.startswith(prefix):
                allowed = allowed + statuses_of_family
        mask = sum(1 << statuses[status] for status in set(allowed)) | 1
        leaves = f"arguments_{name}" if arguments else "0"
        print(f'    {{"{name}", 0x{address | 1:08X}u, {len(arguments)}, {leaves}, '
              f"0x{mask:X}ull}},")
    print("};")


main()
