"""How SQLite finds the next document: by its index, without sorting."""

import sqlite3
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from boapp.shareddb.sqlite_queue import Wanted, _heads, _next_first
from tests.attacks.tools import Scene


def plan(scene: Scene, query: Select[Any]) -> str:
    """Return how SQLite goes about a query."""
    compiled = query.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    connection = sqlite3.connect(scene.file)
    try:
        parameters = [compiled.params[name] for name in compiled.positiontup or ()]
        steps = connection.execute(f"EXPLAIN QUERY PLAN {compiled}", parameters).fetchall()
    finally:
        connection.close()
    return "\n".join(step[3] for step in steps)


def wanted(scene: Scene, *, second: bool) -> Wanted:
    return Wanted(scene.project, second, None)


def test_the_next_first_pass_is_found_by_the_index_alone(in_file: Scene) -> None:
    # At 100,000 documents sorting the queue for each claim would stop everybody.
    steps = plan(in_file, _next_first(wanted(in_file, second=False), in_file.as_("ann").me.id, 0))
    assert "ix_document_queue" in steps
    assert "TEMP B-TREE" not in steps
    assert "SCAN document" not in steps


def test_the_heads_of_the_second_passes_are_found_by_jumps_along_the_index(in_file: Scene) -> None:
    steps = plan(in_file, _heads(wanted(in_file, second=True), in_file.as_("bob").me.id, 0))
    assert "ix_document_queue (project=? AND stage=? AND first_by>?)" in steps
    assert "TEMP B-TREE" not in steps
    assert "SCAN rows" not in steps
    assert "SCAN document" not in steps
