"""The README's map and the tree say the same, and the core needs no screen."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rooms() -> set[str]:
    """Folders with Python files directly in them, below boapp/ and ui/."""
    return {
        f"{path.parent.relative_to(ROOT).as_posix()}/"
        for top in ("boapp", "ui")
        for path in (ROOT / top).glob("*/*.py")
        if path.parent.name != "__pycache__"
    }


def test_every_room_of_the_core_is_on_the_map_and_the_map_has_no_other() -> None:
    named = set(re.findall(r"^\| `((?:boapp|ui)/\w+/)` \|", README, re.MULTILINE))
    assert named == rooms()


def test_every_file_that_the_readme_names_exists() -> None:
    for name in re.findall(r"`((?:boapp|ui|resources|packaging|tests)/[\w./-]+)`", README):
        assert (ROOT / name).exists(), name
    for line in README.split("## The way of one document")[1].split("##")[0].splitlines():
        folder = ""
        for name in re.findall(r"`([\w/]+)`", line):
            folder = name.split("/")[0] if "/" in name else folder
            path = name if "/" in name else f"{folder}/{name}"
            found = ROOT / path if path.startswith("ui/") else ROOT / "boapp" / f"{path}.py"
            assert found.exists(), path


def test_the_top_level_holds_only_what_belongs_there() -> None:
    allowed = {"pyproject.toml", "boapp", "ui", "resources", "tests", "packaging", "README.md", "LICENSE"}
    made = {"build", "dist"}  # by building it; git ignores them
    assert {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - made == allowed


def test_every_module_of_the_core_imports_with_no_screen_library_installed() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "boapp").rglob("*.py")
        if "migrations" not in path.parts and path.name != "__main__.py"
    ]
    program = (
        "import sys, importlib\n"
        "sys.modules['PySide6'] = None\n"
        f"for name in {names!r}: importlib.import_module(name.removesuffix('.__init__'))\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_the_screen_library_survives_two_hundred_thousand_calls_in_one_process() -> None:
    # A version that loses a reference to None at each call aborts after some thousands of them.
    program = (
        "from PySide6.QtCore import QCoreApplication, QObject\n"
        "app = QCoreApplication([])\n"
        "thing = QObject()\n"
        "for number in range(200_000): thing.setObjectName('n')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
