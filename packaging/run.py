"""The README commands: make what boapp needs on this machine, then run it.

What lives here: the machine's packages, the folder .venv, and the list of checks that `test` runs.
What does not: anything of boapp itself. This file knows the standard library only, because it runs before
anything else is there. Linux and macOS; on Windows boapp comes as an installer.

The rules hold in this order:

1. The machine first. Libraries and programs that are missing come from apt when this is root; else one line
   is printed that holds all that any command here needs, and the exit code is 2. Nothing is fetched before.
2. One at a time. Whoever makes .venv holds a lock on the requirements file; the others wait, then reuse.
3. A .venv counts only with a stamp that fits (requirements.txt, pyproject.toml, this Python, this folder).
   The stamp is written last: a .venv without it was left half made, and is made again from nothing.
4. Only what packaging/requirements.txt names goes into .venv. Hashes are checked, and nothing is built
   from source but boapp, by the locked tools. uv comes from the lock too; pip does the work where uv cannot.

After a change of the dependencies the lock is written anew by:

    python3 packaging/run.py exec -- uv pip compile --upgrade --universal --python-version 3.11 --group dev
        --generate-hashes --no-header --no-annotate pyproject.toml -o packaging/requirements.txt
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "packaging" / "requirements.txt"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
UV = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON)]
LOCKED = ["--require-hashes", "--only-binary", ":all:", "--requirement"]

USAGE = """\
python3 packaging/run.py demo [ARGUMENT…]               show boapp with sample documents
python3 packaging/run.py test [--full]                  run every check; --full at full counts
python3 packaging/run.py test [--full] -- ARGUMENT…     run pytest alone, with these arguments
python3 packaging/run.py exec -- COMMAND [ARGUMENT…]    run a command with boapp's Python first in PATH"""

VENV_PACKAGE = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"

# Debian's package: the file that it brings. Newer releases say libglib2.0-0t64, and take the old name for it.
QT_LIBRARIES = {
    "libglib2.0-0": "libglib-2.0.so.0",
    "libegl1": "libEGL.so.1",
    "libgl1": "libGL.so.1",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
}
# The tests keep secrets in a real Secret Service on a private bus, and press keys before a virtual screen.
TEST_PROGRAMS = {
    "gnome-keyring": "gnome-keyring-daemon",
    "dbus-daemon": "dbus-daemon",
    "xvfb": "Xvfb",
    "xauth": "xauth",
    "xdotool": "xdotool",
}


class Refusal(Exception):  # noqa: N818 - the trade's word, as in boapp.errors
    """A sentence for the person, and the exit code: 2 when they must do something first."""

    def __init__(self, sentence: str, code: int = 2) -> None:
        super().__init__(sentence)
        self.code = code


class Request(NamedTuple):
    """What the person asked for; `arguments` go to boapp, to pytest, or are the command itself."""

    command: str
    arguments: list[str]
    full: bool = False


class Result(NamedTuple):
    """How one stage of `run.py test` went."""

    name: str
    code: int
    seconds: float


def say(sentence: str) -> None:
    """Speak on standard error: standard output belongs to the command that is run."""
    print(sentence, file=sys.stderr, flush=True)


def parse(words: Sequence[str]) -> Request:
    """Read the command line, or stop with the usage."""
    command, *rest = words or [""]
    if command == "demo":
        return Request("demo", rest)
    cut = rest.index("--") if "--" in rest else len(rest)
    options, arguments = rest[:cut], rest[cut + 1 :]
    if command == "test" and options in ([], ["--full"]):
        return Request("test", arguments, full=bool(options))
    if command == "exec" and arguments and not options:
        return Request("exec", arguments)
    raise Refusal(USAGE)


def can_load(library: str) -> bool:
    """Ask the loader itself, which knows every folder and architecture that counts."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def lacking(needs: Mapping[str, str], is_there: Callable[[str], object]) -> list[str]:
    """Debian's names of the packages whose file is not there."""
    return [package for package, file in needs.items() if not is_there(file)]


