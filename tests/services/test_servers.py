"""The way to the database's administrator: what is typed there, and the file for somebody else to run."""

import stat
from pathlib import Path

import pytest

from boapp.errors import BadInput, Unavailable
from boapp.services.servers import run_script, save_script


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
