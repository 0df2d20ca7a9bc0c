"""API keys, the matrix of role × operation × object, rotation, and the audit log."""
import json
import os
import re
import time
import unittest
from urllib.parse import quote

from service import Server, routes

ROLES = ("read", "operate", "admin")

# (role needed, reach, method, path, form): reach "device" is tried on own and foreign devices,
# "shared" is allowed for limited keys too, "account" only for keys of the whole account.
OPERATIONS = (
    ("read", "shared", "GET", "/v1/Apps", None),
    ("read", "shared", "GET", "/v1/Apps/app", None),
    ("read", "shared", "GET", "/v1/Apps/app/Manifest", None),
    ("operate", "account", "POST", "/v1/Apps", {"File": "none"}),
    ("operate", "account", "DELETE", "/v1/Apps/none", None),
    ("read", "shared", "GET", "/v1/Devices", None),
    ("read", "device", "GET", "/v1/Devices/{}", None),
    ("operate", "device", "POST", "/v1/Devices/{}", {"LoggingEnabled": "true"}),
    ("read", "device", "GET", "/v1/Devices/{}/Configs", None),
    ("operate", "device", "POST", "/v1/Devices/{}/Configs", {"Key": "", "Value": ""}),
    ("read", "device", "GET", "/v1/Devices/{}/Configs/there", None),
    ("operate", "device", "POST", "/v1/Devices/{}/Configs/there", {"Value": "1"}),
    ("operate", "device", "DELETE", "/v1/Devices/{}/Configs/none", None),
    ("read", "device", "GET", "/v1/Devices/{}/Secrets", None),
    ("operate", "device", "POST", "/v1/Devices/{}/Secrets", {"Key": "", "Value": ""}),
    ("read", "device", "GET", "/v1/Devices/{}/Secrets/there", None),
    ("operate", "device", "POST", "/v1/Devices/{}/Secrets/there", {"Value": "1"}),
    ("operate", "device", "DELETE", "/v1/Devices/{}/Secrets/none", None),
    ("read", "device", "GET", "/ext/v1/devices/{}/logs", None),
    ("read", "device", "GET", "/ext/v1/devices/{}/status", None),
    ("admin", "account", "POST", "/ext/v1/devices", {"Csr": "none"}),
    ("read", "account", "GET", "/v1/Configs", None),
    ("operate", "account", "POST", "/v1/Configs", {"Key": "", "Value": ""}),
    ("read", "account", "GET", "/v1/Configs/there", None),
    ("operate", "account", "POST", "/v1/Configs/there", {"Value": "1"}),
    ("operate", "account", "DELETE", "/v1/Configs/none", None),
    ("read", "account", "GET", "/v1/Secrets", None),
    ("operate", "account", "POST", "/v1/Secrets", {"Key": "", "Value": ""}),
    ("read", "account", "GET", "/v1/Secrets/there", None),
    ("operate", "account", "POST", "/v1/Secrets/there", {"Value": "1"}),
    ("operate", "account", "DELETE", "/v1/Secrets/none", None),
    ("admin", "account", "GET", "/ext/v1/keys", None),
    ("admin", "account", "POST", "/ext/v1/keys", {"Role": "none"}),
    ("admin", "account", "GET", "/ext/v1/keys/none", None),
    ("admin", "account", "POST", "/ext/v1/keys/none", {"Name": "x"}),
    ("admin", "account", "POST", "/ext/v1/keys/none/rotate", {}),
    ("admin", "account", "DELETE", "/ext/v1/keys/none", None),
    ("admin", "account", "GET", "/ext/v1/audit", None),
    ("read", "account", "GET", "/metrics", None),
)

