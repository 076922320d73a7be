"""However a list of messages is cut into batches, the same becomes of each, and the same rows are stored."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.rows import namedtuple_row

from boapp.crypto.facts import SealedFact
from boapp.crypto.sealed_pass import SealedPass
from boapp.errors import Refusal
from boapp.shareddb.postgres import PostgresDatabase
from boapp.shareddb.protocol import SharedDatabase, Signed, TakenIn
from boapp.shareddb.sqlite import SqliteDatabase
from boapp.shareddb.tables import claim, document, fact, pass_share, sealed_pass, surplus_pass
from boapp.sqlitefile import reading
from tests.attacks.tools import FULL, Scene
from tests.moved import MovedScene
from tests.shareddb.sendings import mixed

TABLES = (sealed_pass, surplus_pass, pass_share, fact, claim, document)
NAMES = (
    "second", "compared", "other", "same id", "again", "first", "other share", "late", "id of late",
    "id of another", "of ann", "nowhere", "cut off", "fact of ann", "early", "no batch",
)  # fmt: skip
Rows = dict[str, list[tuple[Any, ...]]]


class Trial(NamedTuple):
    """Bob's database as it stood, what sends one message, and what reads the rows; then it is undone."""

    shared: SharedDatabase
    alone: Callable[[Signed], object]
    rows: Callable[[], Rows]


class Trials(NamedTuple):
    """Bob's messages, and what begins a trial."""

    messages: dict[str, Signed]
    begin: Callable[[], AbstractContextManager[Trial]]


def by_its_own_call(shared: SharedDatabase, message: Signed) -> object:
    """Send a message by the call for its kind."""
    match message:
        case SealedPass():
            return shared.seal(message)
        case SealedFact():
            return shared.state([message])[0]
        case TakenIn(taken, new):
            return shared.add_document(taken, new)


def query(table: Any, schema: str) -> str:
    """Return the query for the rows of a table, without the time at which they were stored."""
    columns = ", ".join(c.name for c in table.c if c.name != "stored_us")
    return f"SELECT {columns} FROM {schema}{table.name} ORDER BY 1, 2"


def in_file(scene: Scene, folder: Path) -> Trials:
    """Try out on copies of a file."""
    messages, me = mixed(scene).messages, scene.as_("bob").me.id
    scene.close()

    @contextmanager
    def begin() -> Iterator[Trial]:
        path = folder / "tried.db"
        shutil.copyfile(scene.file, path)
        shared = SqliteDatabase(path, me, lambda: 1)

        def rows() -> Rows:
            with reading(shared._engine) as db:
                return {t.name: [tuple(r) for r in db.exec_driver_sql(query(t, ""))] for t in TABLES}

        yield Trial(shared, lambda message: by_its_own_call(shared, message), rows)
        shared.close()

    return Trials(messages, begin)


def in_postgres(scene: MovedScene) -> Trials:
    """Try out in transactions that are rolled back."""
    messages = mixed(scene).messages
    scene.close()

    @contextmanager
    def begin() -> Iterator[Trial]:
        with scene.moved.superuser() as db, db.transaction(force_rollback=True):
            db.row_factory = namedtuple_row
            db.execute("SET LOCAL SESSION AUTHORIZATION bo_bob")
            shared = PostgresDatabase(db)

            def alone(message: Signed) -> object:
                with db.transaction():
                    return by_its_own_call(shared, message)

            def rows() -> Rows:
                db.execute("RESET SESSION AUTHORIZATION")
                return {t.name: [tuple(r) for r in db.execute(query(t, "core.").encode())] for t in TABLES}

            yield Trial(shared, alone, rows)

    return Trials(messages, begin)


@pytest.fixture(scope="module", params=["file", "postgres"])
def trials(
    request: pytest.FixtureRequest, taken_in: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trials]:
    """Return bob's messages to each kind of shared database."""
    folder = tmp_path_factory.mktemp("trials")
    if request.param == "file":
        yield in_file(taken_in.copy(folder / "scene"), folder)
        return
    moved: MovedScene = request.getfixturevalue("moved").copy(folder / "moved")
    yield in_postgres(moved)
    moved.moved.drop()


def by_itself(trial: Trial, message: Signed) -> str:
    """Send one message; return what became of it."""
    try:
        return told(trial.alone(message))
    except Refusal as refusal:
        return told(refusal)


def told(result: object) -> str:
    """Return the word for an outcome, or the name of a refusal."""
    return type(result).__name__ if isinstance(result, Refusal) else str(result)


def cut(names: Sequence[str], sizes: Sequence[int]) -> Iterator[Sequence[str]]:
    """Cut a list into parts of these sizes; what is left is the last."""
    at = 0
    for size in sizes:
        yield names[at : at + size]
        at += size
    yield names[at:]


@settings(max_examples=300 if FULL else 25, deadline=None)
@given(st.lists(st.sampled_from(NAMES), max_size=12), st.lists(st.integers(0, 8), max_size=4))
def test_batching_changes_no_outcome_and_no_row(trials: Trials, names: list[str], sizes: list[int]) -> None:
    with trials.begin() as trial:
        expected = [by_itself(trial, trials.messages[name]) for name in names], trial.rows()
    with trials.begin() as trial:
        found = []
        for part in cut(names, sizes):
            found += [told(result) for result in trial.shared.send([trials.messages[name] for name in part])]
        assert (found, trial.rows()) == expected
