"""A server that speaks only the stock protocol of agents, scripted with a captured conversation; plain HTTP on loopback.

It knows nothing of Assist: it checks each request's stock signature itself (agent-protocol.md 3.2) with the openssl
program and the key of the registration, answers as the capture did, and keeps what it was asked.
"""

import base64
import hashlib
import http.server
import json
import os
import struct
import subprocess
import threading
import time
import urllib.parse

from .world import free_port

REGISTER = "/luban/api/instance/register"
NOTIFY = "/luban/notify_server"
HEARTBEAT = "/luban/api/heart-beat"
LIST = "/luban/api/v1/task/list"
RUNNING = "/luban/api/v1/task/running"


class Request:
    """One that came. `fault`: why its signature is not that of the registered machine, else None."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, query = target.partition("?")
        self.query = urllib.parse.parse_qsl(query, keep_blank_values=True)
        self.fault = None
        self.planned = False

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def task(self):
        return dict(self.query).get("taskId")


class StockServer:
    """Owns its threads. `requests` in the order in which they came; `texts` from the WebSocket."""

    def __init__(self, world):
        self.world = world
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests, self.texts, self.planned = [], [], []
        self.registered = []  # bodies of the registrations
        self.assist = None  # what answers say in a member `assist`; a stock server says nothing
        self.lock = threading.Condition()
        self._socket = None
        self._used = set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.serve(self)

            def do_POST(self):
                outer.serve(self)

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()

    # ---- what is asked

    def serve(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        request = Request(handler.command, handler.path, list(handler.headers.items()), handler.rfile.read(length))
        if request.path != REGISTER:
            request.fault = self._fault(request)
        if request.path == NOTIFY:
            with self.lock:
                self.requests.append(request)
                self.lock.notify_all()
            return self._talk(handler, request)
        with self.lock:
            answer = self._answer(request)
            self.requests.append(request)
            self.lock.notify_all()
        if answer is None:  # as captured: the connection ends without an answer
            handler.close_connection = True
            return None
        status, body = answer
        handler.send_response_only(status)
        handler.send_header("Content-Type", "application/json;charset=UTF-8")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return None

    def _answer(self, request):
        if request.path == REGISTER:
            body = json.loads(request.body)
            self.registered.append(body)
            return 200, json.dumps({"code": 200, "instanceId": f"mi-stock{len(self.registered)}"}).encode()
        if request.fault is not None:
            return 401, b'{"code":401}'
        for exchange in self.planned:
            same_task = dict(map(tuple, exchange["query"])).get("taskId") == request.task()
            if not exchange.get("used") and exchange["path"] == request.path and same_task:
                exchange["used"] = request.planned = True
                response = exchange["response"]
                if not response or response.get("status") is None:
                    return None
                return response["status"], response.get("body", "").encode()
        answer = {"code": 200, "instanceId": self.instance_id()}
        if request.path == HEARTBEAT:
            answer.update(nextInterval=60000, newTasks=False)
        return 200, json.dumps(answer).encode()

    def instance_id(self):
        return f"mi-stock{len(self.registered)}"

    def _fault(self, request):
        """As a stock server checks it, with the key and the machine id of the last registration."""
        if not self.registered:
            return "nobody is registered"
        names = ("X-Acs-Instance-Id", "X-Acs-Timestamp", "X-Acs-Request-Id", "X-Acs-Signature")
        instance, timestamp, request_id, signature = (request.header(name) for name in names)
        if instance != self.instance_id() or not timestamp or not request_id or not signature:
            return f"headers are missing or wrong: {request.headers}"
        if abs(int(timestamp) - time.time() * 1000) > 60000:
            return "the time is wrong"
        if request_id in self._used:
            return "the request id was used before"
        self._used.add(request_id)
        machine = self.registered[-1]
        mark = self.world.path(f"stock-{threading.get_ident()}")
        with open(mark + ".pem", "wb") as file:
            file.write(base64.b64decode(machine["publicKey"]))
        with open(mark + ".sig", "wb") as file:
            file.write(base64.b64decode(signature))
        done = subprocess.run(["openssl", "dgst", "-md5", "-verify", mark + ".pem", "-signature", mark + ".sig"],
                              input=(instance + machine["machineId"] + timestamp + request_id).encode(),
                              capture_output=True, check=False)
        os.unlink(mark + ".sig")
        return None if done.returncode == 0 else f"the signature does not fit: {done.stdout!r}"

    # ---- the WebSocket

    def _talk(self, handler, request):
        if request.fault is not None:
            handler.send_response_only(401)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        magic = request.header("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        handler.send_response_only(101)
        handler.send_header("Upgrade", "websocket")
        handler.send_header("Connection", "Upgrade")
        handler.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(magic.encode()).digest()).decode())
        handler.end_headers()
        handler.close_connection = True
        with self.lock:
            self._socket = handler.wfile
            self.lock.notify_all()
        try:
            while True:
                first, second = handler.rfile.read(2)
                length = second & 0x7F
                if length == 126:
                    length = struct.unpack("!H", handler.rfile.read(2))[0]
                mask = handler.rfile.read(4)
                payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(handler.rfile.read(length)))
                if first & 0x0F == 8:
                    return
                if first & 0x0F == 9:
                    self._frame(handler.wfile, 10, payload)
                    payload = b"ping " + payload
                with self.lock:
                    self.texts.append(payload.decode())
                    self.lock.notify_all()
        except (ValueError, OSError):
            return

    def _frame(self, out, opcode, payload):
        assert len(payload) < 126
        with self.lock:
            out.write(bytes([0x80 | opcode, len(payload)]) + payload)
            out.flush()

    def kick(self, text):
        self._frame(self._socket, 1, text.encode())

    def connected(self):
        return self._socket is not None

    # ---- the script

    def plan(self, exchanges):
        """What is asked from now on is answered as these captured requests were, each once; empties `requests`."""
        with self.lock:
            self.planned = [dict(exchange) for exchange in exchanges if exchange["kind"] == "http"]
            self.requests, self.texts = [], []

    def all_used(self):
        with self.lock:
            return all(exchange.get("used") for exchange in self.planned if exchange["path"] != RUNNING)
