"""A real assist-server on a free loopback port."""

import hashlib
import json
import os
import socket
import ssl

from .api import Api
from .waiting import wait_for
from .world import free_port, program_path


class Server:
    """Data folder, port and process. The port and the folder stay the same over restarts."""

    def __init__(self, world, name="server", *arguments, insecure_http=False, config=None, data=None):
        self.world = world
        self.name = name
        self.data = data or world.path(name)
        self.port = free_port()
        self.insecure_http = insecure_http
        self.extra = list(arguments)
        if config is not None:
            path = world.path(f"{name}.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config)
            self.extra += ["--config", path]
        self.program = None
        self.admin = None

    @property
    def url(self):
        return f"{'http' if self.insecure_http else 'https'}://127.0.0.1:{self.port}"

    @property
    def ca_file(self):
        return self.admin["CaFile"]

    def spawn(self):
        """Starts the process and does not wait."""
        arguments = [program_path("assist-server"), "run", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        if self.insecure_http:
            arguments.append("--insecure-http")
        self.program = self.world.start(arguments + self.extra, f"{self.name}.log")
        return self

    def start(self, seconds=20):
        self.spawn()
        return self.wait_until_ready(seconds)

    def wait_until_ready(self, seconds=20):
        def ready():
            if not self.program.running():
                raise AssertionError(f"assist-server ended with {self.program.exit_code()}:\n{self.program.log_text()}")
            return self._healthy()

        wait_for(ready, seconds, f"{self.url}/healthz says ok")
        with open(os.path.join(self.data, "admin.json"), encoding="utf-8") as file:
            self.admin = json.load(file)
        return self

    def _healthy(self):
        # The certificate is looked at elsewhere (tests of trust); here only "does it answer" counts.
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as plain:
                if self.insecure_http:
                    return self._ask_health(plain)
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                with context.wrap_socket(plain) as secure:
                    return self._ask_health(secure)
        except OSError:
            return False

    @staticmethod
    def _ask_health(connection):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
        head, _, body = answer.partition(b"\r\n\r\n")
        return head.startswith(b"HTTP/1.1 200") and body.strip() == b"ok"

    def stop(self, seconds=15):
        return self.program.terminate(seconds)

    def kill(self):
        self.program.kill()

    def restart(self):
        return self.start()

    def tls(self):
        """A context that trusts this server's authority alone."""
        context = ssl.create_default_context(cafile=self.ca_file)
        return context

    def api(self, **more):
        settings = {"url": self.url, "key_id": self.admin["AccessKeyId"], "secret": self.admin["AccessKeySecret"],
                    "tls": None if self.insecure_http else self.tls()}
        settings.update(more)
        return Api(**settings)

    def ca_fingerprint(self):
        """`sha256:` and the hash of the authority's DER form, computed here."""
        with open(self.ca_file, encoding="ascii") as file:
            der = ssl.PEM_cert_to_DER_cert(file.read())
        return "sha256:" + hashlib.sha256(der).hexdigest()
