"""SQLite files: on local disks only, durable, and every fault in words."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from boapp import sqlitefile
from boapp.errors import Unavailable
from boapp.sqlitefile import (
    driver_of,
    is_network_share,
    open_engine,
    reading,
    refuse_network_share,
    writing,
    writing_plain,
)

LOCAL = [("/", "ext4", "rw"), ("/home", "xfs", "rw,noatime"), ("/proc", "proc", "rw")]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(tmp_path / "file.db")
    with writing(made) as db:
        db.exec_driver_sql("CREATE TABLE thing (id INTEGER PRIMARY KEY, word TEXT UNIQUE)")
    yield made
    made.dispose()


def words(engine: Engine) -> list[str]:
    with reading(engine) as db:
        return [row.word for row in db.exec_driver_sql("SELECT word FROM thing ORDER BY id")]


def put(engine: Engine, word: str) -> None:
    with writing(engine) as db:
        db.exec_driver_sql("INSERT INTO thing (word) VALUES (?)", (word,))


def put_then_fail(engine: Engine) -> None:
    with writing(engine) as db:
        db.exec_driver_sql("INSERT INTO thing (word) VALUES ('lost')")
        raise ZeroDivisionError


def put_one_then_fail(engine: Engine) -> None:
    with writing_plain(driver_of(engine)) as driver:
        driver.execute("INSERT INTO thing (word) VALUES ('lost')")
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("path", "mount", "kind", "options"),
    [
        ("/mnt/share/claims", "/mnt/share", "nfs", "rw"),
        ("/mnt/share/claims", "/mnt/share", "nfs4", "rw"),
        ("/mnt/share", "/mnt/share", "cifs", "rw"),
        ("/mnt/share/a/b/c", "/mnt/share/", "smb3", "rw"),
        ("/home/ann/far", "/home/ann/far", "fuse.sshfs", "rw,nosuid"),
        ("/home/ann/far/claims", "/home/ann/far", "fuse.rclone", "rw"),
        ("/home/ann/far/claims", "/home/ann/far", "FUSE.DAVFS2", "rw"),
        ("/srv/claims", "/srv", "9p", "rw,trans=virtio"),
        ("/srv/claims", "/srv", "glusterfs", "rw"),
        ("/srv/claims", "/srv", "ntfs", "rw,remote"),
    ],
)
def test_a_network_share_is_known_by_its_mount(path: str, mount: str, kind: str, options: str) -> None:
    assert is_network_share(Path(path), [*LOCAL, (mount, kind, options)])


@pytest.mark.parametrize(
    ("path", "mount", "kind", "options"),
    [
        ("/mnt/sharepoint/claims", "/mnt/share", "nfs", "rw"),
        ("/mnt", "/mnt/share", "cifs", "rw"),
        ("/home/ann/claims", "/mnt/share", "nfs", "rw"),
        ("/srv/claims", "/srv", "fuse.mergerfs", "rw"),
        ("/srv/claims", "/srv", "btrfs", "rw,subvol=/remote"),
        ("/srv/claims", "/srv", "tmpfs", "rw"),
    ],
)
def test_a_local_disk_is_not_taken_for_a_share(path: str, mount: str, kind: str, options: str) -> None:
    assert not is_network_share(Path(path), [*LOCAL, (mount, kind, options)])


def test_the_innermost_mount_decides() -> None:
    mounts = [*LOCAL, ("/mnt", "nfs", "rw"), ("/mnt/disk", "ext4", "rw"), ("/mnt/disk/far", "cifs", "rw")]
    found = [is_network_share(Path(p), mounts) for p in ("/mnt/a", "/mnt/disk/a", "/mnt/disk/far/a")]
    assert found == [True, False, True]


def test_a_mount_over_a_mount_decides_whatever_their_order() -> None:
    for mounts in (
        [("/", "nfs", "rw"), ("/home", "ext4", "rw")],
        [("/home", "ext4", "rw"), ("/", "nfs", "rw")],
    ):
        assert not is_network_share(Path("/home/ann"), mounts)
        assert is_network_share(Path("/srv"), mounts)


def test_the_last_of_two_mounts_at_one_place_decides() -> None:
    """A later mount hides the earlier one."""
    automounted = [*LOCAL, ("/mnt/share", "autofs", "rw"), ("/mnt/share", "nfs4", "rw")]
    assert is_network_share(Path("/mnt/share/claims"), automounted)


def test_a_link_is_followed_to_where_it_leads(tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (tmp_path / "link").symlink_to(far)
    mounts = [("/", "ext4", "rw"), (str(far.resolve()), "nfs", "rw")]
    assert is_network_share(tmp_path / "link" / "claims", mounts)
    assert not is_network_share(tmp_path / "near", mounts)


def test_a_servers_name_is_a_share_without_any_mount(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "resolve", lambda *_: PureWindowsPath(r"\\server\share\claims"))
    assert is_network_share(Path("claims"), [])


def test_without_any_mount_nothing_is_a_share() -> None:
    assert not is_network_share(Path("/home/ann"), [])


def test_a_share_is_refused_with_a_reason_before_a_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlitefile, "is_network_share", lambda _path: True)
    with pytest.raises(Unavailable, match="network share") as refusal:
        open_engine(tmp_path / "file.db")
    assert "a folder on this computer" in refusal.value.advice
    assert not list(tmp_path.iterdir())


def test_this_computers_own_mounts_are_asked(tmp_path: Path) -> None:
    refuse_network_share(tmp_path)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("trusted_schema", 0),
    ],
)
def test_a_file_is_opened_durable_and_leaves_nothing_behind(
    engine: Engine, pragma: str, value: object
) -> None:
    with reading(engine) as db:
        assert db.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    assert driver_of(engine).execute(f"PRAGMA {pragma}").fetchone()[0] == value


def test_what_was_written_is_there_and_what_failed_is_not(engine: Engine) -> None:
    put(engine, "kept")
    with pytest.raises(ZeroDivisionError):
        put_then_fail(engine)
    with pytest.raises(ZeroDivisionError):
        put_one_then_fail(engine)
    with writing_plain(driver_of(engine)) as driver:
        driver.execute("INSERT INTO thing (word) VALUES ('kept, too')")
    assert words(engine) == ["kept", "kept, too"]


def test_reading_changes_nothing(engine: Engine) -> None:
    with reading(engine) as db:
        db.exec_driver_sql("INSERT INTO thing (word) VALUES ('lost')")
    assert words(engine) == []


def test_a_broken_rule_of_the_tables_is_left_to_the_caller(engine: Engine) -> None:
    put(engine, "once")
    with pytest.raises(IntegrityError):
        put(engine, "once")
    assert words(engine) == ["once"]


def test_a_second_writer_waits_for_the_first(engine: Engine, tmp_path: Path) -> None:
    other = open_engine(tmp_path / "file.db")
    begun = threading.Event()

    def write() -> None:
        begun.set()
        put(other, "second")

    second = threading.Thread(target=write)
    with writing(engine) as db:
        db.exec_driver_sql("INSERT INTO thing (word) VALUES ('first')")
        second.start()
        assert begun.wait(10)
        second.join(0.2)
        assert second.is_alive()
    second.join(10)
    other.dispose()
    assert words(engine) == ["first", "second"]


def test_a_file_that_is_held_for_too_long_is_said(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlitefile, "BUSY_MS", 50)
    other = open_engine(tmp_path / "file.db")
    with writing(engine), pytest.raises(Unavailable, match="holds the database for too long"):
        put(other, "late")
    put(other, "then")
    other.dispose()
    assert words(engine) == ["then"]


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4_096])
def test_a_file_that_is_no_database_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.db"
    path.write_bytes(content)
    engine = open_engine(path)
    with pytest.raises(Unavailable, match="cannot be used"), reading(engine):
        pass
    with pytest.raises(Unavailable, match="cannot be used"), writing(engine):
        pass
    with pytest.raises(Unavailable, match="cannot be used"):
        driver_of(engine)
    engine.dispose()
    assert path.read_bytes() == content


def test_a_place_where_no_file_can_be_is_said(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "nowhere" / "file.db")
    with pytest.raises(Unavailable, match="cannot be used"), reading(engine):
        pass
    engine.dispose()


def test_a_damaged_page_is_said(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE thing (word TEXT)")
        made.executemany("INSERT INTO thing VALUES (?)", [("x" * 500,)] * 100)
    made.close()
    data = bytearray(path.read_bytes())
    data[4_096:] = b"\xff" * (len(data) - 4_096)
    path.write_bytes(data)
    engine = open_engine(path)
    with pytest.raises(Unavailable, match="malformed"), reading(engine) as db:
        db.exec_driver_sql("SELECT * FROM thing").all()
    engine.dispose()


def test_what_was_deleted_is_nowhere_in_the_file(engine: Engine, tmp_path: Path) -> None:
    put(engine, "a word of forty characters, more or less")
    with writing(engine) as db:
        db.exec_driver_sql("DELETE FROM thing")
    with engine.connect() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    for path in tmp_path.iterdir():
        assert b"forty characters" not in path.read_bytes()
