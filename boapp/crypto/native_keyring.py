"""The operating system's own keyring: which one is accepted, and asking it without waiting for ever.

Here: the choice among keyring's backends, the bound on time, and the translation of everything they
raise. Not here: what is stored and what happens where none is accepted (`keychain`).

The choice, in this order:

1. What the person chose by keyring's own settings (PYTHON_KEYRING_BACKEND, keyringrc.cfg) is heard, and
   followed only if it is one of the classes below; null, fail and plaintext choices mean "no keyring".
   Choosing keyring's own chain of backends means the next rule.
2. Else the first of the classes below that works here, by keyring's own priority.

A class is accepted when it is the very object that keyring's module holds under that name: neither a
subclass nor a stranger that calls itself the same. Plug-ins of other packages are not even loaded.

A locked Secret Service asks the person by a prompt that has no end of its own. So every question runs in
a thread of its own that may be left behind: the prompt stays, and answering it makes the next try work.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from operator import attrgetter
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from boapp.errors import Unavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

NATIVE = {
    "win32": (("keyring.backends.Windows", "WinVaultKeyring"),),
    "darwin": (("keyring.backends.macOS", "Keyring"),),
    "linux": (
        ("keyring.backends.SecretService", "Keyring"),
        ("keyring.backends.libsecret", "Keyring"),
        ("keyring.backends.kwallet", "DBusKeyring"),
        ("keyring.backends.kwallet", "DBusKeyringKWallet4"),
    ),
}
# Seconds. With a screen the person may be typing the keyring's own password.
PATIENCE_WITH_SCREEN = 30.0
PATIENCE_WITHOUT_SCREEN = 8.0

_ADVICE = (
    "Unlock the keyring of your login, then try again. A computer without a usable keyring is told so by"
    " PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring before it is enrolled."
)
_T = TypeVar("_T")


def find() -> "KeyringBackend | None":
    """Give the accepted keyring, or None. Raises Unavailable when looking for it does not end."""
    return _bounded(_find)


def read(ring: "KeyringBackend", service: str, user: str) -> str | None:
    """Give what the keyring holds, or None. Raises Unavailable: locked, dismissed, gone or silent."""
    return _bounded(lambda: ring.get_password(service, user))


def write(ring: "KeyringBackend", service: str, user: str, text: str) -> None:
    """Put a text into the keyring. Raises Unavailable; after silence it may still have been stored."""
    _bounded(lambda: ring.set_password(service, user, text))


def _find() -> "KeyringBackend | None":
    classes = _native_classes()
    try:
        chosen = _chosen()
    except Exception:  # noqa: BLE001 - a setting that loads nothing chooses nothing acceptable
        return None
    if chosen is not None and not _is_chain(chosen):
        return chosen if type(chosen) in classes else None
    working = [found for found in classes if found.viable]
    return max(working, key=attrgetter("priority"))() if working else None


def _chosen() -> "KeyringBackend | None":
    from keyring import core  # noqa: PLC0415 - keyring loads slowly and most commands never ask it

    return core.load_env() or core.load_config()


def _is_chain(ring: "KeyringBackend") -> bool:
    from keyring.backends.chainer import ChainerBackend  # noqa: PLC0415 - as above

    return type(ring) is ChainerBackend


def _native_classes() -> "list[type[KeyringBackend]]":
    found: list[type[KeyringBackend]] = []
    for module, name in NATIVE.get(sys.platform, NATIVE["linux"]):
        with contextlib.suppress(Exception):  # a foreign library that does not load here is not here
            found.append(getattr(importlib.import_module(module), name))
    return found


def _bounded(question: Callable[[], _T]) -> _T:
    answer: Future[_T] = Future()
    Thread(target=_answer, args=(question, answer), name="keyring", daemon=True).start()
    seconds = _patience()
    try:
        return answer.result(seconds)
    except TimeoutError as fault:
        raise Unavailable(f"The keyring did not answer within {seconds:.0f} seconds.", _ADVICE) from fault
    except Exception as fault:
        # Each backend raises its own library's kinds: D-Bus, GLib, Windows, macOS, sockets.
        raise Unavailable(f"The keyring cannot be used now ({type(fault).__name__}).", _ADVICE) from fault


def _answer(question: Callable[[], _T], answer: "Future[_T]") -> None:
    try:
        answer.set_result(question())
    except BaseException as fault:  # noqa: BLE001 - the waiting thread raises it
        answer.set_exception(fault)


def _patience() -> float:
    screen = sys.platform in ("win32", "darwin") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return PATIENCE_WITH_SCREEN if screen else PATIENCE_WITHOUT_SCREEN
