"""Rows keyed by several people: register pages (25 rows, 13 columns) and an index with missed rows."""

import csv
from collections import defaultdict
from itertools import pairwise

import pytest

from boapp.domain.alignment import GAP, Row, align, pair_cost
from boapp.domain.comparison import Kind, compare
from boapp.domain.texts import Compare, text_form
from tests.domain.samples import real, table_form, table_pass

RULES = Compare(case="ignore", punctuation="ignore")


Pages = list[tuple[list[Row], list[Row]]]


@pytest.fixture(scope="module")
def registers() -> Pages:
    """Give two readings of each page, without the pages that a second person hardly keyed."""
    cells: dict[tuple[str, int], dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    columns: dict[str, set[str]] = defaultdict(set)
    with real("keyings-hms-nhs", "keyings_long.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cells[row["subject_id"], int(row["row"])][row["field"]][row["keyer"]] = row["value"]
            columns[row["subject_id"]].add(row["field"])
    pages: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for (page, _), fields in sorted(cells.items()):
        for reading, keyer in zip(pages[page], ("1", "2"), strict=True):
            texts = (fields[key].get(keyer, "") for key in sorted(columns[page]))
            reading.append(tuple(text_form(RULES, text) for text in texts))
    return [page for page in pages.values() if _filled(page[1]) > 0.6 * _filled(page[0])]


def _filled(rows: list[Row]) -> int:
    return sum(1 for row in rows for cell in row if cell)


def test_two_keyings_of_a_row_are_nearer_than_two_rows(registers: Pages) -> None:
    same = [pair_cost(*pair) for page in registers for pair in zip(*page, strict=True)]
    other = [pair_cost(*pair) for one, two in registers for pair in zip(one, two[1:], strict=False)]
    assert len(same) > 500
    assert sum(cost > 2 * GAP for cost in same) < 0.01 * len(same)
    assert sum(cost <= 2 * GAP for cost in other) < 0.01 * len(other)


def test_a_row_left_out_of_a_real_page_is_found_where_it_is(registers: Pages) -> None:
    found = tried = 0
    for first, second in registers:
        if align(first, second) != [(row, row) for row in range(1, len(first) + 1)]:
            continue
        for place in range(len(second)):
            pairs = align(first, second[:place] + second[place + 1 :])
            tried += 1
            found += [pair.first for pair in pairs if pair.second is None] == [place + 1]
    assert tried > 400
    assert found > 0.95 * tried


def index_pages() -> list[list[list[Row]]]:
    """Give the tables of each index page; each keyer entered the group as often as she saw rows."""
    keyings: dict[str, dict[str, dict[int, dict[str, str]]]] = {}
    path = real("keyings-engaging-crowds", "scarlets_and_blues_keyings_long.csv")
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["workflow"] == "People":
                rows = keyings.setdefault(row["subject_id"], {}).setdefault(row["classification_id"], {})
                rows.setdefault(int(row["occurrence"]), {})[row["task"]] = row["value"]
    return [_tables(list(passes.values())) for passes in keyings.values()]


def _tables(passes: list[dict[int, dict[str, str]]]) -> list[list[Row]]:
    tasks = sorted({task for rows in passes for row in rows.values() for task in row})
    return [[tuple(rows[at].get(task, "") for task in tasks) for at in sorted(rows)] for rows in passes]


def test_a_real_index_with_missed_rows_has_fewer_discrepancies_than_laid_straight() -> None:
    pairs = [pair for tables in index_pages() for pair in pairwise(tables) if len(pair[0]) != len(pair[1])]
    aligned = straight = 0
    for one, two in pairs:
        form = table_form(len((one or two)[0]))
        found = compare(form, table_pass(one), table_pass(two)).discrepancies
        back = compare(form, table_pass(two), table_pass(one)).discrepancies
        assert [(d.field, d.row, d.kind) for d in found] == [(d.field, d.row, d.kind) for d in back]
        lone = sum(1 for d in found if d.kind is Kind.ROW_MISSING)
        assert lone >= abs(len(one) - len(two))
        aligned += len(found) - lone
        straight += sum(a != b for x, y in zip(one, two, strict=False) for a, b in zip(x, y, strict=True))
    assert len(pairs) > 5
    assert aligned < 0.8 * straight
