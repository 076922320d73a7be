"""A page that comes in parts is whole, whoever else of hers brings it at the same time."""

import pytest

from boapp.sync import run
from boapp.sync.run import fetch_page
from tests.moved import MovedScene
from tests.sync.conftest import Sit

PART = 100
OVERTAKEN_AT = 2 * PART


def test_parts_that_came_before_a_failure_are_not_asked_again(
    sit: Sit, scene: MovedScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PART", PART)
    ann, document = sit("ann"), scene.documents[0]
    genuine, asked = ann.far.shared.page_part, list[int]()

    def failing(document: bytes, number: int, start: int, length: int) -> bytes:
        asked.append(start)
        if start == OVERTAKEN_AT and asked.count(start) == 1:
            raise ConnectionError
        return genuine(document, number, start, length)  # type: ignore[arg-type]

    monkeypatch.setattr(ann.far.shared, "page_part", failing)
    with pytest.raises(ConnectionError):
        fetch_page(ann.far, document, 1)
    fetch_page(ann.far, document, 1)
    page = ann.far.shared.page(document, 1)
    assert ann.near.store.pages.get(document, 1) == page
    assert asked[:4] == [0, PART, OVERTAKEN_AT, OVERTAKEN_AT]
    assert asked.count(0) == 1
    assert ann.near.store.pages.arrived(document, 1) == 0


def test_a_page_that_another_courier_of_hers_brought_meanwhile_stays_whole(
    sit: Sit, scene: MovedScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PART", PART)
    slow, quick, document = sit("ann"), sit("ann"), scene.documents[0]
    genuine = slow.far.shared.page_part

    def overtaken(document: bytes, number: int, start: int, length: int) -> bytes:
        if start == OVERTAKEN_AT:
            fetch_page(quick.far, document, number)  # type: ignore[arg-type]
        return genuine(document, number, start, length)  # type: ignore[arg-type]

    monkeypatch.setattr(slow.far.shared, "page_part", overtaken)
    fetch_page(slow.far, document, 1)
    assert slow.near.store.pages.get(document, 1) == slow.far.shared.page(document, 1)
