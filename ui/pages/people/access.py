"""What People asks of the services for logins, leaving, new passphrases and workstations.

Verbs that a lane of operations runs: they say in words what was done, and hand over the script that the
database's administrator has to run, where there is a server.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from boapp.services import leaving, resetting, servers
from boapp.services.people import NewPerson, add_person, new_person
from boapp.services.projects import project_names
from boapp.workspace import Workspace
from ui.i18n import tr, tr_n
from ui.pages.people.presenter import Done
from ui.pages.people.scripts import Script, What

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


@dataclass(frozen=True, slots=True)
class Order:
    """A new passphrase that was typed, and the files of two officers' parts, if they are there."""

    code: str
    typed: str = field(repr=False)
    by_herself: bool
    parts: tuple[Path, Path] | None


@dataclass(frozen=True, slots=True)
class Begun:
    """New keys that are not stored yet: her login needs the password of the new passphrase first."""

    reset: resetting.Reset
    secret: X25519PrivateKey | None = field(repr=False)
    script: Script


def add(ws: Workspace, new: NewPerson) -> Done:
    """Add somebody."""
    add_person(ws, new)
    return Done(
        tr("Added {person}. Put her into a project with R.", person=new.code),
        script=login_script(ws, new.code) if servers.is_on_server(ws) else None,
    )


def login_script(ws: Workspace, code: str) -> Script:
    """Return what makes somebody's login, or gives it the password of her present passphrase."""
    row = ws.shared.person_key(code)
    assert row is not None  # noqa: S101 - the list has just shown her
    return Script(What.LOGIN, row.code, str(ws.location), servers.login_script(ws.org, row))


def revoke(ws: Workspace, code: str, reason: str) -> Done:
    """Let somebody out for good."""
    names = {project.hex(): name for project, name in project_names(ws).items()}
    orphaned = [names.get(project, project) for project in leaving.revoke(ws, code, reason)]
    words = [
        tr("{person} left. What she could read before stays readable to her if she kept copies.", person=code)
    ]
    if orphaned:
        words.append(
            tr(
                "Nobody holds the adjudication key of {projects} now. Add a supervisor there, then run boapp "
                "recover with the parts of two officers.",
                projects=", ".join(orphaned),
            )
        )
    script = None
    if servers.is_on_server(ws):
        script = Script(What.CLOSE, code, str(ws.location), servers.closing_script(ws.org, code))
    return Done("\n".join(words), "warn" if orphaned else "ok", script)


def begin_reset(ws: Workspace, order: Order) -> Begun | Done:
    """Make new keys for somebody; where no login stands in between, put them in the place of the old."""
    secret = resetting.recovery_key_of(ws, *order.parts) if order.parts else None
    new = new_person(order.code, "", (), order.typed, by_herself=order.by_herself)
    made = resetting.prepare(ws, new)
    if not servers.is_on_server(ws):
        return _finish(ws, made, secret, login=True)
    what = What.PASSWORD if secret is None else What.PASSWORD_FIRST
    words = servers.renewing_script(ws.org, made.row)  # whoever has the old keys is connected no more
    return Begun(made, secret, Script(what, made.row.code, str(ws.location), words))


def go_on(ws: Workspace, begun: Begun) -> Done:
    """Put new keys in the place of the old ones, whoever ran the script or will run it."""
    return _finish(ws, begun.reset, begun.secret, login=resetting.opens(ws, begun.reset))


def _finish(ws: Workspace, made: resetting.Reset, secret: X25519PrivateKey | None, *, login: bool) -> Done:
    sent = resetting.finish(ws, made, secret, login=login)
    words = [tr("{person} has new keys and a new passphrase.", person=made.person.code)]
    if sent:
        words.append(tr_n("{n} message of hers was sent.", "{n} messages of hers were sent.", sent))
    if not login:
        words.append(tr("She can sign in when the script was run; L shows it again."))
    return Done(" ".join(words), "ok" if login else "warn")


def run(ws: Workspace, script: Script, url: str, password: str, begun: Begun | None) -> Done:
    """Run a script with a login that is given now, and do what waited for it."""
    servers.run_script(url, script.words, lambda _sentence: password)
    return Done(script.done) if begun is None else _finish(ws, begun.reset, begun.secret, login=True)


def save(path: Path, script: Script) -> Path:
    """Write a script into a new file; return which."""
    servers.save_script(path, script.words)
    return path


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle: where it is, and the words to be compared."""

    path: Path
    words: str


def write_bundle(ws: Workspace, path: Path) -> Written:
    """Write the bundle of a further workstation."""
    from boapp.services.provisioning import write_bundle

    return Written(path, write_bundle(ws, path))
