"""Scripts for the database's administrator: what each does, in words, and where it may be saved.

Such a script is for whoever may make roles on the server; boapp itself has no such login.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

from ui.i18n import tr


class What(enum.Enum):
    """What a script does."""

    LOGIN = enum.auto()
    CLOSE = enum.auto()
    PASSWORD = enum.auto()
    PASSWORD_FIRST = enum.auto()
    """As before, and until it was run nothing else is done."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script, whose login it is about, and the address of the database it is for."""

    what: What
    code: str
    address: str
    words: str = field(repr=False)

    @property
    def title(self) -> str:
        """Return what the layer is called."""
        titles = {
            What.LOGIN: tr("A login for {person}", person=self.code),
            What.CLOSE: tr("End the login of {person}", person=self.code),
        }
        return titles.get(self.what, tr("A new password for the login of {person}", person=self.code))

    @property
    def explained(self) -> str:
        """Return who runs it and what waits for it."""
        return {
            What.LOGIN: tr("She can sign in when the database's administrator has run this script."),
            What.CLOSE: tr(
                "Her login is blocked already. This script ends it and its sessions; the database's "
                "administrator runs it."
            ),
            What.PASSWORD: tr(
                "The database's administrator runs this script. Her new keys begin after it, or when you "
                "choose Later; she can sign in when it was run."
            ),
            What.PASSWORD_FIRST: tr(
                "The database's administrator runs this script first: then what she had not sent is sent, "
                "and her new keys begin. If somebody else runs it, choose Later when it was done."
            ),
        }[self.what]

    @property
    def done(self) -> str:
        """Return what is so when it was run."""
        closed = tr("Done. The login of {person} and its sessions have ended.", person=self.code)
        return closed if self.what is What.CLOSE else tr("Done. {person} can sign in.", person=self.code)

    @property
    def file(self) -> Path:
        """Return a file to suggest."""
        return Path.home() / f"{'close' if self.what is What.CLOSE else 'login'}-{self.code}.sql"
