"""The extensions against the description that the server itself serves, and that it is complete."""
import json
import os
import re
import unittest

from service import ROOT, Description, Server, routes


class Extensions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.description = Description("openapi-ext-v1.json")

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def check(self, operation_id, path, form=None, user="account"):
        method, template = self.description.operations()[operation_id]
        pattern = re.sub(r"\{[A-Za-z]+\}", "[^/]+", template)
        self.assertTrue(re.fullmatch(pattern, path.split("?")[0]), (pattern, path))
        return self.description.check(operation_id, self.server.ask(method, path, form, user))

    def test_every_operation(self):
        for path, operation in (("/healthz", "FetchHealth"), ("/readyz", "FetchReadiness"),
                                ("/ext/v1/openapi.json", "FetchDescription"),
                                ("/ext/v1/errors/20404", "FetchErrorMeaning")):
            self.check(operation, path, user=None)
        self.check("FetchMetrics", "/metrics")
        app = self.server.upload(os.urandom(2000), "app")
        self.description.check("CreateApp", app)
        made = self.check("ProvisionDevice", "/ext/v1/devices", {"Csr": self.server.csr(),
                                                                 "UniqueName": "dev"})
        self.check("ProvisionDevice", "/ext/v1/devices", {"Csr": self.server.csr()})
        sid = made["sid"]
        self.assertEqual(self.check("FetchDeviceStatus", "/ext/v1/devices/dev/status")["update"]
                         ["cause"], "no-target")
        self.server.ask("POST", "/v1/Devices/dev", {"TargetApp": "app"})
        self.assertEqual(self.check("FetchDeviceStatus", "/ext/v1/devices/%s/status" % sid)
                         ["update"]["cause"], "never-connected")
        self.check("ListDeviceLog", "/ext/v1/devices/dev/logs?limit=5")
        self.stream("/ext/v1/devices/dev/logs/stream")
        key = self.check("CreateKey", "/ext/v1/keys", {"Role": "read", "Device": "dev"})
        self.check("ListKey", "/ext/v1/keys?PageSize=1")
        self.check("FetchKey", "/ext/v1/keys/" + key["sid"])
        self.check("UpdateKey", "/ext/v1/keys/" + key["sid"], {"AllDevices": "true"})
        self.check("RotateKey", "/ext/v1/keys/%s/rotate" % key["sid"], {"GraceSeconds": "1"})
        self.check("DeleteKey", "/ext/v1/keys/" + key["sid"])
        self.check("ListAuditRecord", "/ext/v1/audit?PageSize=2")
        self.check("ListAuditRecord", "/ext/v1/audit")
        self.check("RetireDevice", "/ext/v1/devices/dev")
        self.assertEqual(self.description.seen, set(self.description.operations()))

    def stream(self, path):
        """Only the header: a stream has no end."""
        connection = self.server.connection()
        header, value = self.server.basic().split(": ", 1)
        connection.request("GET", path, headers={header: value})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Content-Type"]),
                         (200, "text/event-stream"))
        self.assertEqual(answer.read(4), b": \n\n")
        connection.close()
        self.description.seen.add("StreamDeviceLog")

    def test_errors(self):
        for operation, path, form in (
                ("FetchErrorMeaning", "/ext/v1/errors/1", None),
                ("ProvisionDevice", "/ext/v1/devices", {"Csr": "x"}),
                ("FetchKey", "/ext/v1/keys/none", None), ("CreateKey", "/ext/v1/keys", {}),
                ("ListDeviceLog", "/ext/v1/devices/none/logs", None),
                ("StreamDeviceLog", "/ext/v1/devices/none/logs/stream", None),
                ("FetchDeviceStatus", "/ext/v1/devices/none/status", None),
                ("ListAuditRecord", "/ext/v1/audit?PageSize=0", None)):
            self.assertGreaterEqual(self.check(operation, path, form)["status"], 400)
            self.description.seen.discard(operation)

    def test_the_served_description_is_this_one(self):
        served = self.server.ask("GET", "/ext/v1/openapi.json", user=None)
        self.assertEqual(served.body, (ROOT / "cloud/api/openapi-ext-v1.json").read_bytes())
        self.assertIn("Access-Control-Allow-Origin", served.headers)

    def test_every_route_is_described(self):
        """The routes of the table in the source, against both descriptions."""
        described = set()
        for description in (Description(), self.description):
            described |= {(method, re.sub(r"\{[A-Za-z]+\}", "*", path)[1:])
                          for method, path in description.operations().values()}
        self.assertEqual(routes(), described)

    def test_the_causes_are_the_documented_ones(self):
        source = (ROOT / "cloud/api/status.c").read_text()
        table = source[source.index("static const char *const at_work[]"):]
        table = table[:table.index("};")]
        used = set(re.findall(r"\{\"([a-z-]+)\",", source)) | set(re.findall(r"\"([a-z-]+)\"", table))
        schema = self.description.api["components"]["schemas"]["update_status"]
        self.assertEqual(used, set(schema["properties"]["cause"]["enum"]))
        page = (ROOT / "docs/cloud.md").read_text()
        for cause in used:
            self.assertIn("`%s`" % cause, page)

    def test_the_description_stands_alone(self):
        text = json.dumps(self.description.api)
        names = set(self.description.api["components"]["schemas"])
        self.assertEqual(set(re.findall(r"#/components/schemas/(\w+)", text)), names)
        ids = [operation["operationId"] for methods in self.description.api["paths"].values()
               for operation in methods.values()]
        self.assertEqual(len(ids), len(set(ids)))


if __name__ == "__main__":
    unittest.main()
