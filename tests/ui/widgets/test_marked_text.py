"""Where two readings differ, and how that is drawn."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from ui.theme import theme
from ui.widgets.differences import Mark, joined, mark_differences, on_screen, shortened, shown_spans, units
from ui.widgets.marked_text import MarkedText

near = st.text(alphabet="0158B,. é\N{GRINNING FACE}", max_size=14)


def parts(text: str, other: str) -> list[tuple[str, Mark, int]]:
    return [(piece.text, piece.mark, piece.width) for piece in mark_differences(text, other)[0]]


@given(near | st.text(max_size=30), near | st.text(max_size=30))
def test_joining_the_pieces_gives_each_reading_back(one: str, other: str) -> None:
    first, second = mark_differences(one, other)
    assert (joined(first), joined(second)) == (one, other)


@given(near, near)
def test_it_never_matters_which_reading_is_named_first(one: str, other: str) -> None:
    assert mark_differences(one, other) == mark_differences(other, one)[::-1]


@given(near, near)
def test_what_is_not_marked_is_the_same_in_both_and_both_stay_in_step(one: str, other: str) -> None:
    first, second = mark_differences(one, other)
    same = [[piece.text for piece in side if piece.mark is Mark.SAME] for side in (first, second)]
    assert "".join(same[0]) == "".join(same[1])
    assert sum(piece.width for piece in first) == sum(piece.width for piece in second)


@given(near, near)
def test_a_gap_has_no_text_and_everything_else_is_as_wide_as_its_text(one: str, other: str) -> None:
    for piece in (*mark_differences(one, other)[0], *mark_differences(one, other)[1]):
        assert (piece.text == "") == (piece.mark is Mark.MISSING)
        assert piece.mark is Mark.MISSING or piece.width == len(piece.text)


def test_swapped_digits_are_marked_in_both_without_a_gap() -> None:
    assert parts("15.68", "15.86") == [("15.", Mark.SAME, 3), ("68", Mark.DIFFERENT, 2)]
    assert parts("15.86", "15.68") == [("15.", Mark.SAME, 3), ("86", Mark.DIFFERENT, 2)]


def test_a_missing_character_leaves_a_gap_where_the_other_reading_has_it() -> None:
    assert parts("TRADNG", "TRADING") == [
        ("TRAD", Mark.SAME, 4),
        ("", Mark.MISSING, 1),
        ("NG", Mark.SAME, 2),
    ]
    assert parts("TRADING", "TRADNG")[1] == ("I", Mark.DIFFERENT, 1)


def test_equal_texts_have_no_mark() -> None:
    assert parts("9.00", "9.00") == [("9.00", Mark.SAME, 4)]


def test_nothing_invisible_is_drawn_as_nothing() -> None:
    first, second = mark_differences("a\nb", "ab")
    assert "".join(map(on_screen, first)) == "a⏎b"
    assert len("".join(map(on_screen, second))) == 3


def test_unsure_characters_are_found_again_behind_a_gap() -> None:
    _, second = mark_differences("12345", "1▢45")
    drawn = "".join(map(on_screen, second))
    ((start, end),) = shown_spans(second, [(1, 2)])
    assert drawn[start:end] == "▢"


def test_places_are_counted_as_qt_counts_them() -> None:
    assert units("\N{GRINNING FACE}1", 1) == 2


def colours_of(widget: MarkedText) -> set[str]:
    picture = widget.grab().toImage()
    return {
        QColor(picture.pixel(x, y)).name() for x in range(picture.width()) for y in range(picture.height())
    }


def test_a_difference_is_tinted_and_a_plain_text_is_not(qtbot: QtBot) -> None:
    widget = MarkedText()
    qtbot.addWidget(widget)
    widget.resize(300, 60)
    tint = theme().colour("difference").name()
    widget.show_pieces(mark_differences("15.68", "15.86")[0])
    assert tint in colours_of(widget)
    widget.show_pieces(mark_differences("15.68", "15.68")[0])
    assert tint not in colours_of(widget)


def test_a_long_text_needs_more_lines_and_a_cleared_one_holds_nothing(qtbot: QtBot) -> None:
    widget = MarkedText()
    qtbot.addWidget(widget)
    widget.show_pieces(mark_differences("x" * 200, "y")[0], size=18)
    assert widget.heightForWidth(300) > 3 * widget.heightForWidth(8000)
    widget.clear()
    assert widget.heightForWidth(300) == widget.heightForWidth(8000)


def test_a_very_long_text_keeps_its_differences_and_what_stands_beside_them() -> None:
    first, second = mark_differences("a" * 300 + "8" + "b" * 300, "a" * 300 + "6" + "b" * 300)
    drawn = [joined(shortened(side)) for side in (first, second)]
    assert drawn[0].replace("8", "6") == drawn[1]
    assert drawn[0] == f"{'a' * 20} … {'a' * 20}8{'b' * 20} … {'b' * 20}"
