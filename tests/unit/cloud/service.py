"""A microvisord of its own for the Python tests, a client for it, and the published description.

Environment: MICROVISORD and MICROVISOR (the programs), MV_ROOT (the project folder), and
MV_TEST_POSTGRES if the servers are to keep their data there (with_postgres.py).
"""
import base64
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import sqlite3
import ssl
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(os.environ["MV_ROOT"])
DAEMON = os.environ["MICROVISORD"]
CLI = os.environ["MICROVISOR"]
POSTGRES = os.environ.get("MV_TEST_POSTGRES")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.json = json.loads(body) if body and body[:1] in (b"{", b"[") else None


class Sqlite:
    """A server's database, seen from the side: a file in its state folder."""

    def __init__(self, state):
        self.file = state / "microvisor.db"
        self.environment = {}

    def query(self, sql):
        store = sqlite3.connect(self.file, timeout=30)
        rows = [store.execute(part).fetchall() for part in sql.split(";")][-1]
        store.commit()
        store.close()
        return [tuple(str(value) for value in row) for row in rows]

    def content(self):
        return b"".join(p.read_bytes() for p in self.file.parent.iterdir() if p.is_file())

    def save(self):
        self.saved = self.file.read_bytes()

    def put_back(self):
        self.file.write_bytes(self.saved)

    def drop(self):
        pass


class Postgres:
    """The same in the PostgreSQL that with_postgres.py started."""

    def __init__(self, _state):
        self.name = "mv_" + secrets.token_hex(6)
        self.environment = {"MICROVISORD_STORE": "%s dbname=%s" % (POSTGRES, self.name)}
        self.manage("CREATE DATABASE %s" % self.name)

    @staticmethod
    def run(database, sql):
        done = subprocess.run(["psql", "%s dbname=%s" % (POSTGRES, database), "-qAtX", "-v",
                               "ON_ERROR_STOP=1", "-F", "\x1f"], input=sql, text=True,
                              capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return [tuple(line.split("\x1f")) for line in done.stdout.splitlines()]

    def manage(self, sql):
        self.run("postgres", sql)

    def query(self, sql):
        return self.run(self.name, sql)

    def content(self):
        """The rows as text; bytes in it are hexadecimal, so both are given."""
        dump = subprocess.run(["pg_dump", "%s dbname=%s" % (POSTGRES, self.name)],
                              capture_output=True, timeout=60, check=True).stdout
        return dump + b"".join(bytes.fromhex(part.decode())
                               for part in re.findall(rb"\\\\x((?:[0-9a-f]{2})+)", dump))

    def save(self):
        self.manage("CREATE DATABASE %s_saved TEMPLATE %s" % (self.name, self.name))

    def put_back(self):
        self.manage("DROP DATABASE %s WITH (FORCE)" % self.name)
        self.manage("CREATE DATABASE %s TEMPLATE %s_saved" % (self.name, self.name))

    def drop(self):
        for name in (self.name, self.name + "_saved"):
            self.manage("DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)


class Server:
    """A server process with a state folder that is removed at the end."""

    def __init__(self, config=None, database=Postgres if POSTGRES else Sqlite):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mv-cloud-py-"))
        self.state = self.folder / "state"
        self.state.mkdir(mode=0o700)
        self.database = database(self.state)
        self.process = None
        self.wrapper = []  # words before the program's name
        self.config = config
        self.ca_file = None

    def start(self):
        arguments = self.wrapper + [DAEMON, "--state", str(self.state)]
        if self.config is not None:
            (self.folder / "config.json").write_text(json.dumps(self.config))
            arguments += ["--config", str(self.folder / "config.json")]
        (self.state / "run.json").unlink(missing_ok=True)
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log,
                                            env=dict(os.environ, **self.database.environment))
        for _ in range(600):
            if (self.state / "run.json").exists():
                run = json.loads((self.state / "run.json").read_text())
                break
            if self.process.poll() is not None:
                raise RuntimeError("microvisord ended: " + self.log())
            time.sleep(0.05)
        self.url = run["api_url"]
        account = json.loads((self.state / "account.json").read_text())
        self.user = (account["account_sid"], account["auth_token"])
        self.account_sid = account["account_sid"]
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.process = None
        assert code == 0, self.log()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def end(self):
        if self.process is not None:
            self.stop()
        self.database.drop()
        shutil.rmtree(self.folder)

    def command(self, *words):
        """Runs microvisord with these words on the state folder, beside the server or without."""
        return subprocess.run([DAEMON] + list(words) + ["--state", str(self.state)], text=True,
                              capture_output=True, timeout=60, check=False,
                              env=dict(os.environ, **self.database.environment))

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def basic(self):
        """The header line with the account's credentials."""
        return "Authorization: Basic " + base64.b64encode(":".join(self.user).encode()).decode()

    def connection(self):
        place = urllib.parse.urlsplit(self.url)
        if place.scheme == "http":
            return http.client.HTTPConnection(place.netloc, timeout=30)
        trusted = self.ca_file or self.state / "ca.cert.pem"
        return http.client.HTTPSConnection(place.netloc, timeout=30,
                                           context=ssl.create_default_context(cafile=trusted))

    def ask(self, method, path, form=None, user="account", headers=None, body=None):
        """One request. form: dict or list of pairs; path may be an absolute URL of this server."""
        if path.startswith(self.url):
            path = path[len(self.url):]
        headers = dict(headers or {})
        if user == "account":
            user = self.user
        if user is not None:
            token = base64.b64encode(":".join(user).encode()).decode()
            headers.setdefault("Authorization", "Basic " + token)
        if form is not None:
            body = urllib.parse.urlencode(form, quote_via=urllib.parse.quote)
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection = self.connection()
        connection.request(method, path, body=body, headers=headers)
        got = connection.getresponse()
        answer = Answer(got.status, got.headers, got.read())
        connection.close()
        return answer

    def upload(self, image, name=None, user="account"):
        """Makes a bundle with the command line program and uploads it."""
        path = self.folder / "image.bin"
        path.write_bytes(image)
        subprocess.run([CLI, "apps", "bundle", str(path), str(self.folder / "bundle.zip")],
                       check=True, capture_output=True)
        return self.upload_zip((self.folder / "bundle.zip").read_bytes(), name, user)

    def upload_zip(self, bundle, name=None, user="account"):
        parts = [b'--edge\r\nContent-Disposition: form-data; name="File"; filename="b.zip"\r\n\r\n'
                 + bundle + b"\r\n"]
        if name is not None:
            parts.append(b'--edge\r\nContent-Disposition: form-data; name="UniqueName"\r\n\r\n'
                         + name.encode() + b"\r\n")
        return self.ask("POST", "/v1/Apps", user=user, body=b"".join(parts) + b"--edge--\r\n",
                        headers={"Content-Type": "multipart/form-data; boundary=edge"})

    def csr(self):
        key = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                              "ec_paramgen_curve:P-256"], check=True, capture_output=True).stdout
        (self.folder / "device.pem").write_bytes(key)
        return subprocess.run(["openssl", "req", "-new", "-key", str(self.folder / "device.pem"),
                               "-subj", "/CN=device"], check=True, capture_output=True,
                              text=True).stdout

    def provision(self, name=None):
        return self.provision_as(self.user, name)

    def provision_as(self, user, name=None):
        form = {"Csr": self.csr()}
        if name is not None:
            form["UniqueName"] = name
        answer = self.ask("POST", "/ext/v1/devices", form, user=user)
        assert answer.status == 201, answer.body
        return answer.json["sid"]


