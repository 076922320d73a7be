"""The whole job through the real windows, by itself, as `boapp demo --auto` does it."""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

SCREENS = {"sign-in", "home-ann", "first", "second", "resolve-1-own-reading", "resolve-2-compare"} | {
    "discrepancies",
    "people",
    "intake",
    "lock",
    "first-empty",
    "resolve-empty",
}
SIZES = ("1280x720", "1440x900")


def test_the_whole_job_through_the_windows_finds_every_slip_and_leaves_nothing_wrong_or_plain(
    tmp_path: Path,
) -> None:
    ours = {name: str(tmp_path / name) for name in ("HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    for folder in ours.values():
        Path(folder).mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "ui.main", "demo", "--auto", str(tmp_path / "out")],
        env={**os.environ, **ours, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
    )
    assert done.returncode == 0, done
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["found"] == result["planted_first"] + result["planted_second"] == 16
    assert (result["documents"], result["wrong_left"], result["plaintext_hits"]) == (24, 0, 0)
    assert result["fields_keyed"] > 150
    pictures = {path.name for path in (tmp_path / "out").glob("*.png")}
    for screen in SCREENS:
        looks = product(("light", "dark"), SIZES)
        assert {f"{screen}-{look}-{size}.png" for look, size in looks} <= pictures, screen
    assert not list((tmp_path / "TMPDIR").iterdir())
