"""After a full run nothing that anybody keyed or named stands in plain anywhere that boapp writes."""

import os
import re
import resource
from pathlib import Path

import pytest

from tests.plaintext.job import MODES, PEOPLE, Job, names, project, run, truth, values
from tests.plaintext.search import files_under, needles_of_texts

SHOWS_VALUES = {"report"}


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return run(tmp_path_factory.mktemp("full-run"))


def test_the_run_did_the_whole_job(job: Job) -> None:
    for mode in MODES:
        exported = (job.beside / f"export-{mode}.jsonl").read_text(encoding="utf-8")
        assert all(text in exported for row in truth(mode)[:2] for text in row.values())
        report = (job.beside / f"report-{mode}.csv").read_text(encoding="utf-8")
        assert "7219.88" in report
        assert "Zwergpinguim und Söhnchen" in report


def test_no_value_name_or_piece_of_a_picture_is_found_in_any_file(job: Job) -> None:
    searched = {path.suffix: path for path in files_under(job.searched)}
    assert {".db", ".json"} <= searched.keys()
    assert job.search() == []


def test_none_is_found_on_the_way_either_after_kills_and_beside_an_open_store(job: Job) -> None:
    assert len(job.found_on_the_way) == 3
    assert {place: hits for place, hits in job.found_on_the_way.items() if hits} == {}


@pytest.mark.parametrize("where", ["workspace", "home", "tmp", "own", "xdg-CACHE", "xdg-run", "."])
def test_one_planted_value_in_any_folder_is_found(job: Job, where: str) -> None:
    planted = job.searched / where / "planted"
    planted.write_text(truth("strict")[2]["address"], encoding="utf-16")
    try:
        assert {hit.path for hit in job.search()} == {planted}
    finally:
        planted.unlink()


def test_a_planted_page_is_found(job: Job) -> None:
    scan = job.beside / "scans-strict" / truth("strict")[0]["document"]
    planted = job.searched / "tmp" / "planted"
    planted.write_bytes(scan.read_bytes())
    try:
        assert {hit.path for hit in job.search()} == {planted}
    finally:
        planted.unlink()


def test_only_known_files_were_ever_opened_to_write(job: Job) -> None:
    known = re.compile(
        r"home/organisations/[0-9a-f]{32}/((stores/)?tmp\w{8}|writing\.lock|stores/[0-9a-f]{32}\.db)"
        r"|home/site-secrets/.+|workspace/boapp\.db|workspace/officers\.sealed"
    )
    opened = {path for path in job.opened if "__pycache__" not in path.parts and path != Path(os.devnull)}
    inside = {str(p.relative_to(job.searched)) for p in opened if p.is_relative_to(job.searched)}
    outside = {p for p in opened if not p.is_relative_to(job.searched)}
    assert "workspace/boapp.db" in inside
    assert {path for path in inside if not known.fullmatch(path)} == set()
    assert {p.name.split("-")[0] for p in outside} == {"report", "export"}


def test_no_value_is_said_but_by_the_report_and_none_at_all_on_standard_error(job: Job) -> None:
    for needle, (text, form) in needles_of_texts([*values(), *_full_names()]).items():
        for command, done in job.said:
            assert needle not in done.err.encode(), f"{command} says {text!r} ({form})"
            if command not in SHOWS_VALUES:
                assert needle not in done.out.encode(), f"{command} says {text!r} ({form})"
    assert any("refused" in done.out for _, done in job.said)


def _full_names() -> list[str]:
    return [full_name for _, full_name in PEOPLE.values()]


def test_a_crash_leaves_no_core_dump_wherever_the_shell_allows_one(job: Job) -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("this computer allows no core dump to anybody")
    third, crashed = job.values_file("crash", [truth("strict")[2]]), job.beside / "crashed"
    crashed.mkdir()
    words = ("key", project("strict"), "--as", "ann", "--from", third)
    status, _ = job.end_by("SIGABRT", "seal:signed", 1, *words, inside=crashed)
    assert not os.WCOREDUMP(status)
    assert files_under(crashed) == []


def test_every_name_that_is_searched_for_was_given_to_the_run(job: Job) -> None:
    given = "".join(str(path) for path in job.beside.rglob("*"))
    assert all(name in given for name in names() if name.endswith(".png"))
