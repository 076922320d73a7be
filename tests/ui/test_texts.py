"""Every text on screen comes from the catalogue: no literal goes into a widget by itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[2] / "ui"
SHOWS = {
    "text", "button", "setText", "setWindowTitle", "setAccessibleName", "setAccessibleDescription",
    "setToolTip", "setPlaceholderText", "setHorizontalHeaderLabels", "addItem", "addAction", "say",
    "Column", "Cell", "Bar", "Chip", "ChipWords", "Hint", "Tick", "Choice", "Chooser", "RowTable", "Area",
    "QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction",
}  # fmt: skip
WORDS = {"boapp"}
"""The program's own name is the same in every language."""
DATA = {"role", "kind", "name", "icon", "hue", "token", "keys", "icon_name"}
PLACES = {
    "text": {0}, "button": {0}, "say": {0}, "Chip": {0}, "ChipWords": {0}, "Cell": {0}, "Column": {0},
    "Bar": {0, 2}, "Hint": {1}, "Area": {1}, "Chooser": {0}, "RowTable": {0},
}  # fmt: skip
"""Which arguments are words, where others are codes: roles, hues, keys."""


def literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the literals with a letter in them that are handed to something that shows them."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in SHOWS:
            continue
        given = [a for place, a in enumerate(call.args) if place in PLACES.get(name, set(range(9)))]
        given += [k.value for k in call.keywords if k.arg not in DATA and name not in PLACES]
        for argument in given:
            yield from _bare(argument)


def _bare(node: ast.expr) -> Iterator[tuple[int, str]]:
    """Yield literals that are shown as they are: also in a choice, a list or a text made of pieces."""
    match node:
        case ast.Constant(value=str() as words) if any(map(str.isalpha, words)) and words not in WORDS:
            yield node.lineno, words
        case ast.IfExp(body=body, orelse=orelse):
            yield from _bare(body)
            yield from _bare(orelse)
        case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _bare(part)
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from _bare(part)
        case ast.BinOp(left=left, right=right):
            yield from _bare(left)
            yield from _bare(right)


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: str(path.relative_to(UI)))
def test_every_text_comes_from_tr(path: Path) -> None:
    assert list(literals(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "source",
    ['text("Hello")', 'w.setText("Hello" if x else tr("y"))', 'button(f"Go {n}")', 'Cell("Hello", "ok")'],
)
def test_a_bare_literal_is_found(source: str) -> None:
    assert list(literals(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ['text(tr("Hello"), "title")', 'text("")', 'Cell(words, "ok")', 'text("boapp")']
)
def test_what_comes_from_the_catalogue_is_left_alone(source: str) -> None:
    assert not list(literals(ast.parse(source)))
