"""What PostgreSQL refuses, in words of this program.

A connection that is lost, or that was silent for too long, is closed: what comes next gets a new one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from boapp.errors import NotAllowed, Unavailable
from boapp.shareddb.protocol import not_kept, refused

_KEPT = "What you keyed is kept here and sent again later."


def away() -> Unavailable:
    """Return what is said while the server does not answer."""
    return Unavailable("The shared database cannot be reached.", _KEPT)


def nobody_here() -> NotAllowed:
    """Return what is said to a login that is nobody's, or was ended."""
    return NotAllowed("This login belongs to nobody here.", "Call your administrator.")


def takes_nothing(why: str) -> Unavailable:
    """Return what is said while the server answers but stores nothing."""
    return Unavailable(
        f"The shared database takes nothing in at the moment: {why}.", f"{_KEPT} Tell your administrator."
    )


def busy() -> Unavailable:
    """Return what is said while somebody else keeps locked what is needed."""
    return Unavailable("Somebody else is working on this at the moment.", "Do it again.")


@contextmanager
def spoken() -> Iterator[None]:
    """Say in words of this program what PostgreSQL refuses."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise refused() from error
    except (errors.LockNotAvailable, errors.SerializationFailure, errors.DeadlockDetected) as error:
        raise busy() from error
    except errors.ReadOnlySqlTransaction as error:
        raise takes_nothing("it can only be read") from error
    except errors.DiskFull as error:
        raise takes_nothing("its disk is full") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise away() from error


@contextmanager
def storing() -> Iterator[None]:
    """Tell what the tables themselves refuse as something that nobody may send."""
    try:
        yield
    except (errors.IntegrityError, errors.DataError) as error:
        raise not_kept() from error
