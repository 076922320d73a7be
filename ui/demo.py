"""boapp demo: a workspace to look around in, in a temporary folder; or, with --auto DIR, the whole job.

The passphrases are shown. Nothing is left behind, and nobody's keyring is written to.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ui.i18n import tr

NO_KEYRING = "keyring.backends.fail.Keyring"


def demo(words: Sequence[str]) -> None:
    """Run the demonstration; words are what stood behind `demo` on the command line."""
    if words[:1] == ["--auto"] and len(words) == 2:
        _auto(Path(words[1]))
    elif words:
        print(tr("Usage: boapp demo [--auto DIR]"), file=sys.stderr)
        raise SystemExit(2)
    elif _has_display():
        with tempfile.TemporaryDirectory(prefix="boapp-demo-") as name:
            _look_around(Path(name))
    else:
        folder = Path(tempfile.mkdtemp(prefix="boapp-demo-auto-"))
        print(tr("There is no display here, so the whole job runs by itself into {folder}.", folder=folder))
        _auto(folder)


def _auto(folder: Path) -> None:
    from ui.auto.run import run

    raise SystemExit(run(folder))


def _has_display() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def environment_of(folder: Path) -> dict[str, str]:
    """Return the variables under which the demonstration's processes run."""
    ours = {
        "BOAPP_HOME": str(folder / "home"),
        "BOAPP_WORKSPACE": str(folder / "workspace"),
        "PYTHON_KEYRING_BACKEND": NO_KEYRING,
    }
    return dict(os.environ) | ours


def _look_around(folder: Path) -> None:
    from boapp.demo.workspace import PEOPLE, build, new_passphrases

    print(tr("Drawing papers and letting some of them be keyed; this takes some seconds."), flush=True)
    os.environ.update(environment_of(folder))
    passphrases = new_passphrases()
    build(folder / "home", folder / "workspace", passphrases, folder / "scans")
    show_people(passphrases, PEOPLE)
    subprocess.run([sys.executable, "-m", "ui.main"], check=False)
    print(tr("The demonstration's folder is removed now."))


def show_people(passphrases: Mapping[str, str], roles: Mapping[str, str]) -> None:
    """Print who can sign in, and with what."""
    print(tr("Sign in as one of these; sign out with Ctrl+Q to be somebody else:"))
    for person, passphrase in passphrases.items():
        print(f"  {person:<6} {passphrase}   {roles.get(person, 'administrator')}")
