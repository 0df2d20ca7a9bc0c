"""Clients that mean harm, or are broken: memory stays bounded, and others are served."""
import io
import os
import re
import resource
import socket
import struct
import time
import unittest
import zipfile
import zlib

from service import Server

IDLE = 10000


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server({"request_timeout_s": 2}).start()
        cls.server.upload(b"x" * 3000)
        cls.bundle = (cls.server.folder / "bundle.zip").read_bytes()
        host, port = cls.server.url.split("//")[1].split(":")
        cls.place = (host, int(port))
        cls.basic = cls.server.basic()
        cls.before = cls.memory()

    @classmethod
    def tearDownClass(cls):
        grown = cls.memory() - cls.before
        cls.server.end()
        assert grown < 300e6, grown  # with the sanitizer's own bookkeeping

    @classmethod
    def memory(cls):
        text = cls.server.ask("GET", "/metrics").body.decode()
        return float(re.search(r"^microvisor_process_resident_memory_bytes (\S+)", text, re.M)[1])

    def tearDown(self):
        answer = self.server.ask("GET", "/v1/Apps")  # whoever came after is served
        self.assertEqual(answer.status, 200)

    def raw(self, *pieces, pause=0.0):
        """Sends bytes as they are; what came back, and whether the server closed by itself."""
        with socket.create_connection(self.place, timeout=20) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
            except OSError:
                pass  # the server has had enough
            got = b""
            try:
                while piece := connection.recv(65536):
                    got += piece
            except OSError:
                pass
            return got

    def head(self, method, path, *lines):
        return ("%s %s HTTP/1.1\r\nHost: h\r\n%s\r\nConnection: close\r\n%s\r\n" % (
            method, path, self.basic, "".join(line + "\r\n" for line in lines))).encode()

    # ---- bodies ----

    def test_oversize_bodies(self):
        form = b"Value=" + b"a" * 200000
        answer = self.server.ask("POST", "/v1/Configs/k", body=form, headers={
            "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((answer.status, answer.json["code"]), (413, 20413))
        answer = self.server.upload_zip(b"x" * (5 << 20))
        self.assertEqual((answer.status, answer.json["code"]), (413, 65101))
        got = self.raw(self.head("POST", "/v1/Configs", "Content-Length: 99999999999999999999"))
        self.assertNotIn(b" 20", got[:12])
        # More than the server swallows: it hangs up instead of reading on.
        got = self.raw(self.head("POST", "/v1/Configs", "Content-Length: 100000000"),
                       *[b"a" * 1000000] * 100)
        self.assertNotIn(b" 20", got[:12])

    def test_a_body_without_end(self):
        chunk = b"1000\r\n" + b"a" * 4096 + b"\r\n"
        got = self.raw(self.head("POST", "/v1/Configs", "Transfer-Encoding: chunked"),
                       *[chunk * 100] * 100)
        self.assertNotIn(b" 20", got[:12])

    def test_slow_clients_are_sent_away(self):
        slow = []
        for start in (b"", b"GET /v1/A", b"GET / HTTP/1.1\r\nHost: h\r\nX: ",
                      self.head("POST", "/v1/Configs", "Content-Length: 60000")):
            connection = socket.create_connection(self.place, timeout=20)
            connection.sendall(start)
            slow.append(connection)
        open_ones, started = list(slow), time.monotonic()
        while open_ones and time.monotonic() < started + 30:
            time.sleep(0.1)
            self.assertEqual(self.server.ask("GET", "/healthz", user=None).status, 200)
            for connection in list(open_ones):
                try:
                    if connection is not slow[0]:
                        connection.sendall(b"a")
                    connection.setblocking(False)
                    if connection.recv(1000) == b"":
                        open_ones.remove(connection)
                except BlockingIOError:
                    pass
                except OSError:
                    open_ones.remove(connection)
                connection.setblocking(True)
        for connection in slow:
            connection.close()
        self.assertEqual(open_ones, [])

    def test_a_million_fields(self):
        body = b"&".join(b"%x=" % i for i in range(1000000))
        got = self.server.ask("POST", "/v1/Configs", body=body, headers={
            "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((got.status, got.json["code"]), (413, 20413))
        body = b"&".join(b"k%d=v" % i for i in range(1000))
        got = self.server.ask("POST", "/v1/Configs", body=body, headers={
            "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((got.status, got.json["code"]), (400, 20001))

    def test_duplicate_fields_and_bad_text(self):
        self.server.ask("POST", "/v1/Configs", {"Key": "twice", "Value": "0"})
        answer = self.server.ask("POST", "/v1/Configs/twice", [("Value", "1"), ("Value", "2")])
        self.assertEqual(answer.json["value"], "2")  # the last one counts
        for body in (b"Key=a&Value=%ff%fe", b"Key=\xc3\x28&Value=1", b"Key=a%00b&Value=1",
                     b"Key=\xed\xa0\x80&Value=1", b"Key=\xf4\x90\x80\x80&Value=1"):
            answer = self.server.ask("POST", "/v1/Configs", body=body, headers={
                "Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual((answer.status, answer.json["code"]), (400, 20001), body)
        for kind in ("text/plain", "application/json", "multipart/mixed; boundary=x",
                     "application/x-www-form-urlencodedness"):
            answer = self.server.ask("POST", "/v1/Configs", body=b'{"Key":"j","Value":"1"}',
                                     headers={"Content-Type": kind})
            self.assertEqual((answer.status, answer.json["code"]), (400, 20001), kind)

    def test_broken_multipart(self):
        good = (b'--edge\r\nContent-Disposition: form-data; name="File"; filename="b"\r\n\r\n'
                + self.bundle + b"\r\n--edge--\r\n")
        kind = "multipart/form-data; boundary="
        for body, boundary in (
                (good, "wrong"), (good[:-20], "edge"), (good[:60], "edge"), (b"", "edge"),
                (b"--edge--\r\n", "edge"), (b"--edge\r\n" * 100000, "edge"), (good, ""),
                (good.replace(b"form-data", b"x" * 20000), "edge"),
                (good.replace(b'name="File"', b'name="Other"'), "edge"),
                (good.replace(b"\r\n\r\n", b"\r\n", 1), "edge"), (b"\0" * 100000, "edge"),
                (good, "x" * 5000), (good.replace(b"--edge--", b"--edge") + good, "edge")):
            answer = self.server.ask("POST", "/v1/Apps", body=body,
                                     headers={"Content-Type": kind + boundary})
            self.assertIn(answer.status, (400, 413), (body[:80], boundary[:20]))
            for path in ("/v1/Configs", "/v1/Configs/none"):
                answer = self.server.ask("POST", path, body=body[:60000],
                                         headers={"Content-Type": kind + boundary})
                self.assertIn(answer.status, (400, 404), (body[:80], boundary[:20]))

    # ---- bundles ----

    def refused(self, data, *codes):
        answer = self.server.upload_zip(data)
        self.assertEqual(answer.status // 100, 4, answer.body)
        if codes:
            self.assertIn(answer.json["code"], codes)

    def rezip(self, change, method=zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self.bundle)) as old, zipfile.ZipFile(out, "w", method) as new:
            for name, content in change({n: old.read(n) for n in old.namelist()}):
                new.writestr(name, content)
        return out.getvalue()

    def test_zip_bombs(self):
        layer = next(n for n in zipfile.ZipFile(io.BytesIO(self.bundle)).namelist()
                     if n != "manifest")
        zeros = b"\0" * (64 << 20)
        self.refused(self.rezip(lambda m: [("manifest", m["manifest"]), (layer, zeros)]), 65107)
        self.refused(self.rezip(lambda m: [("manifest", zeros), (layer, m[layer])]), 65107)
        # A size in the directory that the content does not keep to.
        bomb = self.rezip(lambda m: [("manifest", m["manifest"]), (layer, zeros)])
        at = bomb.rindex(b"PK\1\2")
        lying = bomb[:at + 24] + struct.pack("<I", 3000) + bomb[at + 28:]
        self.refused(lying)
        # Very many members.
        self.refused(self.rezip(lambda m: list(m.items()) + [("l%d" % i, b"")
                                                             for i in range(20000)],
                                zipfile.ZIP_STORED), 65112, 65101, 65102)
        # The same name twice, one of them good.
        self.refused(self.rezip(lambda m: [("manifest", m["manifest"]), ("manifest", b"x"),
                                           (layer, m[layer])]), 65112, 65104, 65102)

    def test_path_tricks_in_bundles(self):
        for name in ("../evil", "/etc/passwd", "..\\evil", "a/../../b", "x\0y", "manifest/",
                     "blobs/../../x", "C:\\x"):
            self.refused(self.rezip(lambda m, n=name: list(m.items()) + [(n, b"evil")]))
        self.assertFalse((self.server.state.parent / "evil").exists())

    def test_damaged_zips(self):
        for cut in range(0, len(self.bundle), max(1, len(self.bundle) // 40)):
            self.refused(self.bundle[:cut])
        for at in range(0, len(self.bundle), max(1, len(self.bundle) // 60)):
            damaged = bytearray(self.bundle)
            damaged[at] ^= 0x55
            answer = self.server.upload_zip(bytes(damaged))
            self.assertIn(answer.status, (201, 400))  # times and the like in it do not matter
        self.refused(zlib.compress(b"x" * 1000))

    # ---- paths and headers ----

    def test_path_tricks(self):
        for path in ("/../../etc/passwd", "/v1/../v1/Apps", "/v1/Apps/%2e%2e/%2e%2e", "//v1/Apps",
                     "/v1//Apps", "/v1/Apps/%00", "/v1/Apps/%c0%af", "/v1/Apps/..%5c..", "/v1/%41pps/x",
                     "/v1/Apps;x", "/v1/Apps/%", "/v1/Apps/%2", "*", "http://h/v1/Apps/x"):
            got = self.raw(self.head("GET", path))
            self.assertTrue(re.match(rb"HTTP/1\.[01] 4", got), (path, got[:60]))

    def test_headers(self):
        for lines in (["X: " + "a" * 100000], ["X%d: y" % i for i in range(5000)],
                      ["Content-Length: 5", "Content-Length: 6"],
                      ["Content-Length: -1"], ["Transfer-Encoding: chunked", "Content-Length: 5"],
                      ["Authorization: Basic " + "A" * 30000], [" folded: x"], ["no colon"]):
            got = self.raw(self.head("POST", "/v1/Configs", *lines), b"Key=a")
            self.assertNotIn(b" 20", got[:12], lines[0][:40])
        for host in ("h\"<script>", "a b", "x" * 300, "evil/../x", "e@vil"):
            got = self.raw(b"GET /v1/none HTTP/1.1\r\nHost: " + host.encode() +
                           b"\r\nConnection: close\r\n" + self.basic.encode() + b"\r\n\r\n")
            self.assertNotIn(host.encode(), got)
        got = self.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500))
        self.assertNotIn(b" 20", got[:12])

    def test_ten_thousand_idle_sockets(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        count = min(IDLE, hard - 200)
        idle = []
        try:
            for i in range(count):
                connection = socket.socket()
                connection.connect(self.place)
                idle.append(connection)
                if i % 2000 == 1999:
                    self.assertEqual(self.server.ask("GET", "/v1/Apps").status, 200)
            self.assertEqual(self.server.ask("POST", "/v1/Configs", {
                "Key": "beside", "Value": "idle"}).status, 201)
            self.assertEqual(count, IDLE)
        finally:
            for connection in idle:
                connection.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class FewDescriptors(unittest.TestCase):
    def test_idle_sockets_make_room(self):
        server = Server()
        server.wrapper = ["prlimit", "--nofile=800:800"]
        server.start()
        host, port = server.url.split("//")[1].split(":")
        idle = []
        try:
            for i in range(1500):
                connection = socket.socket()
                connection.connect((host, int(port)))
                idle.append(connection)
                if i % 100 == 0:
                    self.assertEqual(server.ask("GET", "/v1/Apps").status, 200)
            self.assertEqual(server.ask("GET", "/v1/Apps").status, 200)
        finally:
            for connection in idle:
                connection.close()
            server.end()


if __name__ == "__main__":
    unittest.main()
