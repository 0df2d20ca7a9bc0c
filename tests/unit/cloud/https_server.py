#!/usr/bin/env python3
"""A real HTTPS server that behaves as its paths say, on a free port of loopback.

usage: https_server.py CERTIFICATE KEY   (prints the port, serves until it is killed)
"""
import http.server
import json
import ssl
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def echo(self, argument):
        size = int(self.headers.get("Content-Length", 0))
        seen = {"method": self.command, "path": self.path,
                "headers": [f"{name}: {value}" for name, value in self.headers.items()],
                "body": self.rfile.read(size).decode("latin-1")}
        self.answer(200, json.dumps(seen).encode(), [("Content-Type", "application/json")])

    def body(self, argument):
        self.answer(200, b"x" * int(argument))

    def many(self, argument):
        self.answer(200, b"", [(f"X-{i}", "v") for i in range(int(argument))])

    def redirect(self, argument):
        self.answer(302, b"elsewhere", [("Location", "https://127.0.0.1:9/inside")])

    def hang(self, argument):
        time.sleep(30)

    def drip(self, argument):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.3)

    def chunked(self, argument):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(int(argument)):
            piece = b"%06d" % i
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def cut(self, argument):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"short")
        self.close_connection = True

    def garbage(self, argument):
        self.wfile.write(b"\x00\xff what is this?\r\n\r\n")
        self.close_connection = True

    def endless_header(self, argument):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000000)

    def status(self, argument):
        self.answer(int(argument), b"")

    def handle_any(self):
        name, _, argument = self.path.strip("/").split("?")[0].partition("/")
        known = {"echo", "body", "many", "redirect", "hang", "drip", "chunked", "cut", "garbage",
                 "endless_header", "status"}
        if name in known:
            getattr(self, name)(argument)
        else:
            self.answer(404, b"no such path")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_any


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
