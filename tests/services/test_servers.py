"""The way to the database's administrator: what is typed there, and the file for somebody else to run."""

import stat
from pathlib import Path

import pytest

from boapp.address import read_place
from boapp.errors import BadInput, Unavailable
from boapp.services.servers import connect_administrator, run_script, save_script

SECRET = "hunter2"


@pytest.mark.parametrize("url", ["nonsense", "mysql://boss:secret@host/shop", "postgresql://%zz:secret@h/d"])
def test_what_names_no_login_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        run_script(url, "SELECT 1", lambda _sentence: "")
    assert "postgresql://LOGIN@HOST/DATABASE" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_script_is_written_for_its_owner_and_never_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "login.sql"
    save_script(path, "SELECT 1;\n")
    assert path.read_text() == "SELECT 1;\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(Unavailable):
        save_script(path, "SELECT 2;\n")
    assert path.read_text() == "SELECT 1;\n"


def never(_sentence: str) -> str:
    raise AssertionError("nobody is asked")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}%zz@127.0.0.1/x",
        f"postgresql://me:{SECRET}@127.0.0.1/x?passwort={SECRET}",
        f"postgresql://127.0.0.1/x/y?user=me&password={SECRET}",
        f"postgresql://me:{SECRET}@127.0.0.1",
        f"host=127.0.0.1 password={SECRET}",
        "somewhere",
    ],
)
def test_a_url_that_cannot_be_read_is_told_without_its_password(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        connect_administrator(url, never)
    assert SECRET not in str(refused.value)
    assert refused.value.__suppress_context__ or SECRET not in repr(refused.value.__context__)


def test_a_password_in_the_words_after_a_place_is_not_told() -> None:
    with pytest.raises(BadInput) as refused:
        read_place(f"postgresql://127.0.0.1/x/y?user=me&password={SECRET}")
    assert SECRET not in str(refused.value)
