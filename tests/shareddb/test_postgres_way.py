"""The way to a shared PostgreSQL: a server elsewhere shows its certificate, or nothing is sent to it."""

import socket
import threading
import time

import pytest
from psycopg.conninfo import conninfo_to_dict

from boapp.errors import NotAllowed, Unavailable
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.postgres_way import Patient, connect, guarded
from tests.moved import password
from tests.postgres import SUPERUSER, Server

HERE = [
    "host=127.0.0.1 dbname=x",
    "host=::1",
    "host=/run/postgresql",
    "dbname=x",
    "hostaddr=127.0.0.1 host=db.example",
]
ELSEWHERE = [
    "host=db.example",
    "host=localhost",  # a name is what a resolver says it is
    "host=10.0.0.5 sslmode=disable",
    "postgresql://db.example/x?sslmode=prefer",
    "host=127.0.0.1,db.example",
    "hostaddr=10.0.0.5 host=127.0.0.1",
    "host=127.0.0.1 service=theirs",
]


@pytest.mark.parametrize("where", HERE)
def test_this_computers_own_server_needs_no_certificate(where: str) -> None:
    assert guarded(where) == where


@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_server_elsewhere_must_show_a_certificate_that_fits_its_name(where: str) -> None:
    settings = conninfo_to_dict(guarded(where))
    assert (settings["sslmode"], settings["channel_binding"]) == ("verify-full", "require")


@pytest.mark.parametrize(
    ("variable", "value", "where"),
    [
        ("PGHOST", "db.example", "dbname=x"),
        ("PGHOSTADDR", "10.0.0.5", "host=127.0.0.1"),
        ("PGSERVICE", "theirs", "dbname=x"),
    ],
)
def test_a_server_elsewhere_that_the_environment_names_is_one_too(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, where: str
) -> None:
    assert guarded(where) == where
    monkeypatch.setenv(variable, value)
    assert conninfo_to_dict(guarded(where))["sslmode"] == "verify-full"


def test_encryption_without_a_certificate_is_not_used_instead() -> None:
    assert conninfo_to_dict(guarded("host=db.example gssencmode=prefer"))["gssencmode"] == "disable"


@pytest.mark.parametrize("login", ["bo_nobody", "bo_certificate"])
def test_a_login_that_is_not_known_is_told_in_words(server: Server, login: str) -> None:
    with pytest.raises(NotAllowed, match="do not open the workspace"):
        connect(server.where(), login, password("nobody"))


def test_whoever_took_the_servers_port_is_not_told_the_password() -> None:
    # Another user of this computer, while the server is away: with it he would be let in at the real one.
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asking = threading.Thread(target=ask_for_password, args=(listening, heard))
        asking.start()
        where = f"host=127.0.0.1 port={listening.getsockname()[1]} dbname=x"
        with pytest.raises((Unavailable, NotAllowed)):
            connect(where, "bo_bob", password("bob"))
        asking.join(10)
    assert b"bo_bob" in heard
    assert password("bob").encode() not in heard


def ask_for_password(listening: socket.socket, heard: bytearray) -> None:
    """Be a server that asks for the password in clear."""
    listening.settimeout(10)
    connection, _ = listening.accept()
    with connection:
        connection.settimeout(10)
        asked = False
        while not asked and (data := connection.recv(4096)):
            heard += data
            if len(data) == 8:  # whether there is encryption
                connection.sendall(b"N")
            elif b"user" in data:
                connection.sendall(b"R" + (8).to_bytes(4, "big") + (3).to_bytes(4, "big"))
                asked = True
        heard += connection.recv(4096)


def test_what_a_silent_server_is_asked_is_broken_off_from_another_thread(server: Server) -> None:
    shared = PostgresDatabase(Patient.connect(server.where(), user=SUPERUSER, password=server.password))
    timer = threading.Timer(0.3, shared.break_off)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        shared._rows("SELECT pg_sleep(20)")
    assert time.monotonic() - begun < 10
    timer.join()
    shared.close()


def test_a_server_that_is_silent_for_too_long_is_given_up(server: Server) -> None:
    connection = Patient.connect(server.where(), user=SUPERUSER, password=server.password)
    connection.patience = 0.3
    shared = PostgresDatabase(connection)
    with pytest.raises(Unavailable):
        shared._rows("SELECT pg_sleep(20)")
    assert connection.closed
