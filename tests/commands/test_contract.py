"""The names and options that other programs rely on, exit statuses, and --json everywhere."""

from collections.abc import Iterator

import click
import pytest

from boapp.cli import main
from tests.builders import RECEIPT_FORM
from tests.commands.desk import Desk, receipt

ARGUMENTS_AND_OPTIONS: dict[tuple[str, ...], tuple[list[str], set[str]]] = {
    ("init",): (["FOLDER|URL"], {"--officers"}),
    ("bundle",): (["FILE"], set()),
    ("enrol",): (["BUNDLE"], {"--words"}),
    ("upgrade",): (["URL"], set()),
    ("move",): (["FOLDER", "URL"], {"--dba"}),
    ("officers",): (["DIR"], set()),
    ("recover",): ([], {"--part"}),
    ("people", "add"): (["NAME"], {"--full-name", "--role", "--dba"}),
    ("people", "login"): (["NAME"], {"--dba"}),
    ("people", "revoke"): (["NAME"], {"--reason", "--dba"}),
    ("people", "reset"): (["NAME"], {"--part", "--outbox", "--dba"}),
    ("passphrase",): ([], set()),
    ("project", "add"): (["NAME"], {"--form", "--mode", "--people"}),
    ("project", "people"): (["NAME"], {"--add", "--remove"}),
    ("project", "set"): (["PROJECT", "SETTING", "VALUE"], set()),
    ("intake",): (["PROJECT", "FILES"], {"--batch", "--index", "--due"}),
    ("key",): (["PROJECT"], {"--from"}),
    ("claims",): (["PROJECT"], set()),
    ("take-back",): (["PROJECT", "DOCUMENT"], {"--reason"}),
    ("resolve",): (["PROJECT"], {"--from"}),
    ("settle",): (["PROJECT"], set()),
    ("outbox", "list"): ([], set()),
    ("outbox", "export"): (["FILE"], set()),
    ("outbox", "import"): (["FILE"], set()),
    ("outbox", "retry"): ([], set()),
    ("report", "discrepancies"): (["PROJECT"], {"--csv"}),
    ("export",): (["PROJECT"], {"--format", "-o"}),
    ("status",): (["[PROJECT]"], set()),
    ("sync",): ([], {"--watch"}),
    ("audit", "verify"): (["PROJECT"], set()),
}
SHARED = {"--workspace", "--as", "--json"}
ROLES = ["operator", "second-keyer", "adjudicator", "supervisor", "designer", "administrator", "auditor"]

each_command = pytest.mark.parametrize("path", ARGUMENTS_AND_OPTIONS, ids=" ".join)


def command(path: tuple[str, ...]) -> click.Command:
    found: click.Command = main
    for word in path:
        assert isinstance(found, click.Group)
        found = found.commands[word]
    return found


def spellings(of: click.Command) -> set[str]:
    return {word for option in of.params if isinstance(option, click.Option) for word in option.opts}


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, found in group.commands.items():
        if isinstance(found, click.Group):
            yield from every_command(found, (*path, name))
        else:
            yield (*path, name)


@each_command
def test_a_command_takes_its_arguments_and_options_under_these_names(path: tuple[str, ...]) -> None:
    arguments, options = ARGUMENTS_AND_OPTIONS[path]
    found = command(path)
    given = [p.make_metavar(click.Context(found)) for p in found.params if isinstance(p, click.Argument)]
    assert [name.removesuffix("...") for name in given] == arguments
    assert options | SHARED <= spellings(found)


@each_command
def test_every_command_explains_itself(bare: Desk, path: tuple[str, ...]) -> None:
    assert f"Usage: main {' '.join(path)}" in bare.run(*path, "--help").out


def test_every_command_gives_json_and_says_who_acts() -> None:
    lacking = {path for path in every_command(main) if not spellings(command(path)) >= SHARED}
    assert lacking == set()


@pytest.mark.parametrize(
    ("path", "option", "choices"),
    [
        (("people", "add"), "--role", ROLES),
        (("project", "add"), "--mode", ["release", "strict"]),
        (("export",), "--format", ["csv", "jsonl"]),
    ],
)
def test_an_option_knows_these_words(path: tuple[str, ...], option: str, choices: list[str]) -> None:
    (found,) = [p for p in command(path).params if option in p.opts]
    assert isinstance(found.type, click.Choice)
    assert list(found.type.choices) == choices


def test_admin_acts_when_nobody_is_named(desk: Desk) -> None:
    assert desk.run("status", "receipts").out == desk.run("status", "receipts", "--as", "admin").out
    (acting,) = [p for p in command(("key",)).params if "--as" in p.opts]
    assert acting.default == "admin"


def test_the_workspace_is_named_by_the_option_before_the_variable(desk: Desk) -> None:
    elsewhere = str(desk.folder / "nowhere")
    said = desk.run("status", "receipts", "--workspace", desk.workspace, BOAPP_WORKSPACE=elsewhere)
    assert said.out.startswith("receipts: mode release, 3 documents")


