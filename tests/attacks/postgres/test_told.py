"""What errors tell: every function, with each argument missing in turn, and with row security off.

What is asked for is there in one call and not in the next; what comes back as an error must be the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from boapp.crypto.envelope import new_id
from boapp.crypto.facts import FactKind
from tests.attacks.postgres.conftest import Target
from tests.attacks.postgres.test_flow import loose_fact
from tests.attacks.postgres.test_reviewed import junk_seal
from tests.moved import MovedScene

FUNCTIONS = """
    SELECT proname, proargnames[1:pronargs], proargtypes::oid[]::regtype[]::text[] FROM pg_proc
    WHERE pronamespace = 'api'::regnamespace ORDER BY proname
"""
Told = tuple[str | None, ...]


@dataclass(frozen=True)
class Function:
    """One function of `api`, as the catalogue has it."""

    name: str
    arguments: tuple[str, ...]
    types: tuple[str, ...]

    def call(self) -> sql.Composed:
        casts = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(kind)) for kind in self.types)
        return sql.SQL("SELECT * FROM api.{}({})").format(sql.Identifier(self.name), casts)

    def cells(self, given: Mapping[str, object], missing: str | None) -> list[object]:
        return [None if name == missing else given[name] for name in self.arguments]


def functions(scene: MovedScene) -> Iterator[Function]:
    with scene.boss() as boss:
        for name, arguments, types in boss.execute(FUNCTIONS.encode()).fetchall():
            yield Function(name, tuple(arguments or ()), tuple(types))


def there(target: Target) -> dict[str, object]:
    """Return an argument of each name that is of something that is there."""
    scene = target.scene
    manifest, signature, blob, boxes = junk_seal(scene, "bob", fence=target.claim.fence)
    fact = loose_fact(scene, "bob", FactKind.COMPARISON)
    return {
        "p_project": scene.project, "p_document": scene.documents[0], "p_person": scene.as_("ann").me.id,
        "p_fence": target.claim.fence, "p_batch": new_id(), "p_id": new_id(), "p_number": 1, "p_second": True,
        "p_epoch": 1, "p_name": b"name", "p_kdf": b"kdf", "p_scram": "scram", "p_mark": False,
        "p_meta": b"meta", "p_meta_epoch": 1, "p_manifest": manifest, "p_signature": signature,
        "p_blob": blob, "p_boxes": boxes, "p_k1": bytes(32), "p_statement": fact.statement,
        "p_content": fact.content, "p_box_adj": fact.box_adj, "p_box_own": fact.box_own,
        "p_data": b"data", "p_signatures": [bytes(64)], "p_rows": "{}", "p_since": 1,
        "p_kinds": ["pass"], "p_signed": [manifest], "p_contents": [blob], "p_boxes_adj": [boxes],
        "p_due_us": 1, "p_count": 1, "p_fences": [target.claim.fence], "p_start": 0, "p_length": 10,
        "p_boxes_own": [None], "p_batches": [None], "p_epochs": [None], "p_metas": [None],
    }  # fmt: skip


def not_there(known: Mapping[str, object]) -> dict[str, object]:
    """Return the same of something that is not there."""
    ids = {name: new_id() for name in ("p_project", "p_document", "p_person", "p_fence")}
    return {**known, **ids, "p_fences": [ids["p_fence"]]}


def told(db: psycopg.Connection[Any], function: Function, cells: list[object], before: str) -> Told | None:
    """Return everything that an error tells; None when none came. What was done is undone."""
    if function.name == "change_roster" and isinstance(cells[0], bytes):
        cells = [[cells[0]], *cells[1:]]
    try:
        with db.transaction(force_rollback=True):
            db.execute(before.encode())
            db.execute(function.call(), cells)
    except psycopg.Error as error:
        d = error.diag
        return (d.sqlstate, d.message_primary, d.message_detail, d.message_hint, d.context, d.table_name,
                d.column_name, d.constraint_name)  # fmt: skip
    return None


def all_told(target: Target, code: str, before: str) -> dict[str, set[Told | None]]:
    """Return what each function tells somebody, whatever is missing, and whether or not it is there."""
    known = there(target)
    found: dict[str, set[Told | None]] = {}
    with target.scene.moved.login(code) as db:
        for function in functions(target.scene):
            for missing in (None, *function.arguments):
                for given in (known, not_there(known)):
                    cells = function.cells(given, missing)
                    found.setdefault(function.name, set()).add(told(db, function, cells, before))
    return found


@pytest.mark.parametrize("code", ["bob", "sue"])
def test_the_only_error_is_the_refusal_and_it_is_one_for_each_function(attacked: Target, code: str) -> None:
    for name, everything in all_told(attacked, code, "SELECT").items():
        errors = everything - {None}
        assert len(errors) <= 1, (name, errors)
        assert all(error and error[:4] == ("42501", "refused", None, None) for error in errors), errors


def test_with_row_level_security_off_every_function_tells_one_thing(attacked: Target) -> None:
    # Or refuses before it looks anywhere: what it was given cannot be right.
    for name, everything in all_told(attacked, "bob", "SET LOCAL row_security = off").items():
        looked = {error for error in everything if error and error[:2] != ("42501", "refused")}
        assert None not in everything, name
        assert len(looked) == 1, (name, looked)
        (error,) = looked
        assert error[0] == "42501"
        assert (error[1] or "").startswith("query would be affected by row-level security policy")
