"""Where a passphrase comes from: typed by the person, or read from a folder of files.

Here: both sources and what each passphrase must be. Not here: asking on a terminal or in a window (that
comes in as a callable), and turning a passphrase into keys (`passphrase`).

The rules, in this order:

1. When BOAPP_PASSPHRASES names a folder, the folder alone counts; nobody is asked, and a missing file is
   refused by its name. Other programs rely on never meeting a prompt.
2. NAME holds the passphrase of the person NAME; NAME.new holds the one she changes to.
3. A file is refused unless it is plain, ours, closed to all others and one line of at most 4 KiB. One
   trailing newline (LF or CR LF) is not part of the passphrase; every other blank is.
4. Every passphrase becomes Unicode NFKC, so that the same one typed on another keyboard or system gives
   the same keys. This is frozen: another form would lock people out. Control characters are refused.
5. A new passphrase is not the person's own code, and one that is typed has at least 8 characters. Longer
   is better; how long a program makes those it puts into the folder is the program's own matter.
"""

import enum
import os
import stat
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from boapp.crypto.private_files import read_private
from boapp.errors import BadInput, NotFound, Unavailable

VARIABLE = "BOAPP_PASSPHRASES"
LEAST_CHARACTERS = 8
MOST_BYTES = 4096
_NEW = ".new"


class Source(enum.StrEnum):
    """Who set it: a person at a prompt, or whoever filled the folder (an administrator)."""

    PROMPT = "prompt"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase in the form that keys are derived from; its text never shows in a repr."""

    text: str = field(repr=False)
    source: Source


def folder_from(environment: Mapping[str, str]) -> Path | None:
    """Give the folder that BOAPP_PASSPHRASES names, or None when it is unset or empty."""
    named = environment.get(VARIABLE, "")
    return Path(named) if named else None


def for_unlock(person: str, folder: Path | None, ask: Callable[[str], str]) -> Passphrase:
    """Give the passphrase that opens a person's keys; `ask` takes a sentence and gives what was typed."""
    if folder is None:
        return _typed(ask(f"Passphrase of {person}"))
    return _from_folder(folder, person)


def for_new(person: str, folder: Path | None, ask_twice: Callable[[str], str]) -> Passphrase:
    """Give the first passphrase of a person; refuses a weak one."""
    return _fit_for_new(person, _new(person, "", folder, ask_twice))


def for_change(person: str, folder: Path | None, ask_twice: Callable[[str], str]) -> Passphrase:
    """Give the passphrase that a person changes to, NAME.new in the folder; refuses a weak one."""
    return _fit_for_new(person, _new(person, _NEW, folder, ask_twice))


def _new(person: str, suffix: str, folder: Path | None, ask_twice: Callable[[str], str]) -> Passphrase:
    if folder is None:
        return _typed(ask_twice(f"New passphrase of {person}"))
    return _from_folder(folder, person, suffix)


def _typed(text: str) -> Passphrase:
    return Passphrase(_normal(text, "The passphrase"), Source.PROMPT)


def _from_folder(folder: Path, person: str, suffix: str = "") -> Passphrase:
    if person.endswith(_NEW):
        raise BadInput(f"The code {person!r} cannot be used with {VARIABLE}: {_NEW} marks a new passphrase.")
    name = person + suffix
    # Only a name that the folder itself lists is opened: so no path leads out of it, and a file system
    # that ignores case or trailing dots cannot give one person the passphrase of another.
    if name not in _names_in(folder):
        raise NotFound(
            f"The folder {folder} has no file {name!r}.", f"{VARIABLE} names it: put the file there."
        )
    path = folder / name
    return Passphrase(_normal(_one_line(read_private(path, MOST_BYTES)), str(path)), Source.FOLDER)


def _names_in(folder: Path) -> set[str]:
    try:
        mode = folder.stat().st_mode
        names = {path.name for path in folder.iterdir()}
    except OSError as fault:
        title = f"The folder {folder} cannot be read: {fault.strerror}."
        raise Unavailable(title, f"{VARIABLE} names it: correct that, or unset it.") from fault
    if os.name == "posix" and mode & stat.S_IWOTH:
        raise BadInput(f"Everybody can write in the folder {folder}.", "Close it to them: chmod 700.")
    return names


def _one_line(content: bytes) -> str:
    line = content.removesuffix(b"\n").removesuffix(b"\r") if content.endswith(b"\n") else content
    # Bytes that are no UTF-8 become surrogates, refused below: the decoder's own error would carry the
    # passphrase into a report. A byte order mark is an editor's doing, not the person's.
    return line.decode("utf-8-sig", "surrogateescape")


def _normal(text: str, origin: str) -> str:
    normal = unicodedata.normalize("NFKC", text)
    if not normal:
        raise BadInput(f"{origin} is empty.")
    if _holds(normal, {"Cc", "Cs", "Zl", "Zp"}):
        title = f"{origin} holds a line break, another control character, or bytes that are not UTF-8."
        raise BadInput(title, "Use one line of text.")
    if len(normal.encode()) > MOST_BYTES:
        raise BadInput(f"{origin} is larger than {MOST_BYTES} bytes.")
    return normal


def _holds(text: str, categories: set[str]) -> bool:
    return any(unicodedata.category(letter) in categories for letter in text)


def _fit_for_new(person: str, passphrase: Passphrase) -> Passphrase:
    if passphrase.source is Source.PROMPT and len(passphrase.text) < LEAST_CHARACTERS:
        raise BadInput(f"A new passphrase has at least {LEAST_CHARACTERS} characters.", "Take a longer one.")
    if passphrase.text.casefold() == person.casefold():
        raise BadInput("The passphrase is the person's own code.", "Take another one.")
    if _holds(passphrase.text, {"Cn"}):  # its NFKC form may change once Unicode gives it a meaning
        raise BadInput("The passphrase holds a character that Unicode does not define yet.", "Leave it out.")
    return passphrase
