"""A network on loopback between a client and a server, which can be bad in every way a network is.

Each connection has two threads of its own, one for each direction. All of them end with the proxy.
"""

import contextlib
import enum
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

CHUNK = 1 << 16
TICK_SECONDS = 0.05
_RESET = struct.pack("ii", 1, 0)


class Way(enum.Enum):
    """How connections fare."""

    PASSES = "everything passes"
    HALF_OPEN = "connections are accepted and lead nowhere"
    RESETS = "connections are reset"
    STALLS = "connections stay, and nothing passes"


class Said(enum.Enum):
    """Who speaks."""

    REQUESTS = "the client"
    REPLIES = "the server"


@dataclass
class Proxy:
    """Where it listens, and how the network is at the moment, which can be changed at any time.

    latency: seconds each way. loss: of chunks, how many break the stream they are in. then: how it is once so
    many more bytes passed of what one side says. requests: how often the client spoke after the server did,
    which is how many round trips there were.
    """

    port: int
    onward: int
    way: Way = Way.PASSES
    latency: float = 0.0
    loss: float = 0.0
    then: dict[Said, tuple[int, Way]] = field(default_factory=dict)
    connections: int = 0
    requests: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def heal(self) -> None:
        """Let everything pass from now on, at once."""
        self.then.clear()
        self.way, self.latency, self.loss = Way.PASSES, 0.0, 0.0

    def reset_all(self) -> None:
        """Break every connection there is."""
        with self._guard:
            there, self._open = self._open, []
        for one in there:
            _reset(one)

    def run(self, work: Callable[[], None]) -> None:
        """Do something on a thread that is waited for at the end."""
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def end(self) -> None:
        """End everything, and wait for it."""
        self.ended.set()
        self.reset_all()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "the proxy does not end"

    def listen(self, door: socket.socket) -> None:
        """Take in clients until the end."""
        door.settimeout(TICK_SECONDS)
        while not self.ended.is_set():
            with contextlib.suppress(TimeoutError):
                self._take_in(door.accept()[0])

    def _take_in(self, client: socket.socket) -> None:
        self.connections += 1
        self._keep(client)
        if self.way is Way.HALF_OPEN:
            return
        try:
            if self.way is Way.RESETS:
                raise ConnectionResetError
            server = socket.create_connection(("127.0.0.1", self.onward), 5)
        except OSError:
            _reset(client)
            return
        self._keep(server)
        speaker: list[Said] = []
        self.run(_Stream(self, Said.REQUESTS, client, server, speaker).carry)
        self.run(_Stream(self, Said.REPLIES, server, client, speaker).carry)

    def _keep(self, one: socket.socket) -> None:
        with self._guard:
            self._open.append(one)


@dataclass
class _Stream:
    """What one side of a connection says; speaker: who spoke last, for both."""

    proxy: Proxy
    said: Said
    source: socket.socket
    target: socket.socket
    speaker: list[Said]

    def carry(self) -> None:
        """Pass on what is said until somebody ends it."""
        with contextlib.suppress(OSError):
            self.source.settimeout(TICK_SECONDS)
            while not self.proxy.ended.is_set():
                try:
                    chunk = self.source.recv(CHUNK)
                except TimeoutError:
                    continue
                if not chunk:
                    break
                self._count()
                self._pass_on(chunk)
        _reset(self.source)
        _reset(self.target)

    def _count(self) -> None:
        if self.said is Said.REQUESTS and self.speaker != [Said.REQUESTS]:
            self.proxy.requests += 1
        self.speaker[:] = [self.said]

    def _pass_on(self, chunk: bytes) -> None:
        proxy = self.proxy
        if proxy.latency:
            proxy.ended.wait(proxy.latency)
        if self.said in proxy.then:
            left, way = proxy.then[self.said]
            if left <= len(chunk):
                self.target.sendall(chunk[:left])
                chunk = chunk[left:]
                proxy.way = way
                del proxy.then[self.said]
            else:
                proxy.then[self.said] = (left - len(chunk), way)
        while proxy.way is Way.STALLS and not proxy.ended.wait(TICK_SECONDS):
            pass
        if proxy.way is Way.RESETS or proxy.chance.random() < proxy.loss:
            raise ConnectionResetError
        self.target.sendall(chunk)


def _reset(one: socket.socket) -> None:
    """Close a connection so that the other end sees it broken."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    one.close()


@contextlib.contextmanager
def between(onward: int) -> Iterator[Proxy]:
    """Stand between clients and the server of a port."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        proxy = Proxy(door.getsockname()[1], onward)
        proxy.run(lambda: proxy.listen(door))
        try:
            yield proxy
        finally:
            proxy.end()
