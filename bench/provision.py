#!/usr/bin/env python3
"""Provisions many devices with one signing request: provision.py FOLDER COUNT API_PORT AUTHORIZATION.

Appends lines "SID BASE64-DER" to FOLDER/certificates.
"""
import http.client
import json
import pathlib
import sys
import threading
import urllib.parse

folder, count, port, authorization = sys.argv[1:]
request = (pathlib.Path(folder) / "request.pem").read_text()
body = urllib.parse.urlencode({"Csr": request})
headers = {"Authorization": "Basic " + authorization,
           "Content-Type": "application/x-www-form-urlencoded"}
AT_ONCE = 16
lines = []


def provision(share):
    connection = http.client.HTTPConnection("127.0.0.1", int(port))
    for _ in range(share):
        connection.request("POST", "/ext/v1/devices", body, headers)
        answer = connection.getresponse()
        device = json.loads(answer.read())
        if answer.status != 201:
            sys.exit(f"a device cannot be made: {device}")
        base64 = "".join(line for line in device["certificate"].split("\n") if "-" * 5 not in line)
        lines.append(f"{device['sid']} {base64}\n")


shares = [int(count) // AT_ONCE + (index < int(count) % AT_ONCE) for index in range(AT_ONCE)]
threads = [threading.Thread(target=provision, args=(share,)) for share in shares if share]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with open(f"{folder}/certificates", "a", encoding="ascii") as out:
    out.writelines(lines)
if len(lines) != int(count):
    sys.exit("not all devices were made")
