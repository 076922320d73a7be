"""People on a server: a login for each, made by a script that somebody else runs or that is run from here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from boapp.domain.workflow import Mode, Role
from boapp.doors import open_workspace
from boapp.errors import Refusal
from boapp.services import people, servers
from boapp.shareddb.postgres_way import role_name
from tests.builders import PASSPHRASE, RECEIPT_FORM
from tests.commands.desk import receipt
from tests.postgres import SUPERUSER, Server
from tests.site import Site, found_site, lent
from tests.ui.pages.test_people import choose, people_of
from tests.ui.rooms import SMALL, Room, room
from tests.ui.seen import clipped_texts, unspoken
from ui.pages.people import access
from ui.pages.people.page import PeoplePage
from ui.pages.people.resetting import NewPassphrase
from ui.pages.people.script_layer import ScriptLayer
from ui.theme import Look

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NEXT = "another passphrase of hers"


@pytest.fixture(scope="module")
def founded(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return an organisation on a server with one project and two documents; tests copy it."""
    made = found_site(tmp_path_factory.mktemp("founded"), server, "founded_for_windows")
    made.desk().run("project", "add", "work", "--form", RECEIPT_FORM, "--mode", Mode.STRICT)
    made.desk().take_in("work", "0.png", "1.png")
    yield made
    made.drop()


@pytest.fixture
def site(founded: Site, tmp_path: Path) -> Iterator[Site]:
    with lent(founded, tmp_path / "site", "windows") as made:
        yield made


def layer_of(page: PeoplePage) -> ScriptLayer:
    layer = page.asking._overlay
    assert isinstance(layer, ScriptLayer)
    return layer


def opens(site: Site, code: str, passphrase: str) -> bool:
    try:
        open_workspace(site.desk().home, site.address, code, passphrase).close()
    except Refusal:
        return False
    return True


def add_dora(made: Room) -> ScriptLayer:
    """Add a person, as far as her passphrase; return what is shown then."""
    page = people_of(made)
    made.press(Qt.Key.Key_N, CONTROL)
    asked = page.asking._overlay
    assert asked is not None
    made.press("dora")
    for words in ("\t", "\t ", *("\t",) * len(Role), NEXT, "\t", NEXT):
        for letter in words:
            made.press(Qt.Key.Key_Tab if letter == "\t" else letter)
    made.press(Qt.Key.Key_Return)
    return layer_of(page)


def run_it(made: Room, site: Site, password: str = "") -> None:
    """Type the login of the database's administrator and its password, and press Enter."""
    assert site.server is not None
    made.press(SUPERUSER)
    made.press(Qt.Key.Key_Tab)
    made.press(password or site.server.password)
    made.press(Qt.Key.Key_Return)


def ask_new_passphrase(made: Room, code: str, parts: tuple[str | Path, ...] = ()) -> PeoplePage:
    """Ask for somebody's new passphrase, with the files of two officers' parts."""
    page = people_of(made)
    choose(page, code)
    made.press("p")
    asked = page.findChild(NewPassphrase)
    assert asked is not None
    made.press(NEXT)
    made.press(Qt.Key.Key_Tab)
    made.press(NEXT)
    for box, part in zip(asked._parts, parts, strict=False):
        box.setText(str(part))
    made.press(Qt.Key.Key_Return)
    return page


def papers(site: Site) -> tuple[Path, ...]:
    return tuple(site.folder / "officers" / f"recovery-{n}.txt" for n in (1, 3))


def key_id(made: Room, code: str) -> object:
    made.ws.refresh()
    return made.ws.roster.person(code).keys.key_id


def test_whoever_is_added_signs_in_when_her_script_was_run_from_here(qtbot: QtBot, site: Site) -> None:
    with room(qtbot, site, "admin", SMALL) as made:
        layer = add_dora(made)
        assert "dora" in layer.words.toPlainText()
        assert layer.words.isReadOnly()
        made.press(Qt.Key.Key_Return)
        assert "in place of LOGIN" in layer._said.text()
        run_it(made, site, "not the password")
        assert "does not let this login in" in layer._said.text()
        assert layer.password.text() == ""
        assert not opens(site, "dora", NEXT)
        assert site.server is not None
        made.press(site.server.password)
        made.press(Qt.Key.Key_Return)
        assert layer._said.text() == "Done. dora can sign in."
        assert layer.password.text() == ""
        made.press(Qt.Key.Key_Return)
        assert not made.page.findChildren(ScriptLayer)
    assert opens(site, "dora", NEXT)


def test_a_password_is_not_taken_in_the_address(qtbot: QtBot, site: Site) -> None:
    with room(qtbot, site, "admin") as made:
        layer = add_dora(made)
        made.press("boss:secret")
        made.press(Qt.Key.Key_Return)
        assert "own box" in layer._said.text()
        layer._url.setText(f"postgresql://boss@127.0.0.1/{site.database}?password=secret")
        layer.try_done()
        assert "own box" in layer._said.text()


