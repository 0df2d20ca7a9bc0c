"""Configs and Secrets: every convention, what is in the files, and databases of earlier versions."""
import json
import pathlib
import re
import sqlite3
import unittest
from urllib.parse import quote

from service import POSTGRES, Server, Sqlite

BASES = ("/v1/Configs", "/v1/Secrets", "Configs", "Secrets")


class Settings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.device = cls.server.provision("thermo stat")

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def bases(self):
        for kind in ("Configs", "Secrets"):
            yield kind, "/v1/" + kind, None
            yield kind, "/v1/Devices/%s/%s" % (self.device, kind), self.device
            yield kind, "/v1/Devices/thermo%%20stat/%s" % kind, self.device

    def refuse(self, status, code, method, path, form=None):
        answer = self.server.ask(method, path, form)
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.body)
        self.assertEqual(answer.json["status"], status)
        return answer.json

    def test_life_of_a_setting(self):
        for kind, base, device in self.bases():
            for key in ("plain", "a/b?c=%41&d #é", "..a", "100%", "日本 " * 33 + "z"):
                path = base + "/" + quote(key, safe="")
                created = self.server.ask("POST", base, {"Key": key, "Value": "sesame one"})
                self.assertEqual(created.status, 201, created.body)
                self.assertEqual(created.json["key"], key)
                self.assertEqual(created.json.get("device_sid"), device)
                self.assertEqual("value" in created.json, kind == "Configs")
                self.assertNotIn("date_updated" if kind == "Secrets" else "date_rotated",
                                 created.json)
                self.assertNotIn("thermo", created.json["url"])  # always with the SID
                fetched = self.server.ask("GET", path)
                self.assertEqual((fetched.status, fetched.json), (200, created.json))
                self.assertEqual(self.server.ask("GET", created.json["url"]).json, created.json)
                changed = self.server.ask("POST", path, {"Value": "sesame two"})
                self.assertEqual(changed.status, 200)
                if kind == "Configs":
                    self.assertEqual(changed.json["value"], "sesame two")
                self.refuse(409, 65142, "POST", base, {"Key": key, "Value": "x"})
                removed = self.server.ask("DELETE", path)
                self.assertEqual((removed.status, removed.body), (204, b""))
                self.refuse(404, 20404, "GET", path)
                self.refuse(404, 20404, "POST", path, {"Value": "x"})
                self.refuse(404, 20404, "DELETE", path)

    def test_limits_count_characters(self):
        for _, base, _ in self.bases():
            for key in ("", "k" * 101, "é" * 101, ".", ".."):
                self.refuse(400, 65140, "POST", base, {"Key": key, "Value": "x"})
            self.refuse(400, 65140, "POST", base, {"Value": "x"})
            self.refuse(400, 65141, "POST", base, {"Key": "k"})
            self.refuse(400, 65141, "POST", base, {"Key": "k", "Value": "v" * 4097})
            self.refuse(400, 65141, "POST", base, {"Key": "k", "Value": "é" * 4097})
            for key, value in (("😀" * 100, "😀" * 4096), ("empty", "")):
                answer = self.server.ask("POST", base, {"Key": key, "Value": value})
                self.assertEqual(answer.status, 201, answer.body)
                if "value" in answer.json:
                    self.assertEqual(answer.json["value"], value)
                path = base + "/" + quote(key, safe="")
                self.refuse(400, 65141, "POST", path, {"Value": "é" * 4097})
                self.refuse(400, 65141, "POST", path, {})
                self.assertEqual(self.server.ask("DELETE", path).status, 204)

    def test_spaces_and_bytes_of_forms(self):
        for raw, value in ((b"a+b%20c d", "a b c d"), (b"%c3%a9%zz%", "é%zz%"), (b"a%3D%26", "a=&")):
            answer = self.server.ask("POST", "/v1/Configs", body=b"Key=raw&Value=" + raw, headers={
                "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
            self.assertEqual((answer.status, answer.json.get("value")), (201, value))
            self.server.ask("DELETE", "/v1/Configs/raw")
        for raw in (b"Key=%ff&Value=x", b"Key=a%00b&Value=x", b"Key=a&Value=%ed%a0%80"):
            answer = self.server.ask("POST", "/v1/Configs", body=raw, headers={
                "Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual((answer.status, answer.json["code"]), (400, 20001))

    def test_scopes_are_apart(self):
        lists = [base for _, base, _ in self.bases() if "thermo" not in base]
        for i, base in enumerate(lists):
            answer = self.server.ask("POST", base, {"Key": "same", "Value": str(i)})
            self.assertEqual(answer.status, 201)
        other = self.server.provision()
        self.refuse(404, 20404, "GET", "/v1/Devices/%s/Configs/same" % other)
        self.assertEqual(self.server.ask("GET", "/v1/Configs/same").json["value"], "0")
        for base in lists:
            self.assertEqual(self.server.ask("DELETE", base + "/same").status, 204)
        self.refuse(404, 20404, "GET", "/v1/Devices/unknown/Secrets")
        self.refuse(404, 20404, "POST", "/v1/Devices/unknown/Configs", {"Key": "k", "Value": "v"})
        self.refuse(405, 20004, "PUT", "/v1/Configs/same", {"Value": "v"})

    def test_pages_stay_right_while_records_come_and_go(self):
        for kind, base, _ in list(self.bases())[::2]:
            for i in range(7):
                self.server.ask("POST", base, {"Key": "p%d" % i, "Value": "x"})
            first = self.server.ask("GET", base + "?PageSize=3").json
            name = kind.lower()
            self.assertEqual([r["key"] for r in first[name]], ["p0", "p1", "p2"])
            self.assertEqual((first["meta"]["key"], first["meta"]["page"]), (name, 0))
            self.assertIsNone(first["meta"]["previous_page_url"])
            self.server.ask("DELETE", base + "/p1")
            self.server.ask("POST", base, {"Key": "late", "Value": "x"})
            second = self.server.ask("GET", first["meta"]["next_page_url"]).json
            self.assertEqual([r["key"] for r in second[name]], ["p3", "p4", "p5"])
            self.assertEqual(second["meta"]["page_size"], 3)
            third = self.server.ask("GET", second["meta"]["next_page_url"]).json
            self.assertEqual([r["key"] for r in third[name]], ["p6", "late"])
            self.assertIsNone(third["meta"]["next_page_url"])
            back = self.server.ask("GET", third["meta"]["previous_page_url"]).json
            self.assertEqual([r["key"] for r in back[name]], ["p3", "p4", "p5"])
            for record in self.server.ask("GET", base).json[name]:
                self.server.ask("DELETE", record["url"])
            self.refuse(400, 20001, "GET", base + "?PageSize=1001")

    def test_a_retired_device_takes_its_settings_along(self):
        sid = self.server.provision()
        self.server.ask("POST", "/v1/Devices/%s/Secrets" % sid, {"Key": "k", "Value": "v"})
        self.assertEqual(self.server.ask("DELETE", "/ext/v1/devices/" + sid).status, 204)
        self.refuse(404, 20404, "GET", "/v1/Devices/%s/Secrets/k" % sid)
        count = self.server.database.query("SELECT count(*) FROM setting JOIN device ON device.id ="
                                           " setting.device WHERE device.sid = '%s'" % sid)
        self.assertEqual(count, [("0",)])


class AtRest(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()

    def tearDown(self):
        self.server.end()

    def test_no_value_lies_in_the_clear(self):
        self.server.ask("POST", "/v1/Secrets", {"Key": "k", "Value": "open-sesame-1"})
        self.server.ask("POST", "/v1/Configs", {"Key": "k", "Value": "open-sesame-2"})
        self.assertNotIn(b"open-sesame", self.server.database.content())
        self.assertNotIn("open-sesame", self.server.log())
        key = self.server.state / "vault.key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)

    def test_exchanged_and_damaged_rows_show(self):
        for key in ("one", "two"):
            self.server.ask("POST", "/v1/Configs", {"Key": key, "Value": "value of " + key})
        self.server.stop()
        self.server.database.query("UPDATE setting SET sealed = (SELECT sealed FROM setting"
                                   " WHERE key = 'two') WHERE key = 'one'")
        self.server.start()
        self.assertEqual(self.server.ask("GET", "/v1/Configs/one").status, 500)
        self.assertEqual(self.server.ask("GET", "/v1/Configs").status, 500)
        self.assertEqual(self.server.ask("GET", "/v1/Configs/two").json["value"], "value of two")
        self.assertEqual(self.server.ask("POST", "/v1/Configs/one", {"Value": "new"}).status, 200)
        self.assertEqual(self.server.ask("GET", "/v1/Configs/one").json["value"], "new")

    def refuses_to_start(self, text):
        done = self.server.command()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(text, done.stderr)

    def test_a_lost_key_is_not_replaced(self):
        self.server.ask("POST", "/v1/Configs", {"Key": "k", "Value": "v"})
        self.server.stop()
        key = self.server.state / "vault.key"
        right = key.read_text()
        key.unlink()
        self.refuses_to_start("vault key is missing")
        key.write_text("00" * 32 + "\n")
        key.chmod(0o600)
        self.refuses_to_start("not the one of this database")
        key.write_text("short\n")
        self.refuses_to_start("not 64 hex digits")
        key.write_text(right)
        key.chmod(0o640)
        self.refuses_to_start("chmod 600")
        key.chmod(0o600)
        elsewhere = self.server.folder / "elsewhere.key"
        key.rename(elsewhere)
        self.server.config = {"vault_key": str(elsewhere)}
        self.server.start()
        self.assertEqual(self.server.ask("GET", "/v1/Configs/k").json["value"], "v")
        self.assertFalse(key.exists())


class VaultRotation(unittest.TestCase):
    def setUp(self):
        self.server = server = Server().start()
        self.key = server.state / "vault.key"
        server.provision("dev")
        made = json.loads(server.command("account", "create").stdout)
        self.other = (made["account_sid"], made["auth_token"])
        for user, base in ((server.user, "/v1"), (server.user, "/v1/Devices/dev"),
                           (self.other, "/v1")):
            for kind in ("Configs", "Secrets"):
                for i in range(5):
                    answer = server.ask("POST", "%s/%s" % (base, kind), {
                        "Key": "k%d" % i, "Value": "%s ü %d" % (base, i)}, user=user)
                    self.assertEqual(answer.status, 201)

    def tearDown(self):
        self.server.end()

    def rotate(self, code=0):
        done = self.server.command("vault", "rotate")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def sealed(self):
        return self.server.database.query("SELECT id, %s FROM setting ORDER BY id" % (
            "encode(sealed, 'hex')" if POSTGRES else "hex(sealed)"))

    def check(self):
        """Everything is there, and a value still leaves only where it may."""
        server = self.server.start()
        for user, base in ((server.user, "/v1"), (server.user, "/v1/Devices/dev"),
                           (self.other, "/v1")):
            configs = server.ask("GET", base + "/Configs", user=user).json["configs"]
            self.assertEqual([c["value"] for c in configs], ["%s ü %d" % (base, i) for i in range(5)])
        self.assertEqual(server.command("verify-audit").returncode, 0)
        server.stop()

    def test_rotation(self):
        first = self.key.read_text()
        self.rotate(1)  # not beside a running server
        self.assertEqual(self.key.read_text(), first)
        self.server.stop()
        before = self.sealed()
        self.rotate()
        after = self.sealed()
        self.assertEqual([row[0] for row in before], [row[0] for row in after])
        self.assertFalse({row[1] for row in before} & {row[1] for row in after})
        second = self.key.read_text()
        self.assertEqual(self.key.stat().st_mode & 0o777, 0o600)
        self.assertNotEqual(second.split()[0], first.split()[0])
        self.assertEqual(second.split()[1:], first.split())  # what the audit log stands on
        self.check()
        self.rotate()
        self.assertEqual(self.key.read_text().split()[1:], first.split())
        self.check()
        self.key.write_text(first)  # the old key opens nothing any more
        with self.assertRaisesRegex(RuntimeError, "not the one of this database"):
            self.server.start()
        self.server.process = None

    def test_a_rotation_that_was_cut_off(self):
        self.server.stop()
        first, leftover = self.key.read_text(), self.server.state / "vault.key.new"
        leftover.touch(mode=0o600)
        leftover.write_text("ab" * 32 + "\n")  # cut off before the commit
        self.check()
        self.assertEqual(self.key.read_text(), first)
        self.rotate()
        second = self.key.read_text()
        self.assertFalse(leftover.exists())
        leftover.touch(mode=0o600)
        leftover.write_text(second)  # cut off between the commit and the file
        self.key.write_text(first)
        self.check()
        self.assertEqual(self.key.read_text(), second)
        self.assertFalse(leftover.exists())

    def test_a_damaged_value_stops_it(self):
        self.server.stop()
        first = self.key.read_text()
        self.server.database.query("UPDATE setting SET sealed = (SELECT sealed FROM setting"
                                   " WHERE id = 2) WHERE id = 8")
        before = self.sealed()
        self.assertIn("damaged", self.rotate(1).stderr)
        self.assertEqual((self.sealed(), self.key.read_text()), (before, first))


class Migration(unittest.TestCase):
    """Databases as released versions left them, taken forward by this one."""

    def start_from(self, schema):
        server = Server(database=Sqlite)  # PostgreSQL came with version 5
        text = schema.read_text()
        store = sqlite3.connect(server.state / "microvisor.db")
        store.executescript(text)
        store.close()
        key = re.search(r"vault\.key: ([0-9a-f]{64})", text)
        if key:
            (server.state / "vault.key").touch(mode=0o600)
            (server.state / "vault.key").write_text(key[1] + "\n")
        (server.state / "account.json").write_text(
            '{"account_sid":"AC%s","auth_token":"%s"}' % ("a" * 32, "b" * 32))
        return server.start(), text

    def test_databases_of_released_versions_are_taken_forward(self):
        schemas = sorted(pathlib.Path(__file__).parent.glob("schema-*.sql"))
        self.assertGreaterEqual(len(schemas), 2)
        for schema in schemas:
            server, _ = self.start_from(schema)
            devices = server.ask("GET", "/v1/Devices").json["devices"]
            self.assertEqual([d["unique_name"] for d in devices], ["old device"])
            base = "/v1/Devices/old%20device/Secrets"
            self.assertEqual(server.ask("POST", base, {"Key": "k", "Value": "v"}).status, 201)
            server.stop()
            server.start()
            self.assertEqual(server.ask("GET", base + "/k").status, 200)
            server.end()

    def test_nothing_of_version_4_is_lost(self):
        server, text = self.start_from(pathlib.Path(__file__).parent / "schema-4.sql")
        sid, secret = re.search(r"API key (SK[0-9a-f]{32}): ([0-9a-f]+)", text).groups()
        app = server.ask("GET", "/v1/Apps/old%20app").json
        self.assertEqual(app["sid"], "KAe4ea63959733132fe74e29c2c4a94704")
        device = server.ask("GET", "/v1/Devices/old%20device").json
        self.assertEqual(device["app"]["target_sid"], app["sid"])
        for base in ("/v1/", "/v1/Devices/old%20device/"):
            config = server.ask("GET", base + "Configs/kept")
            self.assertEqual(config.status, 200, config.body)
            self.assertTrue(config.json["value"])  # decrypted: the key and its place still fit
            self.assertEqual(server.ask("GET", base + "Secrets/kept").status, 200)
        limited = server.ask("GET", "/v1/Devices", user=(sid, secret))
        self.assertEqual([d["unique_name"] for d in limited.json["devices"]], ["old device"])
        self.assertEqual(server.ask("GET", "/v1/Configs", user=(sid, secret)).status, 403)
        records = server.ask("GET", "/ext/v1/audit").json["records"]
        self.assertEqual(len(records), 8)
        added = server.ask("POST", "/v1/Configs", {"Key": "new", "Value": "v"})
        self.assertEqual(added.status, 201)
        done = server.command("verify-audit")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("9 records", done.stdout)
        server.end()

    def test_a_later_database_is_refused(self):
        server, _ = self.start_from(pathlib.Path(__file__).parent / "schema-4.sql")
        server.stop()
        server.database.query("PRAGMA user_version = 1000")
        with self.assertRaisesRegex(RuntimeError, "later version"):
            server.start()
        server.process = None
        server.end()


if __name__ == "__main__":
    unittest.main()
