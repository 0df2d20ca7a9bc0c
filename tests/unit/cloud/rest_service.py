"""What operators need: metrics, readiness, the rate limit, and Apps whose hash depends on the bundle alone."""
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time
import unittest

from service import CLI, Server


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def metrics(self):
        answer = self.server.ask("GET", "/metrics")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        values = {}
        for line in answer.body.decode().splitlines():
            self.assertTrue(re.fullmatch(
                r"# (HELP|TYPE) microvisor_\w+ .+|microvisor_\w+(\{[a-z]+=\"[^\"]*\"\})? [0-9.e+-]+",
                line), line)
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def test_metrics(self):
        before = self.metrics()
        self.server.ask("GET", "/v1/Apps")
        self.server.ask("GET", "/v1/Apps/none")
        after = self.metrics()
        name = 'microvisor_http_requests_total{status="%s"}'
        self.assertEqual(after[name % "4xx"] - before[name % "4xx"], 1)
        self.assertEqual(after[name % "2xx"] - before[name % "2xx"], 2)
        buckets = [v for k, v in after.items() if "_bucket" in k]
        self.assertEqual(buckets, sorted(buckets))
        self.assertEqual(buckets[-1], after["microvisor_http_request_duration_seconds_count"])
        self.assertGreater(after["microvisor_process_resident_memory_bytes"], 1e6)
        self.assertEqual(self.server.ask("GET", "/metrics", user=None).status, 401)

    def test_readiness(self):
        for path in ("/readyz", "/healthz"):
            answer = self.server.ask("GET", path, user=None)
            self.assertEqual((answer.status, answer.json["status"]), (200, "ok"))

    def test_the_same_bundle_has_the_same_hash(self):
        image = os.urandom(5000)
        first, second = self.server.upload(image).json, self.server.upload(image).json
        self.assertEqual(first["hash"], second["hash"])
        self.assertNotEqual(first["sid"], second["sid"])
        manifests = [self.server.ask("GET", "/v1/Apps/%s/Manifest" % app["sid"]).json
                     for app in (first, second)]
        self.assertEqual(manifests[0]["encoded_bytes"], manifests[1]["encoded_bytes"])
        self.assertEqual(self.server.ask("DELETE", first["url"]).status, 204)
        again = self.server.ask("GET", "/v1/Apps/%s/Manifest" % second["sid"])
        self.assertEqual(again.json, manifests[1])  # the blobs that both share are still there
        self.assertNotEqual(self.server.upload(os.urandom(5000)).json["hash"], second["hash"])


class RateLimit(unittest.TestCase):
    def test_too_many_requests_wait(self):
        server = Server({"rate_limit": 5}).start()
        try:
            answers = [server.ask("GET", "/v1/Apps") for _ in range(40)]
            refused = [a for a in answers if a.status == 429]
            self.assertGreaterEqual(len(answers) - len(refused), 10)  # a burst of two seconds
            self.assertTrue(refused)
            self.assertEqual(refused[0].json["code"], 20429)
            self.assertEqual(refused[0].json["message"], "Too Many Requests")
            self.assertGreaterEqual(int(refused[0].headers["Retry-After"]), 1)
            self.assertEqual(server.ask("GET", "/healthz", user=None).status, 200)
            wrong = server.ask("GET", "/v1/Apps", user=("AC0", "x"))
            self.assertEqual(wrong.status, 401)  # strangers do not use up the account's share
            time.sleep(1.1)
            self.assertEqual(server.ask("GET", "/v1/Apps").status, 200)
        finally:
            server.end()


class Tls(unittest.TestCase):
    def test_certificate_made_here(self):
        server = Server({"api_tls": True}).start()
        try:
            self.assertTrue(server.url.startswith("https://"))
            answer = server.ask("POST", "/v1/Configs", {"Key": "k", "Value": "v"})
            self.assertEqual((answer.status, answer.json["url"]),
                             (201, server.url + "/v1/Configs/k"))
            self.assertEqual(server.upload(os.urandom(100000)).status, 201)
            host, port = server.url[8:].split(":")
            with self.assertRaises(ssl.SSLCertVerificationError):
                ssl.create_default_context().wrap_socket(
                    socket.create_connection((host, int(port))), server_hostname="localhost")
            plain = http.client.HTTPConnection(host, int(port), timeout=10)
            with self.assertRaises((http.client.HTTPException, OSError)):
                plain.request("GET", "/healthz")
                plain.getresponse()
            before = (server.state / "api.cert.pem").read_bytes()
            server.stop()
            server.config["api_names"] = ["mv.example.com", "127.0.0.1"]
            server.start()
            after = (server.state / "api.cert.pem").read_bytes()
            self.assertNotEqual(before, after)
            self.assertEqual(server.ask("GET", "/v1/Configs/k").status, 200)
            self.login(server)
        finally:
            server.end()

    def login(self, server):
        """The command line program trusts the CA that it finds in the state folder."""
        home = dict(os.environ, HOME=str(server.folder), XDG_CONFIG_HOME="")
        for arguments in (["login", "--from", str(server.state)], ["configs", "show", "k"]):
            done = subprocess.run([CLI] + arguments, env=home, capture_output=True, text=True,
                                  timeout=30, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        home["MICROVISOR_CA_FILE"] = "/dev/null"
        saved = server.folder / ".config/microvisor/config.json"
        profile = json.loads(saved.read_text())
        del profile["profiles"]["default"]["ca_file"]
        saved.write_text(json.dumps(profile))
        done = subprocess.run([CLI, "configs", "show", "k"], env=home, capture_output=True,
                              text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_certificate_of_the_operator(self):
        server = Server()
        key, certificate = server.folder / "own.key", server.folder / "own.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out",
                        str(certificate), "-subj", "/CN=own", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        server.config = {"api_key": str(key), "api_certificate": str(certificate)}
        server.ca_file = certificate
        try:
            server.start()
            self.assertEqual(server.ask("GET", "/v1/Apps").status, 200)
        finally:
            server.end()

    def test_half_a_configuration(self):
        for config, code in (({"api_key": "/none"}, 2),
                             ({"api_key": "/none", "api_certificate": "/none"}, 1)):
            server = Server(config)
            with self.assertRaises(RuntimeError):
                server.start()
            self.assertEqual(server.process.returncode, code)
            server.process = None
            server.end()


if __name__ == "__main__":
    unittest.main()
