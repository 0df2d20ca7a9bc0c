"""Records whose answers the server keeps for a moment: nobody reads what was before a change that was told,
nobody reads what is for others."""
import json
import threading
import unittest

from service import Server


class Kept(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.device = cls.server.provision("meter")

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def read(self, path=None, user="account", headers=None):
        return self.server.ask("GET", path or "/v1/Devices/" + self.device, user=user, headers=headers)

    def key(self, role, *devices):
        form = [("Role", role)] + [("Device", device) for device in devices]
        made = self.server.ask("POST", "/ext/v1/keys", form)
        self.assertEqual(made.status, 201, made.body)
        return made.json["sid"], made.json["secret"]

    def test_a_reader_never_sees_what_was_before(self):
        """Readers that never pause keep the answer warm while it changes four hundred times."""
        told, failures, going = [0], [], [True]

        def read_on():
            while going[0]:
                least = told[0]
                name = self.read().json["unique_name"]
                if name != "meter" and int(name[1:]) < least:
                    failures.append((name, least))

        readers = [threading.Thread(target=read_on) for _ in range(4)]
        for reader in readers:
            reader.start()
        try:
            for number in range(1, 401):
                form = {"UniqueName": "n%d" % number}
                answer = self.server.ask("POST", "/v1/Devices/" + self.device, form)
                self.assertEqual(answer.status, 200)
                told[0] = number
                self.assertEqual(self.read().json, answer.json)
        finally:
            going[0] = False
            for reader in readers:
                reader.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.read("/v1/Devices/n400").status, 200)
        self.assertEqual(self.read("/v1/Devices/n399").status, 404)
        self.server.ask("POST", "/v1/Devices/" + self.device, {"UniqueName": "meter"})

    def test_other_hosts_get_their_own_urls(self):
        for _ in range(3):
            for host in ("one.example", "two.example:8443"):
                url = self.read(headers={"Host": host}).json["url"]
                self.assertEqual(url, "http://%s/v1/Devices/%s" % (host, self.device))

    def test_keys_see_what_they_may(self):
        other = self.server.provision("other")
        limited = self.key("read", self.device)
        foreign = self.key("read", other)
        whole = self.key("read")
        for _ in range(3):
            self.assertEqual(self.read().status, 200)
            self.assertEqual(self.read(user=limited).status, 200)
            self.assertEqual(self.read(user=whole).status, 200)
            self.assertEqual(self.read(user=foreign).status, 404)
            self.assertEqual(self.read(user=(limited[0], "wrong")).status, 401)
            self.assertEqual(self.read(user=None).status, 401)
        self.server.ask("POST", "/ext/v1/keys/" + limited[0], {"Device": other})
        self.assertEqual(self.read(user=limited).status, 404)
        self.assertEqual(self.server.ask("DELETE", "/ext/v1/keys/" + whole[0]).status, 204)
        self.assertEqual(self.read(user=whole).status, 401)

    def test_other_accounts_see_nothing(self):
        made = self.server.command("account", "create", "--name", "guest")
        self.assertEqual(made.returncode, 0, made.stderr)
        account = json.loads(made.stdout)
        guest = (account["account_sid"], account["auth_token"])
        for _ in range(3):
            self.assertEqual(self.read().status, 200)
            self.assertEqual(self.read(user=guest).status, 404)
        named = self.server.provision_as(guest, "meter")
        for _ in range(2):
            self.assertEqual(self.read("/v1/Devices/meter").json["sid"], self.device)
            self.assertEqual(self.read("/v1/Devices/meter", user=guest).json["sid"], named)

    def test_what_is_gone_is_gone(self):
        gone = self.server.provision("gone")
        app = self.server.upload(bytes(4000)).json["sid"]
        for path, removal in (("/v1/Devices/" + gone, "/ext/v1/devices/" + gone),
                              ("/v1/Apps/" + app, "/v1/Apps/" + app)):
            self.assertEqual(self.read(path).status, 200)
            self.assertEqual(self.read(path).status, 200)
            self.assertEqual(self.server.ask("DELETE", removal).status, 204)
            self.assertEqual(self.read(path).status, 404)

    def test_head_and_close(self):
        for _ in range(2):
            full = self.read()
            head = self.server.ask("HEAD", "/v1/Devices/" + self.device)
            self.assertEqual((head.status, head.body), (200, b""))
            self.assertEqual(head.headers["Content-Length"], str(len(full.body)))
            closed = self.read(headers={"Connection": "close"})
            self.assertEqual(closed.headers["Connection"], "close")
            self.assertEqual(closed.headers["Access-Control-Allow-Origin"], "*")


if __name__ == "__main__":
    unittest.main()