def missing_packages(*, for_tests: bool) -> list[str]:
    """Debian's names of what this machine must get before the command can run."""
    if not sys.platform.startswith("linux"):
        return []
    importlib.invalidate_caches()  # apt may have brought ensurepip a moment ago
    venv = [] if importlib.util.find_spec("ensurepip") else [VENV_PACKAGE]
    programs = lacking(TEST_PROGRAMS, shutil.which) if for_tests else []
    return venv + lacking(QT_LIBRARIES, can_load) + programs


def advice(packages: Sequence[str], *, apt: bool, sudo: bool) -> str:
    """Say the one line that makes this machine ready for every command here."""
    names = " ".join(packages)
    if not apt:
        return f"Some system libraries are missing. Please install what Debian calls: {names}"
    prefix = "sudo " if sudo else ""
    line = f"{prefix}apt-get update && {prefix}apt-get install -y --no-install-recommends {names}"
    who = "" if sudo else " as root"
    return f"Some system packages are missing. Run this line{who}, then try again:\n{line}"


def provide_packages(*, for_tests: bool) -> None:
    """Install what is missing when this is root on a machine with apt; else stop with the line."""
    missing = missing_packages(for_tests=for_tests)
    if not missing:
        return
    apt = shutil.which("apt-get") is not None
    if os.geteuid() != 0 or not apt:
        raise Refusal(
            advice(missing_packages(for_tests=True), apt=apt, sudo=shutil.which("sudo") is not None)
        )
    apt_install(missing)
    if left := missing_packages(for_tests=for_tests):
        raise Refusal(f"apt installed all it was asked for, but these still do not load: {' '.join(left)}")


def apt_install(packages: Sequence[str]) -> None:
    """Install as root, waiting for another apt to finish; only the installation itself must succeed."""
    say(f"Installing system packages with apt: {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-q", "update"], env=quiet, stdout=sys.stderr, check=False)
    install = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "install", "--no-install-recommends"]
    if subprocess.run([*install, *packages], env=quiet, stdout=sys.stderr, check=False).returncode:
        raise Refusal("apt could not install them; its own words are above.")


def expected_stamp() -> str:
    """Digest all that decides what is in .venv; the folder counts because scripts hold its path."""
    place = f"{sysconfig.get_config_var('SOABI')} {VENV}"
    parts = (REQUIREMENTS.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), place.encode())
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def is_ready(venv: Path, stamp: str) -> bool:
    """Whether the folder was made to the end, for this stamp, and its Python is still there."""
    written = venv / "boapp-stamp"
    return (venv / "bin" / "python").exists() and written.is_file() and written.read_text() == stamp


@contextlib.contextmanager
def making_alone() -> Iterator[int]:
    """Hold the lock; yield its descriptor for the installers, so that they hold it when run.py is killed."""
    with REQUIREMENTS.open("r+b") as lock:  # network folders lock only what is open for writing
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another run is setting up; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def provide_venv() -> None:
    """Reuse .venv when its stamp fits, else make it."""
    stamp = expected_stamp()
    if is_ready(VENV, stamp):
        return
    with making_alone() as lock:
        if not is_ready(VENV, stamp):
            make_venv(lock)
            (VENV / "boapp-stamp").write_text(stamp)


def make_venv(lock: int) -> None:
    """Make .venv from nothing: the locked packages, then boapp itself, then see that Qt loads."""
    say("Making .venv; this takes about a minute.")
    remove(VENV)
    outside = getattr(sys, "_base_executable", sys.executable)  # run.py may itself run in the removed .venv
    must_work(call([outside, "-m", "venv", str(VENV)], lock), "Python could not make .venv")
    uv_only = VENV / "uv.txt"
    uv_only.write_text(locked_entry(REQUIREMENTS.read_text(), "uv"))
    call([*PIP, "--quiet", *LOCKED, str(uv_only)], lock)
    install([*LOCKED, str(REQUIREMENTS)], lock)
    install(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)], lock)
    must_work(call([str(PYTHON), "-c", "import PySide6.QtWidgets"], lock), "Qt does not load")


def install(arguments: Sequence[str], lock: int) -> None:
    """Install with uv, which is quick; where it is not to be had or fails, with pip and its settings."""
    by_uv = Path(UV[0]).exists() and call([*UV, *arguments], lock)
    must_work(by_uv or call([*PIP, *arguments], lock), "The Python packages could not be installed")


