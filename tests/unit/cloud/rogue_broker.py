#!/usr/bin/env python3
"""An MQTT broker that misbehaves over real TLS, as its last argument says, on a free port.

usage: rogue_broker.py CERTIFICATE KEY HOW   (prints the port, serves until it is killed)
"""
import socket
import ssl
import struct
import sys
import threading
import time

CONNACK = b"\x20\x02\x00\x00"


def length(size):
    out = b""
    while True:
        size, byte = size >> 7, size & 0x7F
        out += bytes([byte | (0x80 if size else 0)])
        if not size:
            return out


def publish(topic, payload, qos=0, packet_id=1):
    body = struct.pack(">H", len(topic)) + topic
    if qos:
        body += struct.pack(">H", packet_id)
    return bytes([0x30 | qos << 1]) + length(len(body) + len(payload)) + body + payload


def read_packet(stream):
    first = stream.read(1)
    if not first:
        raise EOFError
    size = shift = 0
    while True:
        byte = stream.read(1)[0]
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return first[0], stream.read(size)


def drain(stream):
    while True:
        read_packet(stream)


def closes(tls, stream):
    pass


def garbage(tls, stream):
    read_packet(stream)
    tls.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    drain(stream)


def silent(tls, stream):
    drain(stream)


def closes_later(tls, stream):
    read_packet(stream)
    tls.sendall(CONNACK)
    read_packet(stream)  # answers no request, ever


def never_answers(tls, stream):
    """Accepts, then reads and says nothing more; not to PINGREQ either."""
    read_packet(stream)
    tls.sendall(CONNACK)
    drain(stream)


def floods(tls, stream):
    read_packet(stream)
    tls.sendall(CONNACK)
    while True:
        tls.sendall(publish(b"flood", b"x") * 100)


def floods_releases(tls, stream):
    """PUBREL without end, and the answers are never read."""
    read_packet(stream)
    tls.sendall(CONNACK)
    while True:
        tls.sendall(b"\x62\x02\x00\x07" * 1000)


def huge(tls, stream):
    """A message of 200 MB, then one that fits, then 100 MB of another packet type."""
    read_packet(stream)
    tls.sendall(CONNACK)
    topic = b"huge"
    size = 200 * 1000 * 1000
    tls.sendall(b"\x30" + length(2 + len(topic) + size) + struct.pack(">H", len(topic)) + topic)
    piece = bytes(1 << 20)
    while size:
        sent = min(size, len(piece))
        tls.sendall(piece[:sent])
        size -= sent
    tls.sendall(publish(b"small", b"fits"))
    read_packet(stream)
    tls.sendall(b"\x90" + length(100 * 1000 * 1000) + piece)
    drain(stream)


def wrong_codes(tls, stream):
    read_packet(stream)
    tls.sendall(CONNACK)
    kind, body = read_packet(stream)
    tls.sendall(b"\x90\x04" + body[:2] + b"\x00\x00")  # two codes for one topic
    drain(stream)


def handle(client, context):
    try:
        with context.wrap_socket(client, server_side=True) as tls:
            how(tls, tls.makefile("rb"))
    except (OSError, EOFError, IndexError):
        pass


how = globals()[sys.argv[3]]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=handle, args=(listener.accept()[0], context), daemon=True).start()
