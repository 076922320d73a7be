"""Which computer this is: the number that its system gave it, and one that boapp gave its folder of stores.

Neither is secret. Together they tell a file that was made here from a copy that was carried here.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

MARK = ".workstation"
_LINUX = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_SECONDS = 5


def machine_id() -> bytes:
    """Return the number of this computer's system; empty where it has none."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - there only

        where = r"SOFTWARE\Microsoft\Cryptography"
        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, where) as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0]).encode()
    elif sys.platform == "darwin":
        return _macos()
    for path in _LINUX:
        with suppress(OSError):
            return path.read_bytes().strip()
    return b""


def _macos() -> bytes:
    words = ["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"]
    with suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(words, capture_output=True, check=True, timeout=_SECONDS).stdout  # noqa: S603
        return next((line for line in said.splitlines() if b"IOPlatformUUID" in line), b"").strip()
    return b""


def folder_id(folder: Path) -> bytes:
    """Return the number of a folder of stores, 16 bytes; given to it when it has none.

    It is on the disk, and whole, before anybody reads it: a store that was bound to another would be refused.
    """
    path = folder / MARK
    if not path.exists():
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(16))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    return path.read_bytes()
