"""Somebody between a client and a PostgreSQL, or in its place, who hears everything."""

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ASKS_FOR_TLS = bytes.fromhex("0000000804d2162f")
ASKS_FOR_THE_PASSWORD = b"R" + bytes([0, 0, 0, 8, 0, 0, 0, 3])
SECONDS = 10


@dataclass
class Listener:
    """Where it listens, and what it heard."""

    port: int
    heard: bytearray = field(default_factory=bytearray)


def credentials(folder: Path, certificate: bytes, key: bytes) -> ssl.SSLContext:
    """Return what a server shows itself with."""
    (folder / "shown.pem").write_bytes(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "shown.pem")
    context.num_tickets = 0
    return context


@contextlib.contextmanager
def listening(shown: ssl.SSLContext | None = None, *, onward: int | None = None) -> Iterator[Listener]:
    """Listen for one client; without what to show, TLS is declined. Onward is the port of the server behind.

    With no server behind, it asks for the password itself.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(SECONDS)
        listener = Listener(door.getsockname()[1])
        serving = threading.Thread(target=_serve, args=(door, listener, shown, onward), daemon=True)
        serving.start()
        yield listener
    serving.join(SECONDS)


def _serve(door: socket.socket, listener: Listener, shown: ssl.SSLContext | None, onward: int | None) -> None:
    with contextlib.suppress(OSError), contextlib.ExitStack() as open_:
        client = open_.enter_context(door.accept()[0])
        client.settimeout(SECONDS)
        listener.heard += client.recv(len(ASKS_FOR_TLS))
        client.sendall(b"S" if shown else b"N")
        if shown:
            client = open_.enter_context(shown.wrap_socket(client, server_side=True))
        if onward:
            _pass_on(client, open_.enter_context(_reach(onward)), listener)
            return
        if shown:
            listener.heard += client.recv(65536)
            client.sendall(ASKS_FOR_THE_PASSWORD)
        while heard := client.recv(65536):
            listener.heard += heard


def _reach(port: int) -> socket.socket:
    """Connect to the server, by TLS if it has it, whatever it shows."""
    server = socket.create_connection(("127.0.0.1", port), SECONDS)
    server.sendall(ASKS_FOR_TLS)
    if server.recv(1) == b"N":
        return server
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    return blind.wrap_socket(server)


def _pass_on(client: socket.socket, server: socket.socket, listener: Listener) -> None:
    """Pass on what either says until one of them ends."""
    while True:
        for speaker in select.select((client, server), (), (), SECONDS)[0] or (client,):
            said = speaker.recv(65536)
            if not said:
                return
            if speaker is client:
                listener.heard += said
            (server if speaker is client else client).sendall(said)


class Line:
    """The line between a workstation and its server: it can be cut, fall silent, and be mended."""

    def __init__(self, onward: int) -> None:
        self._onward, self._silent = onward, False
        self._ends: list[socket.socket] = []
        self._door: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._listen(self._door)

    def cut(self) -> None:
        """End every connection, and let nobody in."""
        door, self._door = self._door, None
        if door is not None:
            with contextlib.suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            door.close()
        self._drop()

    def fall_silent(self) -> None:
        """Let everybody in and answer nobody."""
        self._silent = True
        self._drop()
        self._open()

    def mend(self) -> None:
        """Pass everything on again."""
        self._silent = False
        self._drop()
        self._open()

    def _open(self) -> None:
        if self._door is None:
            self._door = socket.create_server(("127.0.0.1", self.port))
            self._listen(self._door)

    def _drop(self) -> None:
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _listen(self, door: socket.socket) -> None:
        threading.Thread(target=self._let_in, args=(door,), daemon=True).start()

    def _let_in(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = door.accept()[0]
                self._ends.append(client)
                if not self._silent:
                    server = socket.create_connection(("127.0.0.1", self._onward), SECONDS)
                    self._ends.append(server)
                    for pair in ((client, server), (server, client)):
                        threading.Thread(target=_carry, args=pair, daemon=True).start()


def _carry(speaker: socket.socket, hearer: socket.socket) -> None:
    """Pass on what one says until it ends; then the other ends, too."""
    with speaker:
        with contextlib.suppress(OSError):
            while said := speaker.recv(65536):
                hearer.sendall(said)
        for end in (speaker, hearer):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
