"""What an operator does: accounts, reload, backup and restore, certificates, the journal."""
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
import unittest
import zipfile

from service import DAEMON, POSTGRES, Server, Sqlite


def command(server, *words, check=True):
    """Runs an administrator's command on the server's state folder; the lines it printed."""
    done = server.command(*words)
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
    return done


def reload(server):
    """SIGHUP, and waits until the server has taken it."""
    run = server.state / "run.json"
    before = json.loads(run.read_text())["reloads"]
    server.process.send_signal(signal.SIGHUP)
    for _ in range(400):
        if json.loads(run.read_text())["reloads"] > before:
            return
        time.sleep(0.02)
    raise AssertionError("no reload: " + server.log())


def own_certificate(folder, name):
    key, certificate = folder / (name + ".key"), folder / (name + ".pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out",
                    str(certificate), "-subj", "/CN=" + name, "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return key, certificate


class Accounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        made = command(cls.server, "account", "create", "--name", "Zweite Füße")[0]
        cls.other = (made["account_sid"], made["auth_token"])

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def test_a_new_account_works_at_once_and_is_empty(self):
        for path in ("/v1/Apps", "/v1/Devices", "/v1/Configs", "/v1/Secrets", "/ext/v1/keys"):
            answer = self.server.ask("GET", path, user=self.other)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.json[answer.json["meta"]["key"]], [])
        self.assertEqual(len(command(self.server, "account", "list")), 2)
        self.assertNotIn("auth_token", json.dumps(command(self.server, "account", "list")))
        self.assertEqual(self.server.ask("GET", "/metrics", user=self.other).status, 403)

    def test_names_are_unique_in_each_account(self):
        first = self.server.upload(os.urandom(3000), "same name")
        second = self.server.upload(os.urandom(3000), "same name", user=self.other)
        self.assertEqual((first.status, second.status), (201, 201))
        for user, app in ((self.server.user, first), (self.other, second)):
            self.assertEqual(self.server.ask("GET", "/v1/Apps/same%20name", user=user).json["sid"],
                             app.json["sid"])
        self.assertEqual(self.server.ask("GET", "/v1/Apps/" + first.json["sid"],
                                         user=self.other).status, 404)
        self.assertEqual(second.json["account_sid"], self.other[0])

    def test_rotation(self):
        sid = command(self.server, "account", "create")[0]["account_sid"]
        def status(token):
            return self.server.ask("GET", "/v1/Apps", user=(sid, token)).status
        first = command(self.server, "account", "rotate", sid, "--grace", "3600")[0]["auth_token"]
        second = command(self.server, "account", "rotate", sid, "--grace", "3600")[0]["auth_token"]
        self.assertEqual((status(first), status(second)), (200, 200))
        third = command(self.server, "account", "rotate", sid)[0]["auth_token"]
        self.assertEqual((status(first), status(second), status(third)), (401, 401, 200))

    def test_suspension(self):
        made = command(self.server, "account", "create")[0]
        user = (made["account_sid"], made["auth_token"])
        key = self.server.ask("POST", "/ext/v1/keys", {"Role": "admin"}, user=user).json
        self.assertEqual(command(self.server, "account", "suspend", user[0])[0]["status"],
                         "suspended")
        for who in (user, (key["sid"], key["secret"])):
            answer = self.server.ask("GET", "/v1/Apps", user=who)
            self.assertEqual((answer.status, answer.json["code"]), (403, 20005))
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=(user[0], "x")).status, 401)
        self.assertEqual(self.server.ask("GET", "/v1/Apps").status, 200)
        command(self.server, "account", "resume", user[0])
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=user).status, 200)
        operations = [r["operation"] for r in
                      self.server.ask("GET", "/ext/v1/audit", user=user).json["records"]]
        self.assertEqual(operations, ["audit log begins", "POST /ext/v1/keys", "account suspend",
                                      "account resume"])

    def test_each_account_has_its_own_limit(self):
        made = command(self.server, "account", "create")[0]
        user = (made["account_sid"], made["auth_token"])
        command(self.server, "account", "limit", user[0], "2")
        statuses = [self.server.ask("GET", "/v1/Apps", user=user).status for _ in range(20)]
        self.assertIn(429, statuses)
        self.assertEqual(statuses[:4], [200] * 4)
        self.assertEqual(self.server.ask("GET", "/v1/Apps").status, 200)
        command(self.server, "account", "limit", user[0], "default")
        self.assertEqual(self.server.ask("GET", "/v1/Apps", user=user).status, 200)

    def test_what_is_refused(self):
        for words, text in ((["account", "suspend", "AC" + "0" * 32], "no such account"),
                            (["account", "limit", self.other[0], "1000001"], "a limit is"),
                            (["account", "limit", self.other[0], "x"], "a limit is")):
            done = command(self.server, *words, check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(text, done.stderr)
        for words in (["account"], ["account", "remove"], ["nonsense"], ["account", "rotate"]):
            self.assertEqual(command(self.server, *words, check=False).returncode, 2)

    def test_the_audit_logs_are_whole(self):
        done = command(self.server, "verify-audit", check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(self.other[0], done.stdout)
        self.assertEqual(done.stdout.count("whole"), len(command(self.server, "account", "list")))


class Reload(unittest.TestCase):
    def setUp(self):
        self.server = Server()

    def tearDown(self):
        self.server.end()

    def configure(self, **config):
        self.server.config = config
        (self.server.folder / "config.json").write_text(json.dumps(config))

    def test_certificates_change_while_connections_stay(self):
        key, certificate = own_certificate(self.server.folder, "first")
        self.configure(api_key=str(key), api_certificate=str(certificate))
        self.server.ca_file = certificate
        self.server.start()
        kept = self.server.connection()
        kept.request("GET", "/healthz")
        self.assertEqual(kept.getresponse().read()[:1], b"{")
        new_key, new_certificate = own_certificate(self.server.folder, "second")
        new_key.replace(key)
        reload(self.server)  # key and certificate do not fit: the old pair stays
        self.assertEqual(self.server.ask("GET", "/v1/Apps").status, 200)
        self.assertIn("the key is not the certificate's", self.server.log())
        new_certificate.replace(certificate)
        reload(self.server)
        self.assertEqual(self.server.ask("GET", "/v1/Apps").status, 200)  # verified by the new one
        kept.request("GET", "/healthz")
        self.assertEqual(kept.getresponse().read()[:1], b"{")
        kept.close()

    def gateway_certificate(self):
        """What the gateway shows, although it then refuses a client without a certificate."""
        port = json.loads((self.server.state / "run.json").read_text())["gateway_port"]
        shown = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-alpn",
                                "microvisor/1", "-servername", "gateway.microvisor.local"],
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                               check=False).stdout.decode()
        return shown[shown.index("-----BEGIN"):shown.index("-----END")].split()

    def test_a_new_gateway_certificate(self):
        self.server.start()
        file = self.server.state / "gateway.cert.pem"
        before = self.gateway_certificate()
        self.assertEqual(before, file.read_text().split("-----END")[0].split())
        reload(self.server)
        self.assertEqual(self.gateway_certificate(), before)
        file.unlink()  # the operator wants a new one
        reload(self.server)
        after = self.gateway_certificate()
        self.assertNotEqual(after, before)
        self.assertEqual(after, file.read_text().split("-----END")[0].split())
        (self.server.state / "gateway.key.pem").write_text("damaged")
        reload(self.server)
        self.assertEqual(self.gateway_certificate(), after)
        self.assertIn("the old one stays", self.server.log())

    def test_options(self):
        self.configure(rate_limit=0)
        self.server.start()
        self.assertEqual({self.server.ask("GET", "/v1/Apps").status for _ in range(30)}, {200})
        self.configure(rate_limit=1, log_format="json")
        reload(self.server)
        self.assertIn(429, [self.server.ask("GET", "/v1/Apps").status for _ in range(10)])
        last = json.loads(self.server.log().splitlines()[-1])
        self.assertEqual((last["level"], last["room"]), ("info", "main"))
        self.configure(rate_limit=0, keepalive_s=7)
        reload(self.server)
        self.assertIn("keepalive_s", self.server.log())
        self.assertIn(429, [self.server.ask("GET", "/v1/Apps").status for _ in range(10)])
        (self.server.folder / "config.json").write_text("{nonsense")
        reload(self.server)
        self.assertIn(429, [self.server.ask("GET", "/v1/Apps").status for _ in range(10)])

    def test_systemd_is_told(self):
        address = str(self.server.folder / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(address)
            listener.settimeout(20)
            os.environ["NOTIFY_SOCKET"] = address
            try:
                self.server.start()
            finally:
                del os.environ["NOTIFY_SOCKET"]
            self.assertEqual(listener.recv(100).decode().split("\n")[0], "READY=1")
            reload(self.server)
            state, since = listener.recv(100).decode().split("\n")
            self.assertEqual(state, "RELOADING=1")
            self.assertRegex(since, r"^MONOTONIC_USEC=\d+$")
            self.assertEqual(listener.recv(100).decode().split("\n")[0], "READY=1")
            self.server.stop()
            self.assertEqual(listener.recv(100).decode().split("\n")[0], "STOPPING=1")

    def test_environment_stands_above_the_file(self):
        self.configure(rate_limit=0)
        os.environ["MICROVISORD_RATE_LIMIT"] = "1"
        try:
            self.server.start()
            self.assertIn(429, [self.server.ask("GET", "/v1/Apps").status for _ in range(10)])
        finally:
            del os.environ["MICROVISORD_RATE_LIMIT"]
        for name, value in (("MICROVISORD_RATE_LIMIT", "x"), ("MICROVISORD_NONE", "1")):
            done = subprocess.run([DAEMON, "--state", "/none"], capture_output=True, text=True,
                                  env=dict(os.environ, **{name: value}), timeout=10, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(name, done.stderr)


class Backup(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.file = self.server.folder / "backup.zip"

    def tearDown(self):
        self.server.end()

    def backup(self):
        return self.server.command("backup", "--to", str(self.file))

    def restore(self, other):
        return other.command("restore", "--from", str(self.file))

    def fill(self):
        app = self.server.upload(os.urandom(50000), "app").json
        device = self.server.provision("device")
        self.server.ask("POST", "/v1/Devices/device", {"TargetApp": "app"})
        self.server.ask("POST", "/v1/Configs", {"Key": "k", "Value": "value ü"})
        self.server.ask("POST", "/v1/Devices/device/Secrets", {"Key": "s", "Value": "open-sesame"})
        return app, device

    def test_backup_beside_the_running_server_and_restore(self):
        app, device = self.fill()
        before = {path: self.server.ask("GET", path).json for path in
                  ("/v1/Apps/app/Manifest", "/v1/Devices/device", "/v1/Configs/k")}
        done = self.backup()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)
        self.server.ask("POST", "/v1/Configs", {"Key": "later", "Value": "v"})
        other = Server()
        done = self.restore(other)
        self.assertEqual(done.returncode, 0, done.stderr)
        other.start()
        try:
            for path, json_before in before.items():
                text = json.dumps(other.ask("GET", path).json)
                self.assertEqual(json.loads(text.replace(other.url, self.server.url)), json_before)
            self.assertEqual(other.ask("GET", "/v1/Devices/device/Secrets/s").status, 200)
            self.assertEqual(other.ask("GET", "/v1/Configs/later").status, 404)
            self.assertEqual(other.user, self.server.user)
            self.assertNotEqual(other.upload(os.urandom(3000)).json["sid"], app["sid"])
            self.assertNotEqual(other.provision(), device)
            self.assertEqual(command(other, "verify-audit", check=False).returncode, 0)
            again = self.restore(other)
            self.assertEqual(again.returncode, 1)  # never over something that is there
            self.assertIn("new state folder", again.stderr)
        finally:
            other.end()

    @unittest.skipUnless(POSTGRES, "needs PostgreSQL")
    def test_a_backup_moves_to_the_other_database(self):
        app, device = self.fill()
        self.assertEqual(self.backup().returncode, 0)
        other = Server(database=Sqlite)
        third = Server()
        try:
            for server, kind in ((other, "sqlite"), (third, "postgresql")):
                done = self.restore(server)
                self.assertEqual(done.returncode, 0, done.stderr)
                server.start()
                self.assertIn("store=" + kind, server.log())
                target = server.ask("GET", "/v1/Devices/" + device).json["app"]["target_sid"]
                self.assertEqual(target, app["sid"])
                self.assertEqual(server.ask("GET", "/v1/Configs/k").json["value"], "value ü")
                self.assertEqual(server.ask("POST", "/v1/Configs", {"Key": "n"}).status, 400)
                self.assertEqual(server.ask("POST", "/v1/Configs",
                                            {"Key": "n" + kind, "Value": ""}).status, 201)
                self.assertEqual(server.command("verify-audit").returncode, 0)
                done = server.command("backup", "--to", str(self.file) + "2")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.file = self.server.folder / "backup.zip2"
        finally:
            other.end()
            third.end()

    def test_a_damaged_backup_is_refused(self):
        self.fill()
        self.assertEqual(self.backup().returncode, 0)
        good = zipfile.ZipFile(self.file)
        members = {name: good.read(name) for name in good.namelist()}
        blob = next(name for name in members if name.startswith("blobs/"))
        damages = ({blob: members[blob][:-1] + b"x"}, {blob: None}, {"microvisor.db": None},
                   {"microvisor.db": b"no database"}, {"backup.json": b'{"format":99}'},
                   {"vault.key": None})
        for damage in damages:
            with zipfile.ZipFile(self.file, "w") as bad:
                for name, content in dict(members, **damage).items():
                    if content is not None:
                        bad.writestr(name, content)
            other = Server()
            done = self.restore(other)
            self.assertEqual(done.returncode, 1, damage.keys())
            self.assertIn(" error ", done.stderr)
            self.assertFalse((other.state / "account.json").exists(), damage.keys())
            other.end()
        self.file.write_bytes(b"not a zip")
        other = Server()
        self.assertEqual(self.restore(other).returncode, 1)
        other.end()

    def test_backups_while_others_write(self):
        errors = []
        for i in range(3):
            writer = subprocess.Popen(
                ["sh", "-c", "i=0; while :; do i=$((i+1)); curl -s -u %s:%s %s/v1/Configs"
                 " -d Key=w%d-$i -d Value=$i >/dev/null || exit 1; done"
                 % (self.server.user + (self.server.url, i))])
            try:
                done = self.backup()
            finally:
                writer.kill()
                writer.wait()
            if done.returncode != 0:
                errors.append(done.stderr)
            with zipfile.ZipFile(self.file) as archive:
                archive.extract("microvisor.db", self.server.folder)
            store = sqlite3.connect(self.server.folder / "microvisor.db")
            self.assertEqual(store.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            settings, = store.execute("SELECT count(*) FROM setting").fetchone()
            audits, = store.execute("SELECT count(*) FROM audit").fetchone()
            self.assertEqual(audits, settings + 1)  # one moment: a change and its record, or neither
            store.close()
        self.assertEqual(errors, [])


class Lost(unittest.TestCase):
    @unittest.skipUnless(POSTGRES, "needs PostgreSQL")
    def test_a_lost_database_connection_is_made_again(self):
        server = Server().start()
        try:
            self.assertEqual(server.ask("POST", "/v1/Configs", {"Key": "a", "Value": "1"}).status,
                             201)
            for i in range(3):
                server.database.manage("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                       " WHERE datname = '%s'" % server.database.name)
                statuses = [server.ask("POST", "/v1/Configs",
                                       {"Key": "b%d%d" % (i, j), "Value": "1"}).status
                            for j in range(3)]
                self.assertEqual(statuses[-1], 201, statuses)
                self.assertLessEqual(set(statuses), {201, 500})
                for j, status in enumerate(statuses):
                    found = server.ask("GET", "/v1/Configs/b%d%d" % (i, j)).status
                    self.assertEqual(found, 200 if status == 201 else 404)
            server.database.manage("ALTER DATABASE %s ALLOW_CONNECTIONS false" % server.database.name)
            server.database.manage("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                   " WHERE datname = '%s'" % server.database.name)
            for _ in range(2):
                answer = server.ask("GET", "/v1/Configs/a")
                self.assertEqual((answer.status, answer.json["code"]), (500, 20500))
                self.assertEqual(server.ask("GET", "/readyz", user=None).status, 500)
            server.database.manage("ALTER DATABASE %s ALLOW_CONNECTIONS true" % server.database.name)
            self.assertEqual(server.ask("GET", "/v1/Configs/a").status, 200)
            self.assertEqual(server.ask("GET", "/readyz", user=None).status, 200)
        finally:
            server.end()

    @unittest.skipUnless(POSTGRES, "needs PostgreSQL")
    def test_a_second_server_is_kept_off(self):
        server = Server().start()
        other = Server()
        try:
            other.database.environment = server.database.environment
            with self.assertRaisesRegex(RuntimeError, "another microvisord uses this database"):
                other.start()
            other.process = None
        finally:
            server.end()
            other.end()


if __name__ == "__main__":
    unittest.main()
