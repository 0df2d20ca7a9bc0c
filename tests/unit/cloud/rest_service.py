"""What operators need: metrics, readiness, the rate limit, and Apps whose hash depends on the bundle alone."""
import os
import re
import time
import unittest

from service import Server


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


if __name__ == "__main__":
    unittest.main()