def call(command: Sequence[str], lock: int) -> bool:
    """Run one step of the making; the step keeps the lock for as long as it lives."""
    return subprocess.run(command, stdout=sys.stderr, pass_fds=[lock], check=False).returncode == 0


def must_work(worked: bool, complaint: str) -> None:  # noqa: FBT001 - it reads as a sentence where it stands
    """Stop with the complaint unless it worked."""
    if not worked:
        raise Refusal(f"{complaint}; the reason is above.", code=1)


def remove(folder: Path) -> None:
    """Remove a folder, or the link that stands for one; nothing there is fine."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def locked_entry(requirements: str, name: str) -> str:
    """Cut one package with its hashes out of the lock; empty when the lock does not name it."""
    lines = requirements.replace("\\\n", "\0").splitlines()
    return "".join(f"{line}\n" for line in lines if line.startswith(f"{name}==")).replace("\0", "\\\n")


def environment() -> dict[str, str]:
    """Return this environment with the programs of .venv first in PATH."""
    path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV)}


def become(command: list[str]) -> NoReturn:
    """Turn into the command, so that its exit code and its signals are its own."""
    sys.stdout.flush()
    try:
        os.execvpe(command[0], command, environment())  # noqa: S606 - there is nothing for a shell to do
    except OSError as fault:
        raise Refusal(f"{command[0]} cannot be run: {fault.strerror}", code=127) from None


def all_stages(*, with_benchmarks: bool) -> dict[str, list[str]]:
    """List the checks, quick ones first; benchmarks run alone, because neighbours spoil their ratios."""
    stages = {
        "ruff check": ["ruff", "check"],
        "ruff format": ["ruff", "format", "--check"],
        "mypy": ["mypy"],
        "import-linter": ["lint-imports"],
        "pytest": ["pytest", "-n", "2", "--ignore=tests/benchmarks"],
    }
    return {**stages, "benchmarks": ["pytest", "tests/benchmarks"]} if with_benchmarks else stages


def run_stage(name: str, command: list[str], *, full: bool) -> Result:
    """Run one check from the project's folder, whatever the others did."""
    print(f"\n== {name}: {' '.join(command)}", flush=True)
    counts = {"BOAPP_FULL": "1"} if full else {}
    surroundings = {**environment(), "QT_QPA_PLATFORM": "offscreen", **counts}
    start = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=surroundings, check=False).returncode
    return Result(name, code, time.monotonic() - start)


def summary(results: Sequence[Result]) -> str:
    """Tell how each stage went, and the whole."""
    lines = [f"  {r.name:<14}{'FAILED' if r.code else 'ok':<8}{r.seconds:6.1f} s" for r in results]
    failed = [result.name for result in results if result.code]
    return "\n".join(["\nSummary", *lines, f"Failed: {', '.join(failed)}." if failed else "All is well."])


def run_tests(request: Request) -> int:
    """Run every stage, or pytest alone with the person's own arguments; 1 when any failed."""
    alone = {"pytest": ["pytest", *request.arguments]} if request.arguments else {}
    stages = alone or all_stages(with_benchmarks=(ROOT / "tests" / "benchmarks").is_dir())
    results = [run_stage(name, command, full=request.full) for name, command in stages.items()]
    print(summary(results), flush=True)
    return int(any(result.code for result in results))


def run(request: Request) -> int:
    """Make the machine and .venv ready, then do what was asked."""
    provide_packages(for_tests=request.command == "test")
    provide_venv()
    if request.command == "test":
        return run_tests(request)
    demo = [str(PYTHON), "-m", "ui.main", "demo", *request.arguments]
    become(demo if request.command == "demo" else request.arguments)


def refuse_old_python() -> None:
    """Stop with a sentence; this file is written so that an older Python can read it as far as here."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it is the check that keeps older ones out
        raise Refusal("boapp needs Python 3.11 or newer; this one is older.")


def main(words: Sequence[str]) -> int:
    """Return the exit code, and tell expected trouble in plain words."""
    try:
        refuse_old_python()
        return run(parse(words))
    except Refusal as refusal:
        say(str(refusal))
        return refusal.code
    except PermissionError as denial:
        say(f"This account may not write in {ROOT}: {denial.filename}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
