"""All 27 published operations against the published description, and the conventions around it."""
import os
import re
import socket
import unittest
from urllib.parse import quote

from service import ROOT, Description, Server


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.description = Description()

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def check(self, operation_id, method, path, form=None):
        template = self.description.operations()[operation_id]
        self.assertEqual(template[0], method)
        pattern = re.sub(r"\{[A-Za-z]+\}", "[^/]+", template[1])
        self.assertTrue(re.fullmatch(pattern, path.split("?")[0]), (pattern, path))
        return self.description.check(operation_id, self.server.ask(method, path, form))

    def settings(self, word, base):
        for kind in ("Config", "Secret"):
            path = "%s/%ss" % (base, kind)
            name = word + kind
            self.check("List" + name, "GET", path)
            self.check("Create" + name, "POST", path, {"Key": "a/b", "Value": "1"})
            self.check("Create" + name, "POST", path, {"Key": "c", "Value": ""})
            self.check("List" + name, "GET", path + "?PageSize=1&Page=0")
            self.check("Fetch" + name, "GET", path + "/a%2Fb")
            self.check("Update" + name, "POST", path + "/a%2Fb", {"Value": "2"})
            self.check("Delete" + name, "DELETE", path + "/a%2Fb")

    def test_every_operation(self):
        self.check("ListApp", "GET", "/v1/Apps")
        self.check("ListDevice", "GET", "/v1/Devices")
        app = self.server.upload(os.urandom(2000), "first")
        self.assertEqual(app.status, 201)
        sid = app.json["sid"]
        self.server.upload(os.urandom(2000))
        device = self.server.provision("dev ice")
        self.check("ListApp", "GET", "/v1/Apps?PageSize=1")
        self.assertEqual(self.check("FetchApp", "GET", "/v1/Apps/first"), app.json)
        self.check("FetchAppManifest", "GET", "/v1/Apps/%s/Manifest" % sid)
        self.server.provision()
        self.check("ListDevice", "GET", "/v1/Devices?PageSize=1")
        self.check("FetchDevice", "GET", "/v1/Devices/dev%20ice")
        changed = self.check("UpdateDevice", "POST", "/v1/Devices/" + device, {
            "TargetApp": "first", "LoggingEnabled": "True", "RestartApp": "false"})
        self.assertEqual(changed["app"]["target_sid"], sid)
        self.assertEqual(set(changed["app"]), {
            "target_sid", "target_hash", "date_targeted", "update_status", "update_error_code",
            "reported_sid", "date_reported"})
        self.assertEqual(set(changed["logging"]), {"enabled", "date_expires"})
        self.settings("Account", "/v1")
        self.settings("Device", "/v1/Devices/dev%20ice")
        self.check("UpdateDevice", "POST", "/v1/Devices/" + device, {"TargetApp": ""})
        self.check("DeleteApp", "DELETE", "/v1/Apps/first")
        self.assertEqual(len(self.description.operations()), 27)
        self.assertEqual(self.description.seen, set(self.description.operations()))

    def test_errors_have_the_published_form(self):
        cases = (("GET", "/v1/Apps/none", None, 404), ("GET", "/v1/Devices?PageSize=x", None, 400),
                 ("POST", "/v1/Configs", {}, 400), ("PUT", "/v1/Configs", None, 405),
                 ("POST", "/v1/Apps", {"File": "x"}, 400), ("GET", "/v2/Apps", None, 404))
        for method, path, form, status in cases:
            answer = self.server.ask(method, path, form)
            self.assertEqual(answer.status, status, path)
            self.assertEqual(set(answer.json), {"code", "message", "more_info", "status"})
            self.assertEqual(answer.json["status"], status)
            explained = self.server.ask("GET", answer.json["more_info"], user=None)
            self.assertEqual(explained.json["code"], answer.json["code"])
            if status == 404:
                self.assertEqual(answer.json["message"],
                                 "The requested resource %s was not found" % path)

    def test_every_error_code_is_documented(self):
        source = (ROOT / "cloud/api/errors.h").read_text()
        codes = set(re.findall(r"= (\d{5}),", source))
        documented = set(re.findall(r"^\| (\d{5}) \|", (ROOT / "docs/errors.md").read_text(), re.M))
        self.assertEqual(codes, documented)
        for code in codes:
            answer = self.server.ask("GET", "/ext/v1/errors/" + code, user=None)
            self.assertEqual(answer.status, 200, code)

    def test_credentials(self):
        for user in (None, ("", ""), (self.server.account_sid, "x"), ("AC0", self.server.user[1])):
            answer = self.server.ask("GET", "/v1/Apps", user=user)
            self.assertEqual((answer.status, answer.json["code"]), (401, 20003))
            self.assertEqual(answer.json["message"], "Authenticate")
            self.assertTrue(answer.headers["WWW-Authenticate"].startswith("Basic realm="))
        answer = self.server.ask("GET", "/v1/Apps", user=None, headers={"Authorization": "Basic !"})
        self.assertEqual(answer.status, 401)

    def test_booleans_in_every_capitalisation(self):
        device = self.server.provision()
        for text, enabled in (("true", True), ("False", False), ("TRUE", True), ("false", False)):
            answer = self.server.ask("POST", "/v1/Devices/" + device, {"LoggingEnabled": text})
            self.assertEqual(answer.json["logging"]["enabled"], enabled)
        for text in ("yes", "1", ""):
            answer = self.server.ask("POST", "/v1/Devices/" + device, {"LoggingEnabled": text})
            self.assertEqual((answer.status, answer.json["code"]), (400, 20001))

    def test_names_stand_for_sids_and_urls_have_sids(self):
        sid = self.server.provision("a/b?c %")
        answer = self.server.ask("GET", "/v1/Devices/" + quote("a/b?c %", safe=""))
        self.assertEqual(answer.json["url"], "%s/v1/Devices/%s" % (self.server.url, sid))
        self.assertEqual(answer.json["links"], {
            "device_configs": answer.json["url"] + "/Configs",
            "device_secrets": answer.json["url"] + "/Secrets"})
        self.assertEqual(self.server.ask("GET", "/v1/Devices/a/b?c%20%25").status, 404)

    def test_forms_in_every_encoding(self):
        device = self.server.provision()
        def parts(*fields):
            return b"".join(b'--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % f
                            for f in fields) + b"--edge--\r\n"
        urlencoded = "application/x-www-form-urlencoded"
        long = ("ü" * 4000).encode()
        for kind, body, name, target in (
                (urlencoded, b"UniqueName=a+b%20c%C3%BC", "a b cü", None),
                (urlencoded + "; charset=UTF-8", "UniqueName=d e+fü".encode(), "d e fü", None),
                (urlencoded.upper(), b"UniqueName=100%&LoggingEnabled=TRUE", "100%", None),
                ("multipart/form-data; boundary=edge",
                 parts((b"UniqueName", b"", "g + h%20ü".encode())), "g + h%20ü", None),
                ('Multipart/Form-Data; charset=utf-8; boundary="edge"',
                 parts((b"UniqueName", b'; filename="x"', b"first"), (b"UniqueName", b"", b"last"),
                       (b"LoggingEnabled", b"", b"False"), (b"TargetApp", b"", b"")), "last", None),
                (None, b"UniqueName=no+type", "no type", None)):
            answer = self.server.ask("POST", "/v1/Devices/" + device, body=body,
                                     headers={"Content-Type": kind} if kind else {})
            self.assertEqual(answer.status, 200, (kind, answer.body))
            self.assertEqual(answer.json["unique_name"], name)
            self.assertEqual(answer.json["app"]["target_sid"], target)
        self.assertFalse(answer.json["logging"]["enabled"])
        answer = self.server.ask("POST", "/v1/Configs", body=parts(
            (b"Key", b"", b"multi part"), (b"Value", b"", long)),
            headers={"Content-Type": "multipart/form-data; boundary=edge"})
        self.assertEqual(answer.status, 201, answer.body)
        self.assertEqual(answer.json["value"], long.decode())
        empty = self.server.ask("POST", "/v1/Configs/multi%20part", body=parts((b"Value", b"", b"")),
                                headers={"Content-Type": "multipart/form-data; boundary=edge"})
        self.assertEqual((empty.status, empty.json.get("value")), (200, ""))
        for body in (parts((b"Key", b"", b"a\0b"), (b"Value", b"", b"1")),
                     parts((b"Key", b"", b"\xff"), (b"Value", b"", b"1")),
                     parts(*[(b"k%d" % i, b"", b"v") for i in range(40)])):
            answer = self.server.ask("POST", "/v1/Configs", body=body, headers={
                "Content-Type": "multipart/form-data; boundary=edge"})
            self.assertEqual((answer.status, answer.json["code"]), (400, 20001))

    def test_old_name_of_the_target_parameter(self):
        app = self.server.upload(os.urandom(500)).json["sid"]
        device = self.server.provision()
        answer = self.server.ask("POST", "/v1/Devices/" + device, {"AppSid": app})
        self.assertEqual(answer.json["app"]["target_sid"], app)

    def test_a_connection_is_closed_when_asked(self):
        host, port = self.server.url.split("//")[1].split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            data = b""
            while piece := connection.recv(4096):
                data += piece
        self.assertIn(b"\r\nConnection: close\r\n", data)

    def test_extra_headers_do_no_harm(self):
        answer = self.server.ask("GET", "/v1/Apps", headers={
            "X-Twilio-Client": "x", "Accept-Charset": "utf-8", "Accept-Encoding": "gzip, br"})
        self.assertEqual(answer.status, 200)
        self.assertNotIn("Content-Encoding", answer.headers)

    def test_lists_are_full_envelopes(self):
        for path, key in (("/v1/Apps", "apps"), ("/v1/Devices", "devices"),
                          ("/v1/Configs", "configs"), ("/v1/Secrets", "secrets")):
            answer = self.server.ask("GET", path)
            self.assertEqual(set(answer.json), {key, "meta"})
            meta = answer.json["meta"]
            self.assertEqual((meta["key"], meta["page"], meta["page_size"]), (key, 0, 50))
            first = "%s%s?PageSize=50&Page=0" % (self.server.url, path)
            self.assertEqual((meta["first_page_url"], meta["url"]), (first, first))
            self.assertIsNone(meta["previous_page_url"])


class BehindAProxy(unittest.TestCase):
    def test_urls_have_the_public_address(self):
        server = Server({"public_url": "https://mv.example.com"}).start()
        try:
            answer = server.ask("POST", "/v1/Configs", {"Key": "k", "Value": "v"})
            self.assertEqual(answer.json["url"], "https://mv.example.com/v1/Configs/k")
            meta = server.ask("GET", "/v1/Configs").json["meta"]
            self.assertEqual(meta["url"],
                             "https://mv.example.com/v1/Configs?PageSize=50&Page=0")
        finally:
            server.end()


if __name__ == "__main__":
    unittest.main()