# Tried apart: they end a device, or have no end themselves.
APART = {("DELETE", "ext/v1/devices/*"), ("GET", "ext/v1/devices/*/logs/stream")}


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server = Server().start()
        cls.own, cls.foreign = server.provision("mine"), server.provision("foreign")
        assert server.upload(os.urandom(300), "app").status == 201
        for base in ("/v1", "/v1/Devices/mine", "/v1/Devices/foreign"):
            for kind in ("Configs", "Secrets"):
                server.ask("POST", base + "/" + kind, {"Key": "there", "Value": "0"})

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def make(self, role, *devices, **more):
        form = [("Role", role)] + [("Device", d) for d in devices] + list(more.items())
        answer = self.server.ask("POST", "/ext/v1/keys", form)
        self.assertEqual(answer.status, 201, answer.body)
        return (answer.json["sid"], answer.json["secret"]), answer.json

    def test_matrix(self):
        for role in ROLES:
            for limited in (False, True):
                user, _ = self.make(role, *([self.own] if limited else []))
                for operation in OPERATIONS:
                    self.one_operation(user, role, limited, *operation)

    def one_operation(self, user, role, limited, needed, reach, method, path, form):
        forbidden = ROLES.index(role) < ROLES.index(needed) or (limited and reach == "account")
        for name in ((self.own, "mine", self.foreign, "foreign", "UV" + "0" * 32, "none")
                     if reach == "device" else ("",)):
            answer = self.server.ask(method, path.format(name), form, user=user)
            what = (role, limited, method, path.format(name), answer.status)
            hidden = name in (self.foreign, "foreign") and limited
            nowhere = name in ("UV" + "0" * 32, "none")
            if forbidden:
                self.assertEqual((answer.status, answer.json["code"]), (403, 20403), what)
            elif hidden or nowhere:
                # Not even existence: the same answer as for a name that nobody has.
                self.assertEqual((answer.status, answer.json["code"]), (404, 20404), what)
                self.assertEqual(answer.json["message"], "The requested resource %s was not found"
                                 % path.format(name))
            elif "none" in path or (form and ("none" in form.values() or form.get("Key") == "")):
                self.assertIn(answer.status, (400, 404), what)
                self.assertNotIn(answer.json["code"], (20003, 20403))
            else:
                self.assertIn(answer.status, (200, 201, 204), what)

    def test_the_matrix_has_every_operation(self):
        tried = {(method, re.sub("{}|none|there|(?<=Apps/)app", "*", path)[1:])
                 for _, _, method, path, _ in OPERATIONS}
        self.assertEqual(tried | APART, routes(without_open=True))

    def test_lists_hold_only_what_may_be_seen(self):
        user, _ = self.make("read", "mine")
        listed = self.server.ask("GET", "/v1/Devices?PageSize=1", user=user).json
        self.assertEqual([d["sid"] for d in listed["devices"]], [self.own])
        self.assertIsNone(listed["meta"]["next_page_url"])
        self.assertIsNone(listed["meta"]["previous_page_url"])
        token = self.server.ask("GET", "/v1/Devices?PageSize=1&PageToken=PB99", user=user).json
        self.assertEqual([d["sid"] for d in token["devices"]], [self.own])

    def test_names_of_foreign_devices_cannot_be_guessed(self):
        user, _ = self.make("operate", self.own)
        for name in ("foreign", "free"):
            answer = self.server.ask("POST", "/v1/Devices/mine", {"UniqueName": name}, user=user)
            self.assertEqual((answer.status, answer.json["code"]), (403, 20403))
        self.assertEqual(self.server.ask("POST", "/v1/Devices/mine", {"TargetApp": "app"},
                                         user=user).status, 200)

    def test_a_limited_administrator_retires_only_its_devices(self):
        device = self.server.provision()
        user, _ = self.make("admin", device)
        for sid, status in ((self.foreign, 404), (device, 204), (device, 404)):
            answer = self.server.ask("DELETE", "/ext/v1/devices/" + sid, user=user)
            self.assertEqual(answer.status, status)

    def test_secrets_are_shown_once_and_kept_as_hashes(self):
        user, key = self.make("read", Name="pipe line")
        self.assertEqual((key["name"], key["role"], key["devices"]), ("pipe line", "read", None))
        shown = self.server.ask("GET", key["url"]).json
        self.assertEqual(shown, {k: v for k, v in key.items() if k != "secret"})
        self.assertNotIn(b"secret", self.server.ask("GET", "/ext/v1/keys").body)
        self.assertNotIn(user[1].encode(), self.server.database.content())
        self.assertNotIn(user[1], self.server.log())
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=(user[0], "0" * 64)).status, 401)
        self.assertEqual(self.server.ask("GET", "/v1/Apps",
                                         user=(self.server.user[0], user[1])).status, 401)

    def test_rotation(self):
        user, key = self.make("read")
        rotated = self.server.ask("POST", key["url"] + "/rotate", {"GraceSeconds": "2"}).json
        new = (user[0], rotated["secret"])
        for pair in (user, new):
            self.assertEqual(self.server.ask("GET", "/v1/Apps", user=pair).status, 200)
        time.sleep(2.1)
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=user).status, 401)
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=new).status, 200)
        again = self.server.ask("POST", key["url"] + "/rotate", {}).json
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=new).status, 401)
        newest = (user[0], again["secret"])
        self.server.stop()
        self.server.start()  # keys outlive the process
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=newest).status, 200)
        self.assertEqual(self.server.ask("DELETE", "/ext/v1/keys/" + user[0]).status, 204)
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=newest).status, 401)
        bad = self.server.ask("POST", "/ext/v1/keys/%s/rotate" % user[0], {"GraceSeconds": "-1"})
        self.assertEqual(bad.status, 404)

    def test_change_of_role_and_reach(self):
        user, key = self.make("read", "mine", self.foreign)
        self.assertEqual(key["devices"], [self.own, self.foreign])
        changed = self.server.ask("POST", key["url"], {"Role": "operate", "Device": "foreign"})
        self.assertEqual((changed.json["role"], changed.json["devices"]),
                         ("operate", [self.foreign]))
        self.assertEqual(self.server.ask("GET", "/v1/Devices/mine", user=user).status, 404)
        self.assertEqual(self.server.ask("POST", "/v1/Devices/foreign", {}, user=user).status, 200)
        self.assertEqual(self.server.ask("GET", "/v1/Configs", user=user).status, 403)
        self.server.ask("POST", key["url"], {"AllDevices": "true"})
        self.assertEqual(self.server.ask("GET", "/v1/Configs", user=user).status, 200)
        for form in ({"Role": "root"}, {"Device": "nothing"}, {"AllDevices": "x"},
                     {"AllDevices": "true", "Device": "mine"}, {"Name": "n" * 257}):
            answer = self.server.ask("POST", key["url"], form)
            self.assertEqual((answer.status, answer.json["code"]), (400, 20001), form)
        self.assertEqual(self.server.ask("GET", "/v1/Devices/mine", user=user).status, 200)
        self.assertEqual(self.server.ask("POST", "/ext/v1/keys", {"Name": "x"}).status, 400)


