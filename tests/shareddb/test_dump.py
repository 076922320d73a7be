"""A dump of the whole database after a whole job: no value, name or piece of a picture in any form."""

import subprocess
from pathlib import Path

from boapp.services.comparing import compare_waiting
from boapp.services.intake import document_names
from tests.attacks.tools import SECRET_NAME, SECRET_TOTAL
from tests.builders import PEOPLE, receipt
from tests.moved import MovedScene
from tests.plaintext.search import fragments, needles_of_bytes, needles_of_texts, search

BATCH, PROJECT = "first batch", "receipts"


def dump(scene: MovedScene, folder: Path) -> Path:
    """Write a dump as the server's own program makes it, plain."""
    server = scene.moved.server
    folder.mkdir(exist_ok=True)
    written = folder / "all.sql"
    where = f"{server.where(scene.moved.database)} user=boss password={server.password}"
    subprocess.run(
        (server.program("pg_dump"), "--inserts", "--file", written, "--dbname", where),
        check=True,
        capture_output=True,
    )
    return folder


def test_a_dump_holds_nothing_in_plain_and_a_planted_value_is_found(
    in_postgres: MovedScene, tmp_path: Path
) -> None:
    scene = in_postgres
    scene.key_secret()
    scene.key("bob", company=SECRET_NAME, total="7391.64", second=True)
    scene.key_both(1, first="1234.56", second="1234.56")
    scene.decide("bob", SECRET_TOTAL)
    compare_waiting(scene.as_("sue"), scene.project)
    files = list(document_names(scene.as_("sue"), scene.project).values())
    values = [*receipt().values(), SECRET_NAME, SECRET_TOTAL, "7391.64", "1234.56"]
    people = [f"Full Name Of {code}" for code in PEOPLE]
    needles = needles_of_texts([*values, *people, *map(str, files), BATCH, PROJECT])
    pictures = sorted((scene.house.folder / "scans").glob("*.png"))
    pieces = {f"{p.name} {n}": piece for p in pictures for n, piece in enumerate(fragments(p.read_bytes()))}
    assert pictures
    needles |= needles_of_bytes(pieces)
    assert search(dump(scene, tmp_path / "dump"), needles) == []
    with scene.boss() as boss:
        boss.execute("UPDATE batch SET name = %s", (SECRET_NAME.encode(),))
    assert search(dump(scene, tmp_path / "planted"), needles)
