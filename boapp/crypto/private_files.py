"""Files that nobody but their owner may read: how they are written, and what is asked before reading.

Here: the site secret kept without a keyring, the passphrases of BOAPP_PASSPHRASES, and what is carried from
one workstation to another. Not here: what stands in them, and whether they should exist.

Reading asks in this order, of the opened file and not of its name, so that nothing can be swapped in
between: no link, a plain file, ours, closed to everybody else, small enough. Where the system knows no
owner and no mode (Windows), the folder's own access list is the protection, and those two are not asked.
"""

import os
import stat
import tempfile
from pathlib import Path

from boapp import faultpoints
from boapp.errors import BadInput, Unavailable

_POSIX = os.name == "posix"
# Zero where the system has no such flag. Not blocking: opening a pipe would otherwise wait for a writer.
_READ_ANY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_READ = _READ_ANY | getattr(os, "O_NOFOLLOW", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def read_private(path: Path, limit: int) -> bytes:
    """Give the content of a file that only this user can read, at most `limit` bytes.

    Raises BadInput for a file that is not private, not plain or too large, Unavailable when the disk
    does not give it.
    """
    if path.is_symlink():
        raise BadInput(f"{path} is a link.", "Put the file itself there.")
    try:
        descriptor = os.open(path, _READ)
    except OSError as fault:
        raise Unavailable(f"{path} cannot be opened: {fault.strerror}.") from fault
    try:
        _demand_private(path, os.fstat(descriptor))
        content = os.read(descriptor, limit + 1)
    except OSError as fault:
        raise Unavailable(f"{path} cannot be read: {fault.strerror}.") from fault
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise BadInput(f"{path} is larger than {limit} bytes.", "It should hold one line only.")
    return content


def _demand_private(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadInput(f"{path} is not a plain file.")
    if not _POSIX:
        return
    if found.st_uid != os.geteuid():
        raise BadInput(f"{path} belongs to another user.", "Make it yours, or run as its owner.")
    if found.st_mode & 0o077:
        raise BadInput(f"{path} is open to other users.", "Close it to them: chmod 600.")


def read_brought(path: Path, limit: int) -> bytes:
    """Give the content of a plain file that somebody brought, whoever may read it, at most `limit` bytes.

    Raises BadInput for what is no plain file or too large, before anything is read of it; Unavailable when
    the disk does not give it.
    """
    try:
        with os.fdopen(os.open(path, _READ_ANY), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise BadInput(f"{path} is not a plain file.")
            content = b"" if found.st_size > limit else file.read(limit + 1)
    except OSError as fault:
        raise Unavailable(f"{path} cannot be read: {fault.strerror}.", "Name the file again.") from fault
    if max(found.st_size, len(content)) > limit:
        raise BadInput(f"{path} is larger than boapp accepts.", "It is not what boapp wrote.")
    return content


def empty_folder(folder: Path) -> None:
    """Make a folder that only this user can open; refuse one that holds something."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput(f"{folder} is not an empty folder.", "Name a new or empty folder.")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be made: {error.strerror}.", "Name another place.") from error


def write_beside(path: Path, content: bytes) -> None:
    """Write a new file only this user can read into a folder that is somebody's own matter.

    An existing file is never touched. Raises Unavailable when the disk refuses.
    """
    try:
        _write_new(path, content)
    except OSError as fault:
        raise Unavailable(f"{path} cannot be written: {fault.strerror}.", "Name another place.") from fault


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file only this user can read: under its name it is whole, or not there; on disk for good.

    An existing file is never touched. Raises BadInput where there is one, Unavailable when the disk refuses.
    A process that is killed may leave a file beside it whose name ends in `.part`.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            _write_all(handle, content)
            faultpoints.reach("file:written")
            _give_name(Path(name), path)
            faultpoints.reach("file:named")
        finally:
            Path(name).unlink(missing_ok=True)
        _settle(path.parent)
    except FileExistsError as fault:
        raise BadInput(f"{path} is there already.", "Name a new file: boapp writes over none.") from fault
    except OSError as fault:
        raise Unavailable(f"{path} cannot be written: {fault.strerror}.", "Name another place.") from fault


def _give_name(written: Path, path: Path) -> None:
    """Let a file appear under its name; FileExistsError where there is one.

    A stick whose file system knows no second names gets it by renaming, after a look whether it is free.
    """
    try:
        os.link(written, path)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        written.rename(path)


def write_new_private(path: Path, content: bytes) -> None:
    """Write a new file only this user can read, on disk for good before this returns; its folder is made.

    An existing file is never touched; one that could not be written to its end is taken away again.
    Raises Unavailable when the disk refuses, BadInput when the folder is a link.
    """
    try:
        _make_private_folder(path.parent)
        _write_new(path, content)
        _settle(path.parent)
    except OSError as fault:
        raise Unavailable(f"{path} cannot be written: {fault.strerror}.") from fault


def _make_private_folder(folder: Path) -> None:
    if folder.is_symlink():
        raise BadInput(f"{folder} is a link.", "Put the folder itself there.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _settle(folder.parent)


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; one that could not be written to its end is taken away again."""
    descriptor = os.open(path, _CREATE, 0o600)
    try:
        _write_all(descriptor, content)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_all(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Put a folder's list of names on disk; Windows does so itself and cannot open a folder."""
    if not _POSIX:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
