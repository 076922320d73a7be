"""Where a workspace is: a folder, or a database of a server, from the words of a person."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boapp.address import Address, read_address, read_place, words_for
from boapp.errors import BadInput

GOOD = {
    "postgresql://db.example/claims": Address("db.example", 5432, "claims"),
    "postgres://boss:secret@db.example:6543/claims": Address("db.example", 6543, "claims"),
    "postgresql://[::1]:6543/claims": Address("::1", 6543, "claims"),
    "postgresql:///claims": Address("", 5432, "claims"),
    "postgresql:///claims?host=/run/postgresql&port=6543": Address("/run/postgresql", 6543, "claims"),
    "postgresql://db.example/claims%20of%20May?sslrootcert=ca.pem": Address(
        "db.example", 5432, "claims of May"
    ),
}
BAD = [
    "postgresql://db.example",
    "postgresql://db.example/",
    "postgresql://db.example/a/b",
    "postgresql://db.example:port/claims",
    "postgresql://one,two/claims",
    "mysql://db.example/claims",
    "http://boss:secret@db.example/claims",
]


@pytest.mark.parametrize("url", GOOD)
def test_a_url_names_a_database_and_its_login_is_left_out(url: str) -> None:
    found = read_address(url)
    assert found == GOOD[url]
    assert read_address(str(found)) == found
    assert "secret" not in str(found)


@pytest.mark.parametrize("url", BAD)
def test_what_names_no_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read_place(url)
    assert "secret" not in str(refusal.value)


def test_anything_else_is_a_folder() -> None:
    assert read_place("claims/of may") == Path("claims/of may")


def test_a_person_is_told_a_short_name() -> None:
    assert words_for(Path("/srv/claims")) == "claims"
    assert words_for(Address("db.example", 6543, "claims")) == "claims · db.example"
    assert words_for(Address("/run/postgresql", 5432, "claims")) == "claims"


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1)


@given(NAMES, st.integers(1, 65535), st.sampled_from(["db.example", "10.0.0.5", "::1", "", "/run/x"]))
def test_an_address_is_read_back_from_its_url(database: str, port: int, host: str) -> None:
    address = Address(host, port, database)
    assert read_address(str(address)) == address