@pytest.mark.parametrize(
    "words",
    [
        "nothing-like-that",
        "status receipts --unknown",
        "init",
        "move",
        "move somewhere",
        "move postgresql://host/database somewhere",
        "people add",
        "people add eve",
        "people add eve --role keyer",
        "people add eve --role",
        "passphrase extra",
        "project add x",
        "project add x --form missing.toml",
        "project add x --form FORM --mode open",
        "project people receipts",
        "intake receipts a.png",
        "intake receipts --batch one",
        "intake receipts --batch one a.png --index missing.csv",
        "intake receipts --batch one a.png --due",
        "key receipts",
        "key receipts --from missing.csv",
        "key receipts --from .",
        "claims",
        "take-back receipts",
        "take-back receipts page-001.png",
        "take-back receipts --reason x",
        "resolve receipts",
        "resolve receipts --from missing.csv",
        "settle",
        "outbox",
        "outbox export",
        "outbox export .",
        "outbox import",
        "outbox import .",
        "outbox retry receipts",
        "report",
        "report discrepancies",
        "report discrepancies receipts --csv .",
        "export receipts --format xml -o out",
        "export receipts --format csv",
        "export receipts -o out",
        "export receipts --format csv -o .",
        "audit",
        "audit verify",
        "project set receipts open-claims",
        "project set receipts open-claims many",
        "project set receipts closed-claims 5",
    ],
)
def test_misuse_ends_with_status_two_and_says_what_is_wrong(desk: Desk, words: str) -> None:
    said = desk.misused(*words.replace("FORM", str(RECEIPT_FORM)).split())
    assert "Error: " in said or said.startswith("Usage: ")


@pytest.mark.parametrize(
    "words",
    [
        "people add eve --role operator",
        "people list",
        "passphrase",
        "project add x --form FORM",
        "project people x --add ann",
        "project set x open-claims 5",
        "intake x --batch b a.png",
        "key x --from FORM",
        "claims x",
        "take-back x a.png --reason y",
        "resolve x --from FORM",
        "settle x",
        "outbox list",
        "outbox export out",
        "outbox import out",
        "outbox retry",
        "report discrepancies x",
        "export x --format csv -o out",
        "status x",
        "audit verify x",
    ],
)
def test_a_command_without_a_workspace_is_misuse(bare: Desk, words: str) -> None:
    values = bare.file("values.csv", "document,company\n")
    form = RECEIPT_FORM if "project" in words else values
    said = bare.misused(*words.replace("FORM", str(form)).split(), BOAPP_WORKSPACE=None)
    assert "--workspace or BOAPP_WORKSPACE" in said


def test_every_command_gives_one_json_value_on_standard_output(bare: Desk) -> None:
    for person in ("ann", "bob", "sue"):
        bare.passphrase(person)
    bare.passphrase("ann.new", "another passphrase")
    first, second, answers = (
        bare.csv(f"{name}.csv", [receipt("a.png", total=total)])
        for name, total in (("first", "9.00"), ("second", "8.00"), ("answers", "9.00"))
    )
    (scan,) = bare.scans("a.png")
    out = bare.folder / "out"
    for words in (
        ("init", bare.workspace),
        ("people", "add", "ann", "--role", "operator"),
        ("people", "add", "bob", "--role", "second-keyer"),
        ("people", "add", "sue", "--role", "supervisor"),
        ("people", "list"),
        ("project", "add", "x", "--form", RECEIPT_FORM),
        ("project", "people", "x", "--add", "bob"),
        ("project", "set", "x", "open-claims", "5"),
        ("intake", "x", "--batch", "b", scan),
        ("claims", "x", "--as", "sue"),
        ("key", "x", "--as", "ann", "--from", first),
        ("key", "x", "--as", "bob", "--from", second),
        ("resolve", "x", "--as", "bob", "--from", answers),
        ("settle", "x", "--as", "sue"),
        ("outbox", "list", "--as", "ann"),
        ("outbox", "retry", "--as", "ann"),
        ("report", "discrepancies", "x", "--as", "sue"),
        ("report", "discrepancies", "x", "--as", "sue", "--csv", out),
        ("export", "x", "--as", "sue", "--format", "csv", "-o", out),
        ("export", "x", "--as", "sue", "--format", "jsonl", "-o", out),
        ("status", "x"),
        ("audit", "verify", "x"),
        ("passphrase", "--as", "ann"),
    ):
        said = bare.run(*words, "--json")
        assert isinstance(said.json, dict | list), words
        assert words[0] == "init" or said.err == ""


def test_a_refusal_is_json_too_and_said_on_standard_error(desk: Desk) -> None:
    said = desk.run("status", "nothing", "--json", status=1)
    assert said.json == {
        "refused": "You know no project called nothing.",
        "advice": "Check the spelling, or ask to be added to the project.",
    }
    assert said.err == (
        "boapp: You know no project called nothing.\n"
        "  Check the spelling, or ask to be added to the project.\n"
    )


def test_words_go_to_standard_output_and_refused_rows_to_standard_error(desk: Desk) -> None:
    values = desk.csv("values.csv", [receipt("page-001.png"), receipt("nobody.png")])
    said = desk.run("key", "receipts", "--as", "ann", "--from", values, status=1)
    assert said.out.startswith("Sealed 1 passes; refused 1 rows;")
    assert said.err == (
        "line 3: nobody.png: No document of this name is in the project. Name the image file.\n"
    )
