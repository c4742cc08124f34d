"""A proxy of HTTP that knows CONNECT alone. Names lead to this machine, whatever they are."""

import base64
import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        words = self.rfile.readline().split()
        headers = {}
        while (line := self.rfile.readline().strip()):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        with self.server.lock:
            self.server.asked.append((words[1].decode(), headers.get("proxy-authorization")))
        if headers.get("proxy-authorization") != self.server.wanted:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        port = int(words[1].rpartition(b":")[2])
        with socketserver.socket.create_connection(("127.0.0.1", port)) as beyond:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_carry, args=(beyond, self.connection), daemon=True)
            back.start()
            _carry(self.connection, beyond)
            back.join()


def _carry(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socketserver.socket.SHUT_WR)
    except OSError:
        pass  # the other side has gone: both are closed


class ConnectProxy(socketserver.ThreadingTCPServer):
    """`asked`: (target, authorization) of each connection."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, user, password):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.asked = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def close(self):
        self.shutdown()
        self.server_close()
