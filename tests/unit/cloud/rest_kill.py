"""kill -9 of the server under load: what was acknowledged is there, and the database is sound.

MV_KILL_ROUNDS: how often (20); tests/nightly/kill.sh asks for 200.
"""
import hashlib
import http.client
import os
import random
import threading
import time
import unittest

from service import POSTGRES, Server

WRITERS = 6
ABSENT = None


class Writer(threading.Thread):
    """Writes settings of its own as fast as it can, and remembers what was acknowledged."""

    def __init__(self, server, number, known, seed):
        super().__init__()
        self.server, self.number, self.known = server, number, known
        self.random = random.Random(seed)
        self.base = "/v1/Secrets" if number % 3 == 2 else "/v1/Configs"
        self.doubt = {}  # key: what an answer that never came leaves possible
        self.writes = 0

    def one(self):
        keys = sorted(self.known)
        choice = self.random.random()
        if len(keys) > 60 or (keys and choice < 0.25):
            key = self.random.choice(keys)
            method, path, form, status, after = "DELETE", self.base + "/" + key, None, 204, ABSENT
        elif keys and choice < 0.5:
            key, after = self.random.choice(keys), str(self.random.random())
            method, path, form, status = "POST", self.base + "/" + key, {"Value": after}, 200
        else:
            key = "w%d-%s" % (self.number, self.random.getrandbits(60))
            after = "x" * self.random.randrange(2000)
            method, path, form, status = "POST", self.base, {"Key": key, "Value": after}, 201
        self.doubt = {key: (self.known.get(key, ABSENT), after)}
        answer = self.server.ask(method, path, form)
        assert answer.status == status, (answer.status, answer.body)
        self.doubt = {}
        self.writes += 1
        if after is ABSENT:
            del self.known[key]
        else:
            self.known[key] = after

    def run(self):
        try:
            while True:
                self.one()
        except (OSError, http.client.HTTPException):
            pass  # killed


class Uploader(Writer):
    """Uploads Apps and deletes them: rows and blobs that belong together."""

    def one(self):
        names = sorted(self.known)
        if len(names) > 5:
            name, after = self.random.choice(names), ABSENT
            self.doubt = {name: (self.known[name], ABSENT)}
            answer = self.server.ask("DELETE", "/v1/Apps/" + name)
            assert answer.status == 204, answer.body
            del self.known[name]
        else:
            name, bundle = "a%s" % self.random.getrandbits(60), self.random.choice(BUNDLES)
            self.doubt = {name: (ABSENT, "any")}
            answer = self.server.upload_zip(bundle, name)
            assert answer.status == 201, answer.body
            self.known[name] = "any"
        self.doubt = {}
        self.writes += 1


BUNDLES = []


class Kill(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        for _ in range(4):
            self.server.upload(os.urandom(3000))
            BUNDLES.append((self.server.folder / "bundle.zip").read_bytes())
        self.known = [{} for _ in range(WRITERS + 1)]
        self.writes = 0

    def tearDown(self):
        BUNDLES.clear()
        self.server.end()

    def all(self, path):
        records, url = [], path + "?PageSize=1000"
        while url:
            page = self.server.ask("GET", url).json
            records += page[page["meta"]["key"]]
            url = page["meta"]["next_page_url"]
        return records

    def settle(self, writer, there):
        """What is there must be what was acknowledged, or in doubt at the moment of the kill."""
        known = self.known[writer.number]
        for key in set(known) | set(writer.doubt):
            allowed = writer.doubt.get(key, (known.get(key),))
            found = there.pop(key, ABSENT)
            if "any" in allowed and found is not ABSENT:
                found = "any"
            self.assertIn(found, allowed, key)
            if found is ABSENT:
                known.pop(key, None)
            else:
                known[key] = found

    def one_round(self, number):
        writers = [Writer(self.server, i, self.known[i], number * 100 + i) for i in range(WRITERS)]
        writers.append(Uploader(self.server, WRITERS, self.known[WRITERS], number))
        for writer in writers:
            writer.start()
        time.sleep(random.Random(number).uniform(0.05, 0.4))
        self.server.kill()
        for writer in writers:
            writer.join()
        self.server.start()
        self.writes += sum(writer.writes for writer in writers)
        configs = {r["key"]: r["value"] for r in self.all("/v1/Configs")}
        secrets = {r["key"]: "any" for r in self.all("/v1/Secrets")}
        apps = {r["unique_name"]: "any" for r in self.all("/v1/Apps") if r["unique_name"]}
        for writer in writers:
            if isinstance(writer, Uploader):
                self.settle(writer, apps)
            elif writer.base == "/v1/Configs":
                self.settle(writer, configs)
            else:
                for key, value in self.known[writer.number].items():
                    self.known[writer.number][key] = "any"
                writer.doubt = {k: tuple(v if v is ABSENT else "any" for v in pair)
                                for k, pair in writer.doubt.items()}
                self.settle(writer, secrets)
        self.assertEqual((configs, secrets, apps), ({}, {}, {}))  # and nothing that nobody wrote

    def check_blobs(self):
        rows = self.server.database.query("SELECT %s, size FROM blob" % (
            "encode(hash, 'hex')" if POSTGRES else "lower(hex(hash))"))
        if POSTGRES:
            wrong = self.server.database.query(
                "SELECT count(*) FROM blob WHERE sha256(bytes) <> hash OR length(bytes) <> size")
            self.assertEqual(wrong, [("0",)])
            return
        folder = self.server.state / "blobs"
        for name, size in rows:
            content = (folder / name).read_bytes()
            self.assertEqual((hashlib.sha256(content).hexdigest(), len(content)), (name, int(size)))
        self.assertEqual({path.name for path in folder.iterdir()}, {name for name, _ in rows})

    def check_database(self):
        audit = self.server.command("verify-audit")
        self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)
        self.server.stop()
        if POSTGRES:
            self.server.database.query("CREATE EXTENSION IF NOT EXISTS amcheck; SELECT"
                                       " bt_index_check(oid, true) FROM pg_class WHERE relkind = 'i'"
                                       " AND relnamespace = 'public'::regnamespace")
        else:
            self.assertEqual(self.server.database.query("PRAGMA integrity_check"), [("ok",)])
            self.assertEqual(self.server.database.query("PRAGMA foreign_key_check"), [])
        self.server.start()
        self.server.stop()  # the sweep of a start has been
        self.check_blobs()
        self.server.start()

    def test_acknowledged_writes_survive(self):
        rounds = int(os.environ.get("MV_KILL_ROUNDS", "20"))
        for number in range(rounds):
            self.one_round(number)
            if number % 20 == 19 or number == rounds - 1:
                self.check_database()
        self.assertGreater(self.writes, rounds * 5)
        print("%d kills, %d acknowledged writes, none lost" % (rounds, self.writes), flush=True)


if __name__ == "__main__":
    unittest.main()
