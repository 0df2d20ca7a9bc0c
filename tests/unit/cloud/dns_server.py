#!/usr/bin/env python3
"""A name server whose answers are in the names, on a free port of loopback; UDP.

usage: dns_server.py CERTIFICATE KEY   (which it does not need; prints the port)

first label of the name        answer
  mixed                        10.0.0.1, 127.0.0.1, 169.254.169.254
  local                        127.0.0.1
  mapped                       only AAAA ::ffff:127.0.0.1
  alias                        CNAME local.test, with its address
  none                         no such name
  empty                        the name exists, without an address
  broken                       bytes that are no answer
  failing                      SERVFAIL
  silent                       nothing
"""
import socket
import struct

A, CNAME, AAAA = 1, 5, 28


def labels(packet, at):
    out = []
    while packet[at]:
        out.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
        at += 1 + packet[at]
    return out, at + 1


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"


def record(kind, data, owner=b"\xc0\x0c"):
    return owner + struct.pack(">HHIH", kind, 1, 0, len(data)) + data


def addresses(first, kind):
    texts = {"mixed": ["10.0.0.1", "127.0.0.1", "169.254.169.254"], "local": ["127.0.0.1"]}
    if kind == AAAA:
        return [record(AAAA, socket.inet_pton(socket.AF_INET6, "::ffff:127.0.0.1"))] \
            if first == "mapped" else []
    records = [record(A, socket.inet_aton(text)) for text in texts.get(first, [])]
    if first == "alias":
        records = [record(CNAME, name("local.test")),
                   record(A, socket.inet_aton("127.0.0.1"), name("local.test"))]
    return records


def answer(packet):
    parts, end = labels(packet, 12)
    kind = struct.unpack(">H", packet[end:end + 2])[0]
    first = parts[0] if parts else ""
    if first == "silent":
        return None
    if first == "broken":
        return packet[:2] + b"\x81\x80" + b"\xff" * 40
    code = {"none": 3, "failing": 2}.get(first, 0)
    records = addresses(first, kind) if code == 0 else []
    header = packet[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    return header + packet[12:end + 4] + b"".join(records)


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    request, peer = server.recvfrom(2048)
    reply = answer(request)
    if reply:
        server.sendto(reply, peer)