class ForeignAccount(unittest.TestCase):
    """An account's objects, and what another account's credentials learn of them: nothing. Every
    answer must be the one that a name gets which nobody has, byte for byte but for that name."""

    @classmethod
    def setUpClass(cls):
        cls.server = server = Server().start()
        made = json.loads(server.command("account", "create").stdout)
        cls.account = (made["account_sid"], made["auth_token"])
        cls.users = {"account": cls.account}
        own = server.provision_as(cls.account, "own device")
        for role in ROLES:
            for limited in (False, True):
                form = {"Role": role, **({"Device": own} if limited else {})}
                key = server.ask("POST", "/ext/v1/keys", form, user=cls.account).json
                cls.users[(role, limited)] = (key["sid"], key["secret"])
        cls.device = server.provision("foreign device")
        cls.app = server.upload(os.urandom(300), "foreign app").json["sid"]
        cls.key = server.ask("POST", "/ext/v1/keys", {"Role": "read"}).json["sid"]
        for base in ("/v1", "/v1/Devices/" + cls.device):
            for kind in ("Configs", "Secrets"):
                server.ask("POST", base + "/" + kind, {"Key": "there", "Value": "0"})

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def operations(self):
        """(method, path with {}, form, names that exist elsewhere, a name that nobody has)"""
        devices = (self.device, "foreign device"), ("UV" + "0" * 32, "nobody")
        apps = (self.app, "foreign app"), ("KA" + "0" * 32, "nobody")
        keys = (self.key,), ("SK" + "0" * 32,)
        for _, reach, method, path, form in OPERATIONS:
            if reach == "device":
                yield (method, path, form) + devices
        yield ("GET", "/ext/v1/devices/{}/logs/stream", None) + devices
        yield ("DELETE", "/ext/v1/devices/{}", None) + devices
        for method, path in (("GET", "/v1/Apps/{}"), ("GET", "/v1/Apps/{}/Manifest"),
                             ("DELETE", "/v1/Apps/{}")):
            yield (method, path, None) + apps
        for method, path, form in (("GET", "/ext/v1/keys/{}", None),
                                   ("POST", "/ext/v1/keys/{}", {"Name": "n"}),
                                   ("POST", "/ext/v1/keys/{}/rotate", {}),
                                   ("DELETE", "/ext/v1/keys/{}", None)):
            yield (method, path, form) + keys
        for method in ("GET", "POST", "DELETE"):
            for kind in ("Configs", "Secrets"):
                yield (method, "/v1/%s/{}" % kind, {"Value": "1"} if method == "POST" else None,
                       ("there",), ("nobody",))

    def seen(self, user, method, path, form, name):
        answer = self.server.ask(method, path.format(quote(name)), form, user=user)
        headers = sorted((k, v) for k, v in answer.headers.items()
                         if k not in ("Date", "Content-Length"))
        return answer.status, headers, answer.body.replace(quote(name).encode(), b"NAME")

    def test_nothing_leaks_not_even_existence(self):
        before = self.everything()
        for who, user in self.users.items():
            for method, path, form, there, nowhere in self.operations():
                for name, nobody in zip(there, nowhere):
                    found = self.seen(user, method, path, form, name)
                    self.assertEqual(found, self.seen(user, method, path, form, nobody),
                                     (who, method, path, name))
                    self.assertIn(found[0], (400, 403, 404))
        self.assertEqual(self.everything(), before)

    def everything(self):
        return [self.server.ask("GET", path).json for path in (
            "/v1/Apps", "/v1/Devices", "/v1/Configs", "/v1/Secrets", "/ext/v1/keys",
            "/ext/v1/audit?PageSize=1000", "/v1/Devices/%s/Configs" % self.device,
            "/v1/Devices/%s/Secrets" % self.device)]

    def test_references_to_foreign_objects(self):
        for user in self.users.values():
            for name, nobody in ((self.app, "KA" + "0" * 32), ("foreign app", "nobody")):
                answers = [self.server.ask("POST", "/v1/Devices/own%20device",
                                           {"TargetApp": target}, user=user)
                           for target in (name, nobody)]
                self.assertEqual(answers[0].status, answers[1].status)
                self.assertEqual(answers[0].body, answers[1].body)
                self.assertIn(answers[0].status, (400, 403))
            for name, nobody in ((self.device, "UV" + "0" * 32), ("foreign device", "nobody")):
                answers = [self.server.ask("POST", "/ext/v1/keys",
                                           {"Role": "read", "Device": device}, user=user)
                           for device in (name, nobody)]
                self.assertEqual((answers[0].status, answers[0].body),
                                 (answers[1].status, answers[1].body))
                self.assertIn(answers[0].status, (400, 403))

    def test_lists_hold_only_the_account(self):
        for path in ("/v1/Apps", "/v1/Devices", "/v1/Configs", "/v1/Secrets", "/ext/v1/keys",
                     "/ext/v1/audit"):
            for query in ("", "?PageSize=1", "?PageToken=PB999", "?PageToken=PA0", "?Page=1"):
                answer = self.server.ask("GET", path + query, user=self.account)
                for name in (self.device, self.app, self.key, self.server.account_sid, "foreign"):
                    self.assertNotIn(name.encode(), answer.body)

    def test_taken_names_of_another_account_are_free(self):
        other = json.loads(self.server.command("account", "create").stdout)
        user = (other["account_sid"], other["auth_token"])
        self.assertTrue(self.server.provision_as(user, "foreign device"))
        self.assertEqual(self.server.upload(os.urandom(99), "foreign app", user=user).status, 201)
        self.assertEqual(self.server.ask("POST", "/v1/Configs", {"Key": "there", "Value": "1"},
                                         user=user).status, 201)


