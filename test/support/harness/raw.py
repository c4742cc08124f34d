"""Bytes on a socket, for requests that no client would send."""

import base64
import hashlib
import os
import socket
import struct


def connect(port, tls=None, host="127.0.0.1", seconds=10):
    connection = socket.create_connection((host, port), seconds)
    connection.settimeout(seconds)
    if tls is not None:
        connection = tls.wrap_socket(connection, server_hostname=host)
    return connection


def read_all(connection):
    """Until the other side closes; a reset counts as the end."""
    data = b""
    try:
        while piece := connection.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def exchange(port, request, tls=None, seconds=10):
    """Sends bytes and returns all bytes of the answer until the close. A peer that closes while we write is no error."""
    with connect(port, tls, seconds=seconds) as connection:
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_all(connection)


def status_of(answer):
    """The status of the first response in the bytes, or None."""
    line = answer.split(b"\r\n", 1)[0].split(b" ")
    return int(line[1]) if len(line) >= 2 and line[0].startswith(b"HTTP/1.") and line[1].isdigit() else None


class WebSocket:
    """A client side of RFC 6455, just enough: handshake, frames with masks, no fragments."""

    def __init__(self, connection, target, host, headers=()):
        self.connection = connection
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
                 "Sec-WebSocket-Version: 13", "Upgrade: websocket"]
        lines += [f"{name}: {value}" for name, value in headers]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._buffer = b""
        head = self._read_until(b"\r\n\r\n")
        self.status = status_of(head)
        self.headers = {}
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if value:
                self.headers[name.decode().lower()] = value.decode().strip()
        magic = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.right_accept = base64.b64encode(hashlib.sha1(magic.encode()).digest()).decode()

    def _read_until(self, end):
        while end not in self._buffer:
            piece = self.connection.recv(4096)
            if not piece:
                raise ConnectionError(f"closed after {self._buffer!r}")
            self._buffer += piece
        head, _, self._buffer = self._buffer.partition(end)
        return head

    def _take(self, count):
        while len(self._buffer) < count:
            piece = self.connection.recv(65536)
            if not piece:
                raise ConnectionError("closed inside a frame")
            self._buffer += piece
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def send(self, payload, opcode=1):
        if isinstance(payload, str):
            payload = payload.encode()
        mask = os.urandom(4)
        if len(payload) < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | len(payload))
        elif len(payload) < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(payload))
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, len(payload))
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.connection.sendall(head + mask + masked)

    def receive(self):
        """(opcode, payload) of the next frame."""
        first, second = self._take(2)
        length = second & 0x7F
        if length == 126:
            length = struct.unpack("!H", self._take(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", self._take(8))[0]
        return first & 0x0F, self._take(length)

    def close(self):
        self.connection.close()
