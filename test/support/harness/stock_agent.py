"""A managed machine of the stock protocol, as far as its requests go: RSA key, signature, HTTPS, WebSocket.

References: agent-protocol.md 3.2 (identity and signing), 5 (registration), 8 (WebSocket).
"""

import base64
import http.client
import json
import os
import subprocess
import time
import uuid

from . import raw
from .api import Answer
from .waiting import wait_for
from .world import program_path

USER_AGENT = "linux_amd64/2.2.3.578"


class Key:
    """An RSA key of 2048 bits made by the openssl program."""

    def __init__(self, folder):
        self.private = os.path.join(folder, f"stock-{uuid.uuid4().hex}.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                        self.private], check=True, capture_output=True)
        self.public = subprocess.run(["openssl", "pkey", "-in", self.private, "-pubout"], check=True,
                                     capture_output=True).stdout

    def sign(self, data):
        """RSASSA-PKCS1-v1_5 over MD5, in base64."""
        done = subprocess.run(["openssl", "dgst", "-md5", "-sign", self.private], input=data, check=True,
                              capture_output=True)
        return base64.b64encode(done.stdout).decode()


class BoundAddress:
    """This test's address stands for a machine of a server, from __enter__ to __exit__; `id` is the machine's."""

    def __init__(self, server, machine=None, address="127.0.0.1"):
        self.server, self.address = server, address
        self.arguments = [address] + ([machine] if machine else [])
        self.id = None

    def command(self, *arguments):
        done = subprocess.run([program_path("assist-server"), "machine", *arguments, "--data", self.server.data],
                              capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise AssertionError(f"machine {arguments}: {done.stderr}")
        return done.stdout

    def __enter__(self):
        self.id = self.command("bind", *self.arguments).strip()
        wait_for(self._is_seen, 10, f"{self.address} is {self.id}")  # the server remembers for moments who it was
        return self

    def _is_seen(self):
        answer = CloudAgent(self.server, self).signed("POST", "/luban/api/v1/update/update_check")
        return answer.status == 200 and answer.json["instanceId"] == self.id

    def __exit__(self, *_):
        self.command("unbind", self.address)


class StockAgent:
    """After register() it has an id; every request is signed anew."""

    def __init__(self, server, key):
        self.server = server
        self.key = key
        self.machine_id = uuid.uuid4().hex
        self.id = None
        self.socket = None

    def send(self, method, target, body=b"", headers=()):
        port, tls = self.server.port, None if self.server.insecure_http else self.server.tls()
        connection = (http.client.HTTPConnection("127.0.0.1", port, timeout=20) if tls is None else
                      http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=tls))
        try:
            connection._validate_path = lambda _: None  # stock agents send raw spaces in reports about files
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if method == "POST":
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body if body else None)
            answer = connection.getresponse()
            data = answer.read()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, data)
        finally:
            connection.close()

    def identity(self, timestamp=None, request_id=None, signature=None):
        timestamp = str(int(time.time() * 1000) if timestamp is None else timestamp)
        request_id = request_id or str(uuid.uuid4())
        signature = signature or self.key.sign((self.id + self.machine_id + timestamp + request_id).encode())
        return [("User-Agent", USER_AGENT), ("X-Acs-Instance-Id", self.id), ("X-Acs-Timestamp", timestamp),
                ("X-Acs-Request-Id", request_id), ("X-Acs-Signature", signature), ("X-Client-Ip", "192.0.2.2")]

    def register(self, activation, **fields):
        """`activation` is an answer of CreateActivation; fields replace some of the body. The answer."""
        body = {"activationCode": activation["ActivationCode"], "machineId": self.machine_id, "regionId": "cn-hangzhou",
                "instanceName": "stock", "hostname": "demo-node", "intranetIp": "192.0.2.2",
                "osVersion": "Linux_#1 SMP PREEMPT_DYNAMIC @0_x86_64", "osType": "linux", "agentVersion": "2.2.3.578",
                "publicKey": base64.b64encode(self.key.public).decode(), "activationId": activation["ActivationId"],
                "tag": []}
        body.update(fields)
        self.machine_id = body["machineId"]
        answer = self.send("POST", "/luban/api/instance/register", json.dumps(body).encode(),
                           [("User-Agent", USER_AGENT), ("Content-Type", "application/json; charset=utf-8")])
        if answer.status == 200 and answer.json.get("code") == 200:
            self.id = answer.json["instanceId"]
        return answer

    def signed(self, method, target, body=b"", content_type=None):
        if content_type is None:
            content_type = ("application/x-www-form-urlencoded" if method == "GET" else
                            "application/json; charset=utf-8" if "/task/list" in target or body[:1] == b"{" else
                            "text/plain; charset=utf-8")
        return self.send(method, target, body, self.identity() + [("Content-Type", content_type)])

    def connect(self, seconds=10):
        """Opens the WebSocket for kicks; 101 and the right accept key, or an error."""
        tls = None if self.server.insecure_http else self.server.tls()
        connection = raw.connect(self.server.port, tls, seconds=seconds)
        self.socket = raw.WebSocket(connection, "/luban/notify_server", f"127.0.0.1:{self.server.port}", self.identity())
        if self.socket.status != 101 or self.socket.headers.get("sec-websocket-accept") != self.socket.right_accept:
            raise AssertionError(f"the WebSocket was answered with {self.socket.status} {self.socket.headers}")
        return self.socket

    def fetch(self, reason="kickoff", task_id=None):
        target = f"/luban/api/v1/task/list?reason={reason}"
        target += "&cold_start=false" if reason == "startup" else ""
        target += f"&taskId={task_id}" if task_id else ""
        return self.signed("POST", f"{target}&currentTime={int(time.time() * 1000)}&offset=0&timeZone=Etc%2FUTC")


class CloudAgent(StockAgent):
    """A stock agent without a registration: it has no key, and what it says of itself is in `headers`. Its machine is the
    one to which its address is bound."""

    def __init__(self, server, bound, headers=()):
        super().__init__(server, None)
        self.id = bound.id
        self.headers = list(headers)

    def identity(self, timestamp=None, request_id=None, signature=None):
        return [("User-Agent", USER_AGENT)] + self.headers
