"""Debian's PostgreSQL, which knows TLS: the installed one, or its packages unpacked without being installed.

To install them would make a cluster and start it. apt keeps its lists and files in a folder of ours, so that
anybody may fetch, on a machine on which nobody ever ran `apt-get update`. Once fetched they are kept.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.postgres import Programs

INSTALLED = Path("/usr/lib/postgresql")
UNPACKED = "usr/lib/postgresql"
SECONDS = 240


class NotToBeHad(Exception):  # noqa: N818 - the trade's word for it
    """There is no such PostgreSQL on this machine, and none can be fetched."""


def programs(kept: Path) -> Programs:
    """Return the programs; packages that are fetched are kept in a folder. Raises NotToBeHad."""
    if found := _newest(INSTALLED):
        return Programs(found)
    unpacked = kept / "unpacked"
    if not unpacked.is_dir():
        with tempfile.TemporaryDirectory(dir=kept) as room:
            _fetch(Path(room), Path(room) / "unpacked")
            _keep(Path(room) / "unpacked", unpacked)
    if not (found := _newest(unpacked / UNPACKED)):
        raise NotToBeHad("Debian's packages hold no PostgreSQL where it was expected")
    libraries = next(
        (str(p.parent.relative_to(unpacked)) for p in unpacked.glob("usr/lib/*/libpq.so.5")), None
    )
    return Programs(unpacked, str(found.relative_to(unpacked)), ("usr",), libraries)


def _newest(folder: Path) -> Path | None:
    """Return the programs of the newest version in a folder of versions."""
    versions = [p.parent for p in folder.glob("*/bin/postgres") if p.parent.parent.name.isdecimal()]
    return max(versions, key=lambda bin_: int(bin_.parent.name), default=None)


def _fetch(room: Path, unpacked: Path) -> None:
    """Fetch what apt would install, and unpack what servers need of it."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise NotToBeHad("no PostgreSQL with TLS in /usr/lib/postgresql, and no apt-get to fetch one with")
    for part in ("lists/partial", "cache/archives/partial"):
        (room / part).mkdir(parents=True)
    ours = (f"Dir::State::lists={room}/lists", f"Dir::Cache={room}/cache", "Debug::NoLocking=true")
    apt = ("apt-get", "-q", "-y", *(word for option in ours for word in ("-o", option)))
    _run(*apt, "update")
    _run(*apt, "install", "--download-only", "--no-install-recommends", "postgresql")
    for package in (room / "cache" / "archives").glob("*.deb"):
        if package.name.startswith(("postgresql-", "lib")) and not package.name.startswith("libc6_"):
            _run("dpkg", "-x", str(package), str(unpacked))


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotToBeHad(f"{command[0]} did not end: no PostgreSQL with TLS could be fetched") from error
    if done.returncode != 0:
        raise NotToBeHad(f"Debian's PostgreSQL could not be fetched: {done.stderr.strip()[-300:]}")


def _keep(made: Path, wanted: Path) -> None:
    """Move a folder into its place, unless another process was quicker."""
    try:
        made.rename(wanted)
    except OSError:
        if not wanted.is_dir():
            raise
