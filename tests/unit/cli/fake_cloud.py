"""A pretended cloud for the command line's tests: answers from a table, remembers what it was asked.

usage: fake_cloud.py FOLDER. Writes FOLDER/port when it serves and FOLDER/requests as it goes.
"""
import base64
import json
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

folder = pathlib.Path(sys.argv[1])
APP = "KA" + "1" * 32
DEVICE = "UV" + "2" * 32
state = {"target": None, "asked": 0, "streams": 0}


def app_json():
    return {"sid": APP, "unique_name": None, "hash": "sha256:00", "date_created": "2026-01-01T00:00:00Z"}


def device_json():
    state["asked"] += 1
    status = None
    if state["target"]:
        status = "up-to-date" if state["asked"] > 4 else "pending"
        if state["target"] == "KAbad":
            status = "error"
    return {"sid": DEVICE, "unique_name": "dev", "logging": {"enabled": True, "date_expires": None},
            "app": {"target_sid": state["target"], "update_status": status,
                    "update_error_code": 5 if status == "error" else 0, "reported_sid": None}}


def record(n):
    return {"time": "2026-01-02T03:04:05.%06dZ" % n, "type": "app_logging" if n % 2 else "connection",
            "message": "line %d\nwith \x1b[31mmore" % n, "sequence": n}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, message):
        self.answer(status, {"code": status, "message": message, "status": status})

    def note(self, body=b""):
        with open(folder / "requests", "ab") as out:
            out.write(self.command.encode() + b" " + self.path.encode() + b" " + body + b"\n")

    def allowed(self):
        if self.headers.get("Authorization") == "Basic " + base64.b64encode(b"AC1:secret").decode():
            return True
        self.refuse(401, "Authenticate")
        return False

    def do_GET(self):
        self.note()
        url = urlparse(self.path)
        query = parse_qs(url.query)
        if url.path == "/healthz":
            return self.answer(200, {"status": "ok", "version": "fake"})
        if not self.allowed():
            return None
        if url.path == "/v1/Apps":
            here = "http://elsewhere:%d" % self.server.server_port
            page = int(query.get("Page", ["0"])[0])
            following = "%s/v1/Apps?PageSize=1&Page=%d" % (here, page + 1) if page < 2 else None
            return self.answer(200, {"apps": [dict(app_json(), sid="KA%032d" % page)],
                                     "meta": {"next_page_url": following}})
        if url.path in ("/v1/Devices/dev", "/v1/Devices/" + DEVICE):
            return self.answer(200, device_json())
        if url.path == "/v1/Devices/a%2Fb%20c":
            return self.answer(200, device_json())
        if url.path == "/v1/Apps/broken":
            return self.refuse(500, "out of order")
        if url.path == "/v1/Apps/html":
            self.send_response(200)
            self.end_headers()
            return self.wfile.write(b"<html>")
        if url.path.endswith("/logs"):
            return self.answer(200, {"logs": [record(n) for n in range(1, 4)]})
        if url.path.endswith("/logs/stream") and "/dev/" in url.path:
            return self.stream(int(query.get("from", ["3"])[0]))
        return self.refuse(404, "The requested resource %s was not found" % url.path)

    def stream(self, cursor):
        # Three records a connection, the last one cut in the middle: the client must come back.
        state["streams"] += 1
        self.send_response(200)
        self.end_headers()
        for n in range(cursor + 1, cursor + 3):
            self.wfile.write(b": still here\n\nid: %d\ndata: %s\n\n" % (n, json.dumps(record(n)).encode()))
        self.wfile.write(b"id: %d\ndata: {\"time\"" % (cursor + 3))
        self.close_connection = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.note(body[:4096])
        if not self.allowed():
            return None
        form = parse_qs(body.decode("latin-1")) if "urlencoded" in self.headers["Content-Type"] else {}
        if self.path == "/v1/Apps":
            (folder / "upload").write_bytes(body)
            return self.answer(201, app_json())
        if self.path == "/ext/v1/devices":
            form = parse_qs(body.decode())
            (folder / "csr.pem").write_text(form["Csr"][0])
            certificate = (folder / "certificate.pem").read_text()
            return self.answer(201, {
                "sid": DEVICE, "unique_name": form.get("UniqueName", [None])[0],
                "certificate": certificate, "ca_certificate": certificate,
                "server_name": "gateway.test", "gateway_host": "cloud.test", "gateway_port": 8883,
                "manifest_signers": ["04" + "5a" * 64]})
        if self.path in ("/v1/Devices/dev", "/v1/Devices/" + DEVICE):
            state.update(target=form.get("TargetApp", [state["target"]])[0], asked=0)
            return self.answer(200, device_json())
        return self.refuse(404, "The requested resource %s was not found" % self.path)

    def do_DELETE(self):
        self.note()
        if self.allowed():
            self.answer(204) if self.path == "/v1/Apps/gone" else self.refuse(409, "still targeted")


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
(folder / "port.tmp").write_text(str(server.server_port))
(folder / "port.tmp").rename(folder / "port")
server.serve_forever()