class Audit(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()

    def tearDown(self):
        self.server.end()

    def verify(self):
        done = self.server.command("--verify-audit")
        return done.returncode, done.stdout

    def records(self):
        return self.server.ask("GET", "/ext/v1/audit?PageSize=1000").json["records"]

    def fill(self):
        self.device = self.server.provision("dev")
        self.server.ask("POST", "/v1/Secrets", {"Key": "k/1", "Value": "open-sesame"})
        self.server.ask("POST", "/v1/Devices/dev", {"LoggingEnabled": "false"})
        self.server.ask("DELETE", "/v1/Secrets/k%2F1")
        self.server.upload(os.urandom(100), "app")
        self.server.ask("DELETE", "/v1/Apps/app")

    def test_every_change_is_there_and_no_value(self):
        self.fill()
        key = self.server.ask("POST", "/ext/v1/keys", {"Role": "operate"}).json
        user = (key["sid"], key["secret"])
        self.server.ask("POST", "/v1/Configs", {"Key": "c", "Value": "open-sesame"}, user=user)
        before = self.records()
        self.server.ask("GET", "/v1/Devices/dev")
        self.server.ask("POST", "/v1/Configs", {"Key": "c", "Value": "2"})  # refused: 409
        self.server.ask("POST", "/v1/Devices/none", {})
        self.server.ask("POST", "/v1/Devices/dev", {}, user=("x", "y"))
        self.assertEqual(self.records(), before)
        self.assertEqual([r["operation"] for r in before], [
            "audit log begins", "POST /ext/v1/devices", "POST /v1/Secrets", "POST /v1/Devices/*",
            "DELETE /v1/Secrets/*", "POST /v1/Apps", "DELETE /v1/Apps/*", "POST /ext/v1/keys",
            "POST /v1/Configs"])
        self.assertEqual(before[1]["object"], self.device)
        self.assertEqual(before[2]["parameters"], {"Key": "k/1", "Value": None})
        self.assertEqual(before[3]["object"], self.device)
        self.assertEqual(before[3]["parameters"], {"LoggingEnabled": "false"})
        self.assertEqual(before[4]["path"], "/v1/Secrets/k%2F1")
        self.assertEqual(before[5]["parameters"]["unique_name"], "app")
        self.assertEqual(before[5]["object"], before[6]["object"])
        self.assertEqual([r["actor"] for r in before[-2:]], [self.server.account_sid, key["sid"]])
        self.assertEqual([r["sequence"] for r in before], list(range(1, len(before) + 1)))
        dump = str(before)
        self.assertNotIn("open-sesame", dump)
        self.assertNotIn(key["secret"], dump)
        first = self.server.ask("GET", "/ext/v1/audit?PageSize=2").json
        self.assertEqual(self.server.ask("GET", first["meta"]["next_page_url"]).json["records"],
                         before[2:4])

    def test_tampering_shows(self):
        self.fill()
        self.assertEqual(self.verify()[0], 0)
        self.assertIn("whole", self.verify()[1])  # also while the server runs
        self.server.stop()
        database = self.server.database
        database.save()
        for sql, text in (
                ("UPDATE audit SET actor = 'AC0' WHERE id = 3", "2 records"),
                ("UPDATE audit SET parameters = '{}' WHERE id = 4", "3 records"),
                ("UPDATE audit SET time_us = time_us + 1 WHERE id = 1", "0 records"),
                ("DELETE FROM audit WHERE id = 2", "1 records"),
                ("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)", "at the end"),
                ("DELETE FROM audit", "at the end"),
                ("DELETE FROM meta WHERE name LIKE 'audit head%'", "head of the log is missing"),
                ("UPDATE audit SET id = -id WHERE id IN (3, 4);"
                 "UPDATE audit SET id = 7 + id WHERE id < 0", "2 records"),
                ("INSERT INTO audit SELECT account, id + 1, 1, 'AC0', 'x', 'x', '', '{}', mac"
                 " FROM audit ORDER BY id DESC LIMIT 1", "changed")):
            database.query(sql)
            code, out = self.verify()
            self.assertEqual(code, 1, sql)
            self.assertIn("TAMPERED", out)
            self.assertIn(text, out, sql)
            database.put_back()
        self.assertEqual(self.verify()[0], 0)


if __name__ == "__main__":
    unittest.main()
