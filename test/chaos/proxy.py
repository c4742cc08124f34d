"""The network between agents and server: a proxy with a gate for each agent, which can be stalled, cut or made deaf.

One thread; bytes are passed on as they are, so TLS goes end to end.
"""

import enum
import selectors
import socket
import struct
import threading

_MOST_WAITING = 256 * 1024  # bytes a connection and direction
_RESET = struct.pack("ii", 1, 0)


class Mode(enum.Enum):
    OPEN = "open"
    STALLED = "stalled"    # nothing passes, nothing is lost
    REFUSED = "refused"    # no new connection, and the old ones are reset
    DEAF = "deaf"          # what is sent is swallowed; when it ends, who was swallowed from is reset


class Gate:
    """The way of one agent. Any thread may set the mode and reset what is there."""

    def __init__(self, proxy, port):
        self.port = port
        self._proxy = proxy
        self._mode = Mode.OPEN

    @property
    def mode(self):
        return self._mode

    def set(self, mode):
        self._proxy.ask(lambda: self._change(mode))

    def reset(self):
        """Ends every connection, as a router does that lost its tables."""
        self._proxy.ask(lambda: self._proxy.end_all(self, lambda pair: True))

    def _change(self, mode):
        self._mode = mode
        if mode is Mode.REFUSED:
            self._proxy.end_all(self, lambda pair: True)
        elif mode is Mode.OPEN:
            self._proxy.end_all(self, lambda pair: pair.swallowed)


class _Pair:
    def __init__(self, gate, client, server):
        self.gate, self.swallowed = gate, False
        self.halves = (_Half(self, client), _Half(self, server))
        self.halves[0].other, self.halves[1].other = self.halves[1], self.halves[0]


class _Half:
    def __init__(self, pair, sock):
        self.pair, self.sock, self.other = pair, sock, None
        self.out = bytearray()      # on its way to this side
        self.ended = False          # this side sends no more
        self.told_end = False       # this side was told that the other sends no more
        self.mask = 0


class Proxy(threading.Thread):
    """Owns the listeners and the connections. `target` is the server's port on loopback."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target = target
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_out.setblocking(False)
        self._selector.register(self._wake_out, selectors.EVENT_READ, self._woken)
        self._lock, self._asked, self._over = threading.Lock(), [], False
        self._pairs, self._listeners = set(), []

    def gate(self, port):
        """A new way to the server, which listens on `port`. Before start()."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        listener.setblocking(False)
        gate = Gate(self, port)
        self._listeners.append(listener)
        self._selector.register(listener, selectors.EVENT_READ, lambda mask: self._accept(listener, gate))
        return gate

    def ask(self, what):
        """Has `what` done by the proxy's thread."""
        with self._lock:
            self._asked.append(what)
        self._wake_in.send(b"x")

    def close(self):
        self._over = True
        self._wake_in.send(b"x")
        self.join()
        for pair in list(self._pairs):
            self._end(pair)
        for listener in self._listeners:
            listener.close()

    def run(self):
        while not self._over:
            for key, mask in self._selector.select():
                if key.fileobj.fileno() >= 0:  # not ended by what came before it
                    key.data(mask)

    def _woken(self, _):
        try:
            self._wake_out.recv(4096)
        except BlockingIOError:
            pass
        with self._lock:
            asked, self._asked = self._asked, []
        for what in asked:
            what()
        for pair in list(self._pairs):
            self._look(pair)

    def _accept(self, listener, gate):
        try:
            client, _ = listener.accept()
        except OSError:
            return
        if gate.mode is Mode.REFUSED:
            return _reset(client)
        server = socket.socket()
        try:
            server.connect(("127.0.0.1", self.target))
        except OSError:
            server.close()
            return _reset(client)
        for sock in (client, server):
            sock.setblocking(False)
        pair = _Pair(gate, client, server)
        self._pairs.add(pair)
        self._look(pair)

    def end_all(self, gate, which):
        for pair in [pair for pair in self._pairs if pair.gate is gate and which(pair)]:
            self._end(pair)

    def _end(self, pair):
        self._pairs.discard(pair)
        for half in pair.halves:
            if half.mask:
                self._selector.unregister(half.sock)
                half.mask = 0
            _reset(half.sock)

    def _look(self, pair):
        """Waits for what may happen to this pair now."""
        if pair not in self._pairs:
            return
        stalled = pair.gate.mode is Mode.STALLED
        for half in pair.halves:
            mask = 0
            if not stalled and not half.ended and len(half.other.out) < _MOST_WAITING:
                mask |= selectors.EVENT_READ
            if not stalled and half.out:
                mask |= selectors.EVENT_WRITE
            if mask == half.mask:
                continue
            if not mask:
                self._selector.unregister(half.sock)
            elif half.mask:
                self._selector.modify(half.sock, mask, lambda ready, half=half: self._ready(half, ready))
            else:
                self._selector.register(half.sock, mask, lambda ready, half=half: self._ready(half, ready))
            half.mask = mask

    def _ready(self, half, ready):
        pair = half.pair
        if pair not in self._pairs:
            return
        try:
            if ready & selectors.EVENT_READ:
                data = half.sock.recv(65536)
                half.ended = not data
                if pair.gate.mode is Mode.DEAF:
                    pair.swallowed = True
                else:
                    half.other.out += data
            if ready & selectors.EVENT_WRITE and half.out:
                del half.out[:half.sock.send(half.out)]
            for side in pair.halves:
                if side.other.ended and not side.out and not side.told_end and not pair.swallowed:
                    side.sock.shutdown(socket.SHUT_WR)
                    side.told_end = True
        except BlockingIOError:
            pass
        except OSError:
            return self._end(pair)
        if all(side.ended and side.told_end for side in pair.halves):
            return self._end(pair)
        return self._look(pair)


def _reset(sock):
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    except OSError:
        pass
    sock.close()