def test_later_she_waits_for_a_login_and_the_script_is_shown_again_and_saved(
    qtbot: QtBot, site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "for the administrator.sql"
    with room(qtbot, site, "admin") as made:
        add_dora(made)
        made.press(Qt.Key.Key_Escape)
        page = people_of(made)
        choose(page, "dora")
        assert page.table.words(page.table.row, 3) == "Waits for a login"
        made.press("l")
        layer = layer_of(page)
        layer._path.setText(str(path))
        made.press(Qt.Key.Key_S, CONTROL)
        assert str(path) in layer._said.text()
        assert path.read_text() == layer.script.words
        layer._path.setFocus()
        made.press(Qt.Key.Key_Return)
        assert "cannot be written" in layer._said.text()
        servers.run_script(site.url, path.read_text(), lambda _sentence: "")
        made.press(Qt.Key.Key_Escape)
        page.enter()
        made.settle()
        assert page.table.words(page.table.row, 3) == "Her own passphrase"
    assert opens(site, "dora", NEXT)


def test_revoking_shows_the_script_that_ends_her_login(qtbot: QtBot, site: Site) -> None:
    assert site.server is not None
    with room(qtbot, site, "admin") as made:
        page = people_of(made)
        choose(page, "ann")
        made.press(Qt.Key.Key_Delete, SHIFT)
        made.press("moved away")
        made.press(Qt.Key.Key_Tab)
        made.press("ann")
        made.press(Qt.Key.Key_Return)
        layer = layer_of(page)
        assert "NOLOGIN" in layer.words.toPlainText()
        run_it(made, site)
        assert "have ended" in layer._said.text()
        role = role_name(made.ws.org, "ann")
    with site.server.superuser() as db:
        question = "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s"
        assert db.execute(question, (role,)).fetchall() == [(False,)]
    assert not opens(site, "ann", PASSPHRASE)


def test_a_new_passphrase_begins_when_her_login_has_its_password(qtbot: QtBot, site: Site) -> None:
    with room(qtbot, site, "admin") as made:
        before = key_id(made, "ann")
        page = ask_new_passphrase(made, "ann")
        layer = layer_of(page)
        assert key_id(made, "ann") == before
        run_it(made, site)
        assert "ann has new keys and a new passphrase." in layer._said.text()
        assert key_id(made, "ann") != before
        made.press(Qt.Key.Key_Escape)
        assert page.asking._overlay is None
    assert opens(site, "ann", NEXT)


def test_without_parts_it_begins_also_when_the_script_is_run_later(qtbot: QtBot, site: Site) -> None:
    with room(qtbot, site, "admin") as made:
        page = ask_new_passphrase(made, "ann")
        script = layer_of(page).script.words
        made.press(Qt.Key.Key_Escape)
        assert "can sign in when the script was run" in page.banner.text()
        assert not opens(site, "ann", NEXT)
        servers.run_script(site.url, script, lambda _sentence: "")
    assert opens(site, "ann", NEXT)


def test_with_parts_nothing_is_changed_before_the_script_was_run(qtbot: QtBot, site: Site) -> None:
    site.desk().key("work", "ann", [receipt("0.png")])
    with room(qtbot, site, "admin") as made:
        before = key_id(made, "ann")
        page = ask_new_passphrase(made, "ann", papers(site))
        made.press(Qt.Key.Key_Escape)
        assert "Nothing was changed" in page.banner.text()
        assert key_id(made, "ann") == before
        page = ask_new_passphrase(made, "ann", papers(site))
        servers.run_script(site.url, layer_of(page).script.words, lambda _sentence: "")
        made.press(Qt.Key.Key_Escape)
        assert "ann has new keys" in page.banner.text()
        assert key_id(made, "ann") != before
        assert next(p for p in people.list_people(made.ws) if p.code == "ann").login
    assert opens(site, "ann", NEXT)


def test_a_layer_that_is_left_while_its_script_runs_is_told_of_on_the_page(qtbot: QtBot, site: Site) -> None:
    assert site.server is not None
    with room(qtbot, site, "admin") as made:
        for password, told in (
            ("wrong", "does not let this login in"),
            (site.server.password, "has new keys"),
        ):
            page = ask_new_passphrase(made, "ann")
            layer = layer_of(page)
            layer._url.setText(layer._url.text().replace("LOGIN", SUPERUSER))
            layer.password.setText(password)
            layer.try_done()
            layer.cancel()
            made.settle()
            assert told in page.banner.text()
    assert opens(site, "ann", NEXT)


@pytest.mark.parametrize("look", list(Look))
def test_the_layer_has_room_and_names_with_its_longest_sentences(
    qtbot: QtBot, site: Site, look: Look
) -> None:
    with room(qtbot, site, "admin", SMALL, look) as made:
        page = ask_new_passphrase(made, "ann", papers(site))
        run_it(made, site, "not the password")
        assert layer_of(page)._said.isVisible()
        assert clipped_texts(page) == []
        assert unspoken(layer_of(page)) == []
        layer_of(page).leave()
        choose(page, "bob")
        page.banner.say("One line.\nAnother line.", "warn")
        made.settle()
        assert clipped_texts(page) == []


def test_the_script_for_new_keys_ends_the_sessions_of_the_old_ones(site: Site) -> None:
    # Whoever stole the passphrase and is connected would go on with it.
    ws = open_workspace(site.desk().home, site.address, "admin", PASSPHRASE)
    order = access.Order("ann", NEXT, by_herself=True, parts=None)
    try:
        begun = access.begin_reset(ws, order)
    finally:
        ws.close()
    assert isinstance(begun, access.Begun)
    assert "pg_terminate_backend" in begun.script.words