def routes(without_open=False):
    """(method, path) of every route in the source's table, with * for a parameter."""
    source = (ROOT / "cloud/api/router.c").read_text()
    table = source[source.index("static const struct route routes[]"):]
    table = table[:table.index("};")]
    if without_open:
        table = "\n".join(line for line in table.splitlines() if ".open = true" not in line)
    found = set(re.findall(r"\{(GET|POST|DELETE)\(\"([^\"]+)\"\)", table))
    found |= set(re.findall(r"\.method = \"(\w+)\", \.path = \"([^\"]+)\"", table))
    for base in re.findall(r"SETTINGS\(\"([^\"]+)\"", table):
        found |= {(method, base + path) for method, path in (
            ("GET", ""), ("POST", ""), ("GET", "/*"), ("POST", "/*"), ("DELETE", "/*"))}
    return found


class Description:
    """An OpenAPI description, the published one if no other is named; raises on an answer that it
    does not allow."""

    def __init__(self, name="openapi-v1.json"):
        self.api = json.loads((ROOT / "cloud/api" / name).read_text())
        self.seen = set()

    def operations(self):
        return {operation["operationId"]: (method.upper(), path)
                for path, methods in self.api["paths"].items()
                for method, operation in methods.items() if isinstance(operation, dict)
                and "operationId" in operation}

    def check(self, operation_id, answer):
        method, path = self.operations()[operation_id]
        responses = self.api["paths"][path][method.lower()]["responses"]
        found = str(answer.status) if str(answer.status) in responses else "default"
        assert found in responses, (operation_id, answer.status, answer.body)
        response = responses[found]
        for header in response.get("headers", {}):
            assert header in answer.headers, (operation_id, header)
        content = response.get("content")
        if content is None:
            assert answer.body == b"", (operation_id, answer.body)
        else:
            kind, = content
            assert answer.headers["Content-Type"].startswith(kind)
            self.value(content[kind]["schema"], answer.json if kind == "application/json"
                       else answer.body.decode(), operation_id)
        self.seen.add(operation_id)
        return answer.json

    def value(self, schema, value, where):
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return self.value(self.api["components"]["schemas"][name], value, where + ":" + name)
        if value is None:
            assert schema.get("nullable"), where + " is null"
            return None
        kind = schema.get("type")
        types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
        if kind is not None:
            assert isinstance(value, types[kind]), (where, kind, value)
        if kind == "string":
            self.text(schema, value, where)
        elif kind == "array":
            for i, item in enumerate(value):
                self.value(schema["items"], item, "%s[%d]" % (where, i))
        elif kind == "object" and "properties" in schema:
            # The description requires nothing, but the examples always carry every field.
            assert set(value) == set(schema["properties"]), (where, sorted(value))
            for key, part in schema["properties"].items():
                self.value(part, value[key], where + "." + key)
        elif kind == "object" and schema.get("format") == "uri-map":
            for key, item in value.items():
                self.text({"format": "uri"}, item, where + "." + key)
        return None

    @staticmethod
    def text(schema, value, where):
        assert len(value) >= schema.get("minLength", 0), where
        assert len(value) <= schema.get("maxLength", len(value)), where
        if "pattern" in schema:
            assert re.search(schema["pattern"], value), (where, value)
        if "enum" in schema:
            assert value in schema["enum"], (where, value)
        if schema.get("format") == "date-time":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), (where, value)
        if schema.get("format") == "uri":
            assert re.fullmatch(r"https?://[!-~]+", value), (where, value)
