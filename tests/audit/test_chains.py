"""Chains: what a list of people that was seen says about the order of messages."""

from boapp.audit.chains import Finding, Signed, Withheld, check_chains
from boapp.crypto.roster_entries import NO_HEAD
from boapp.crypto.sealed_pass import ChainPlace
from boapp.crypto.signing import link
from boapp.domain.ids import ChainId, PersonId

CHAIN, AUTHOR = ChainId(bytes(16)), PersonId(bytes(16))


def chain(*seen: int) -> list[Signed]:
    messages: list[Signed] = []
    previous = NO_HEAD
    for seq, number in enumerate(seen, start=1):
        place = ChainPlace(CHAIN, seq, previous, b"")
        messages.append(Signed(f"fact {seq}", AUTHOR, place, bytes([seq]), b"", number))
        previous = link(bytes([seq]), b"")
    return messages


def findings(*seen: int) -> list[Finding]:
    return list(check_chains(chain(*seen), (), Withheld()))


def test_a_chain_whose_author_saw_more_and_more_of_the_list_holds() -> None:
    assert findings(3, 3, 4, 9) == []


def test_an_author_who_saw_less_of_the_list_than_before_is_named() -> None:
    # With an old head she would sign under a role, or a key, that she had lost.
    (finding,) = findings(3, 9, 4, 9)
    assert (finding.where, finding.rule) == ("fact 3", "chain")


def test_a_list_that_is_unknown_is_named_elsewhere() -> None:
    assert findings(3, 0, 3) == []
