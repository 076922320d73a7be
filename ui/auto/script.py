"""What the make-believe people key: the truth, with planted slips. Plain data, passed as JSON."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from boapp.demo.samples import Sample
from boapp.demo.workspace import BATCHES, SLIPS_FIRST, SLIPS_SECOND

Slips = Mapping[str, Mapping[str, str]]

MORE_FIRST: Slips = {
    "claim-09.png": {"born": "09/06/1939"},
    "claim-12.png": {"amount": "957.85"},
    "claim-15.png": {"policy": "MB-14072"},
    "invoice-05.png": {"number": "PS 00681"},
    "invoice-07.png": {"total": "574.20"},
}
MORE_SECOND: Slips = {
    "claim-06.png": {"claimant": "Daniel Whitlok"},
    "claim-11.png": {"loss": "03/10/2024"},
    "claim-14.png": {"amount": "338.00"},
    "invoice-04.png": {"date": "12/10/2024"},
    "invoice-08.png": {"tax": "164.00"},
}
FIRST: Slips = {**SLIPS_FIRST, **MORE_FIRST}
SECOND: Slips = {**SLIPS_SECOND, **MORE_SECOND}


class Sitting(msgspec.Struct, frozen=True):
    """One person at the desk: what she does, what she keys in each document, where pictures go."""

    person: str
    passphrase: str
    does: tuple[str, ...]
    answers: Mapping[str, Mapping[str, str]]
    pictures: str


def samples() -> dict[str, Sample]:
    """Return all papers of the demonstration by name."""
    return {sample.name: sample for batch in BATCHES for sample in batch.samples}


def answers(slips: Slips) -> dict[str, dict[str, str]]:
    """Return what somebody keys who makes these slips."""
    return {name: {**sample.values, **slips.get(name, {})} for name, sample in samples().items()}


def sittings(passphrases: Mapping[str, str], pictures: Path) -> list[Sitting]:
    """Return who sits down, in order."""
    where = str(pictures)
    return [
        Sitting("admin", passphrases["admin"], ("people", "intake"), {}, where),
        Sitting("ann", passphrases["ann"], ("first",), answers(FIRST), where),
        Sitting("bob", passphrases["bob"], ("second", "resolve"), answers(SECOND), where),
        Sitting("ira", passphrases["ira"], ("resolve",), answers({}), where),
        Sitting("sue", passphrases["sue"], ("discrepancies", "lock"), {}, where),
    ]
