"""Expected failures: each says what is wrong and what the person can do.

A foreign library's exception becomes one of these once, at the border where it comes in. Whatever
is not one of these is a fault of the program: it stops the action and keeps the data.
"""


class Refusal(Exception):  # noqa: N818 - the trade's word: the program refuses, with advice
    """Something that will not be done, in words for the person who asked.

    title: what is wrong, one sentence. advice: what to do about it, one sentence, or empty when
    the title says it. Neither ever holds a keyed value of somebody else, a key or a passphrase.
    """

    def __init__(self, title: str, advice: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.title} {self.advice}".strip()


class NotAllowed(Refusal):
    """The rules of the trade forbid this to this person: roles, separation of duties, blindness."""


class NotFound(Refusal):
    """A name or id that nothing here answers to."""


class BadInput(Refusal):
    """A file, form or value from outside that is wrong, too large or unreadable."""


class Tampered(Refusal):
    """Stored data that does not verify: a signature, digest, chain, commitment or seal is wrong."""


class Unavailable(Refusal):
    """A store, keyring or disk that cannot be used now; nothing was lost."""


class OtherVersion(Unavailable):
    """A database that is of another version of this program: somebody has to bring one of them up to date."""


def disk_full() -> Unavailable:
    """Return what is said when this computer's disk has no room."""
    return Unavailable(
        "The disk is full: nothing was stored by this step.", "Free some space, then do it again."
    )
