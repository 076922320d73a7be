"""A page's picture: what is kept here and damaged is told once, and asked for again."""

import pytest

from boapp.domain.workflow import Mode
from boapp.errors import Tampered
from boapp.services.pages import open_page
from tests.builders import House, add_project, take_in_pages


def test_a_kept_page_that_was_damaged_is_refused_and_comes_whole_the_next_time(any_house: House) -> None:
    ann = any_house.as_("ann")
    project = add_project(any_house, Mode.RELEASE)
    (document,) = take_in_pages(any_house, project, 1)
    ann.refresh()
    picture = open_page(ann, project, document, 1)
    kept = ann.store.pages.get(document, 1)
    assert kept is not None
    ann.store.pages.put(document, 1, kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(Tampered):
        open_page(ann, project, document, 1)
    assert open_page(ann, project, document, 1) == picture
    assert ann.store.pages.get(document, 1) == kept
    ann.close()
