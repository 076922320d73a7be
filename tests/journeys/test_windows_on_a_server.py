"""Three workstations at the real windows over one PostgreSQL: keyed, keyed blind, resolved, in both modes.

Each person sits in a process of her own, with a home of her own, and touches nothing but keys.
"""

import os
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest

from boapp.demo.samples import CLAIMS
from boapp.demo.workspace import CLAIMS_PROJECT, Batch, papers
from boapp.resources import resource
from tests.builders import PASSPHRASE
from tests.commands.desk import Desk
from tests.postgres import Server
from tests.site import Site, found_site
from ui.auto.script import Sitting, answers

KEYED = CLAIMS[:3]
SLIP = {KEYED[1].name: {"amount": "1.00"}}


@pytest.fixture(scope="module")
def site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = found_site(tmp_path_factory.mktemp("windows"), server, "windows")
    yield made
    made.drop()


def sits(desk: Desk, site: Site, person: str, *does: str) -> dict[str, int]:
    """Let a person sit down at a workstation; return what she did."""
    script = Sitting(person, PASSPHRASE, does, answers(SLIP if person == "bob" else {}), str(site.folder))
    ours = {name: value for name, value in desk.environment().items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-m", "ui.auto.sitting"],
        input=msgspec.json.encode(script),
        env={**os.environ, **ours, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        timeout=240,
        check=True,
    )
    told: dict[str, int] = msgspec.json.decode(done.stdout)
    return told


@pytest.mark.parametrize(("mode", "resolver"), [("release", "bob"), ("strict", "adj")])
def test_the_main_job_at_three_windows(site: Site, mode: str, resolver: str) -> None:
    first, ann, bob = site.desk(), site.enrol(f"ann {mode}"), site.enrol(f"bob {mode}")
    form = first.file("claim.toml", resource("forms/claim.toml").read_bytes())
    first.run("project", "add", mode, "--form", form, "--mode", mode)
    scans = papers(Batch(CLAIMS_PROJECT, "one", KEYED, 0, 0), site.folder / mode)
    first.run("intake", mode, "--batch", "one", *scans)
    assert sits(ann, site, "ann", "first")["documents"] == len(KEYED)
    does = ("second", "resolve") if resolver == "bob" else ("second",)
    told = sits(bob, site, "bob", *does)
    assert told["documents"] == len(KEYED)
    if resolver == "adj":
        first.run("settle", mode, "--as", "sue")
        told = sits(first, site, "adj", "resolve")
    assert told["resolved"] == 1
    first.run("settle", mode, "--as", "sue")
    assert first.status(mode, "sue")["stages"]["settled"] == len(KEYED)
    assert first.run("audit", "verify", mode, "--as", "sue", "--json").json["findings"] == []
