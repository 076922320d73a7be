"""The way to a server elsewhere, for real: what it shows is checked before anything is told to it.

`localhost` is a name, and a name is what a resolver says it is: it counts as elsewhere, and no server of the
tests listens where others reach it.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from boapp.errors import NotAllowed, Unavailable
from boapp.services.checking import check_database
from boapp.shareddb.postgres_setup import set_up
from boapp.shareddb.postgres_way import connect
from tests import debian
from tests.between import ASKS_FOR_TLS, credentials, listening
from tests.certificates import Authority
from tests.moved import MovedScene, password
from tests.postgres import SUPERUSER, Server, running

HOST, OTHER = "localhost", "db.example"
NOT_ACCEPTED = "certificate of the shared database's server was not accepted.*no password was sent"
NOT_SAFE = "no safe way to the shared database's server.*no password was sent"
NOT_CHECKED = "cannot check the certificate"
PASSWORD = "never to be told"


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Return the authority that clients believe."""
    return Authority("ours")


@pytest.fixture(scope="module")
def believed(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of its certificate."""
    return authority.write(tmp_path_factory.mktemp("believed") / "ca.pem")


@pytest.fixture(scope="module")
def secure(authority: Authority, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Return a server with TLS, which lets nobody in without it but its administrator."""
    try:
        programs = debian.programs(request.config.cache.mkdir("debian-postgresql"))
    except debian.NotToBeHad as error:
        pytest.skip(str(error))
    files = {}
    for host in (HOST, OTHER):
        files[f"{host}.pem"], files[f"{host}.key"] = authority.issue(host)
    with running(programs=programs, settings=showing(HOST), files=files) as started:
        yield started


def showing(host: str) -> dict[str, str]:
    """Return the settings of a server that shows a certificate of this name."""
    return {"ssl": "on", "ssl_cert_file": f"../{host}.pem", "ssl_key_file": f"../{host}.key"}


@contextmanager
def restarted(server: Server, settings: dict[str, str]) -> Iterator[None]:
    """Let a server run with other settings for a while."""
    usual = server.settings
    _restart(server, settings)
    try:
        yield
    finally:
        _restart(server, usual)


def _restart(server: Server, settings: dict[str, str]) -> None:
    server.stop()
    server.settings = settings
    server.start()


def way(port: int, believed: Path, more: str = "") -> str:
    """Return the connection string of a server elsewhere."""
    return f"host={HOST} port={port} dbname=postgres sslrootcert={believed} {more}"


@pytest.mark.parametrize(
    "asked", ["", "sslmode=disable", "sslmode=prefer channel_binding=disable", "gssencmode=prefer"]
)
def test_the_way_is_encrypted_and_bound_whatever_was_asked(
    secure: Server, believed: Path, asked: str
) -> None:
    with connect(way(secure.port, believed, asked), SUPERUSER, secure.password) as db:
        row = db.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
        chosen = db.info.get_parameters()
    assert row == (True, "TLSv1.3")
    assert (chosen["sslmode"], chosen["channel_binding"]) == ("verify-full", "require")


def test_a_certificate_of_another_authority_is_not_accepted(secure: Server, tmp_path: Path) -> None:
    other = Authority("theirs").write(tmp_path / "other.pem")
    with pytest.raises(Unavailable, match=NOT_ACCEPTED):
        connect(way(secure.port, other), SUPERUSER, secure.password)


def test_a_certificate_of_another_name_is_not_accepted(secure: Server, believed: Path) -> None:
    with restarted(secure, showing(OTHER)), pytest.raises(Unavailable, match=NOT_ACCEPTED):
        connect(way(secure.port, believed), SUPERUSER, secure.password)


def test_a_server_whose_tls_was_turned_off_is_not_used(secure: Server, believed: Path) -> None:
    with restarted(secure, {"ssl": "off"}), pytest.raises(Unavailable, match=NOT_SAFE):
        connect(way(secure.port, believed), SUPERUSER, secure.password)


def test_without_the_file_of_the_authority_nobody_is_told_anything(secure: Server, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=NOT_CHECKED):
        connect(way(secure.port, tmp_path / "none.pem"), SUPERUSER, secure.password)


def test_a_wrong_password_is_told_as_one(secure: Server, believed: Path) -> None:
    with pytest.raises(NotAllowed, match="do not open the workspace"):
        connect(way(secure.port, believed), SUPERUSER, PASSWORD)


def test_a_server_without_tls_is_not_used(server: Server, believed: Path) -> None:
    with pytest.raises(Unavailable, match=NOT_SAFE):
        connect(way(server.port, believed, "sslmode=prefer"), SUPERUSER, server.password)


def test_a_server_that_declines_tls_hears_nothing_but_the_question(believed: Path) -> None:
    with listening() as listener, pytest.raises(Unavailable, match=NOT_SAFE):
        connect(way(listener.port, believed, "sslmode=disable"), SUPERUSER, PASSWORD)
    assert listener.heard == ASKS_FOR_TLS


# --- somebody between who shows a certificate that is believed -----------------------------------


@pytest.fixture
def shown(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    """Return what a server that the authority believes shows itself with."""
    return credentials(tmp_path, *authority.issue(HOST))


@pytest.mark.parametrize("behind", ["secure", "server"])
def test_somebody_between_with_a_certificate_of_the_same_authority_is_found(
    behind: str, request: pytest.FixtureRequest, shown: ssl.SSLContext, believed: Path
) -> None:
    server: Server = request.getfixturevalue(behind)
    with listening(shown, onward=server.port) as listener, pytest.raises(Unavailable, match=NOT_SAFE):
        connect(way(listener.port, believed), SUPERUSER, server.password)
    assert server.password.encode() not in listener.heard


def test_without_the_binding_somebody_between_would_not_be_found(
    server: Server, shown: ssl.SSLContext, believed: Path
) -> None:
    with listening(shown, onward=server.port) as listener:
        where = way(listener.port, believed, "sslmode=verify-full")
        with psycopg.connect(where, user=SUPERUSER, password=server.password) as db:
            db.execute("SELECT 'overheard'")
    assert b"overheard" in listener.heard


def test_a_server_that_asks_for_the_password_itself_is_not_told_it(
    shown: ssl.SSLContext, believed: Path
) -> None:
    with listening(shown) as listener, pytest.raises(Unavailable, match=NOT_SAFE):
        connect(way(listener.port, believed), SUPERUSER, PASSWORD)
    assert SUPERUSER.encode() in listener.heard
    assert PASSWORD.encode() not in listener.heard


# --- boapp doctor --------------------------------------------------------------------------------


def found(where: str) -> bool:
    """Whether it is found that the way is not encrypted."""
    return any("not encrypted" in finding.what for finding in check_database(where))


def test_a_way_without_tls_is_found_but_to_this_computers_own_server(in_postgres: MovedScene) -> None:
    where = in_postgres.moved.server.where(in_postgres.moved.database)
    login = f"user=bo_bob password='{password('bob')}'"
    assert found(f"{where} {login}".replace("127.0.0.1", HOST))
    assert not found(f"{where} {login}")


def test_a_way_with_tls_has_no_finding(secure: Server, believed: Path) -> None:
    with secure.superuser() as boss:
        boss.execute("CREATE DATABASE shared")
    set_up(lambda: secure.superuser("shared", autocommit=False))
    login = f"dbname=shared user={SUPERUSER} password={secure.password}"
    assert check_database(way(secure.port, believed, login)) == []
    assert found(way(secure.port, believed, f"{login} sslmode=disable"))
