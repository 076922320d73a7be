import hashlib
import time
from typing import Any

import pytest

from boapp.domain.fields import RangeCheck
from boapp.domain.forms import parse_form
from boapp.domain.passes import Asked
from boapp.errors import BadInput
from tests.domain.samples import a_form, form_source, receipt_form


def refused(*fields: dict[str, Any], groups: tuple[str, ...] = (), **words: Any) -> str:
    with pytest.raises(BadInput) as refusal:
        parse_form(form_source(*fields, groups=groups, **words))
    assert refusal.value.advice
    return refusal.value.title


def test_the_receipt_form_asks_for_four_fields_keyed_twice() -> None:
    form = receipt_form()
    assert form.double == ("company", "date", "address", "total")
    assert [field.key for field in form.asked(Asked.VERIFY)] == list(form.double)
    assert (form.key, form.version, form.title) == ("receipt", 1, "Shop receipt")
    assert form.field("date").unparsed == form.field("total").unparsed == "warning"


def test_the_digest_names_the_exact_bytes() -> None:
    source = form_source({"key": "a"})
    form = parse_form(source)
    assert form.source == source
    assert form.digest == hashlib.sha256(source).digest()
    assert parse_form(source + b"\n").digest != form.digest


def test_a_second_pass_is_asked_only_for_what_is_keyed_twice() -> None:
    form = a_form({"key": "a"}, {"key": "note", "policy": "none"}, {"key": "b", "group": "g"}, groups=("g",))
    assert [field.key for field in form.asked(Asked.ALL)] == ["a", "note", "b"]
    assert [field.key for field in form.asked(Asked.VERIFY)] == ["a", "b"]
    assert form.double_in(None) == ("a",)
    assert form.double_in("g") == ("b",)
    assert form.asks("g", Asked.VERIFY)
    assert form.group("g").max_rows == 2_000


def test_unknown_fields_and_groups_are_key_errors() -> None:
    with pytest.raises(KeyError):
        a_form({"key": "a"}).field("b")
    with pytest.raises(KeyError):
        a_form({"key": "a"}).group("b")


def test_checks_are_read_by_their_name() -> None:
    checks = [{"check": "range", "min": "1", "effect": "warns"}]
    assert a_form({"key": "a", "type": "integer", "checks": checks}).field("a").checks == (
        RangeCheck(min="1", effect="warns"),
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"policy": "sight"}, "'sight' is not yet supported"),
        ({"policy": "sample"}, "'sample' is not yet supported"),
        ({"policy": "twice"}, "twice"),
        ({"type": "number"}, "number"),
        ({"reqired": True}, "reqired"),
        ({"compare": {"cases": "ignore"}}, "cases"),
        ({"compare": {"case": "maybe"}}, "maybe"),
        ({"label": "x" * 201}, "200"),
        ({"group": "nowhere"}, "no group 'nowhere'"),
        ({"dates": {"order": "month-first"}}, "no 'dates'"),
        ({"type": "date", "numbers": {"decimal": ","}}, "no 'numbers'"),
        ({"type": "money", "numbers": {"leading_zeros": "keep"}}, "leading zeros"),
        ({"compare": {"punctuation": "ignore", "spaces": "exact"}}, "punctuation"),
        ({"type": "choice"}, "needs one"),
        ({"choices": [{"code": "1", "label": "One"}]}, "belong to a choice field"),
        (
            {"type": "choice", "choices": [{"code": "a", "label": "A"}, {"code": "A", "label": "B"}]},
            "2 times",
        ),
        ({"zone": {"page": 1, "x": 0.6, "y": 0, "w": 0.5, "h": 0.1}}, "edge of the page"),
        ({"zone": {"page": 0, "x": 0, "y": 0, "w": 1, "h": 1}}, "zone.page"),
        ({"zone": {"page": 1, "x": -0.1, "y": 0, "w": 1, "h": 1}}, "zone.x"),
        ({"checks": [{"check": "length", "min": 3, "max": 2}]}, "min above max"),
        ({"checks": [{"check": "range", "min": "1"}]}, "no range"),
        ({"type": "integer", "checks": [{"check": "range"}]}, "neither min nor max"),
        ({"type": "integer", "checks": [{"check": "range", "min": "one"}]}, "not written as"),
        ({"type": "integer", "checks": [{"check": "range", "min": "2", "max": "1"}]}, "min above max"),
        ({"type": "date", "checks": [{"check": "check-digit", "scheme": "luhn"}]}, "no check digit"),
        ({"checks": [{"check": "check-digit", "scheme": "os.system"}]}, "os.system"),
        ({"checks": [{"check": "pattern", "pattern": "(a+)+$"}]}, "pattern"),
        ({"checks": [{"check": "mask", "masks": []}]}, "masks"),
    ],
)
def test_a_wrong_field_is_refused_by_name(words: dict[str, Any], said: str) -> None:
    title = refused({"key": "born", **words})
    assert "Field 'born'" in title
    assert said in title


@pytest.mark.parametrize("key", ["", "A", "1a", "a-b", "a" * 41, "é", "a.b", "_x"])
def test_a_key_is_a_short_plain_word(key: str) -> None:
    assert "key" in refused({"key": key})


def test_a_field_without_a_key_is_named_by_its_place() -> None:
    with pytest.raises(BadInput, match="Field number 2: it needs the word 'key'"):
        parse_form(form_source({"key": "a"}) + b'\n[[fields]]\nlabel="x"\ntype="text"\npolicy="none"')


def test_keys_are_unique_over_fields_and_groups() -> None:
    assert "'a' is used 2 times" in refused({"key": "a"}, {"key": "a"})
    assert "'a' is used 2 times" in refused({"key": "a", "group": "a"}, groups=("a",))


def test_a_group_without_fields_is_refused() -> None:
    assert "Group 'g' has no field" in refused({"key": "a"}, groups=("g",))


@pytest.mark.parametrize(
    "words", [{"version": 0}, {"version": "1"}, {"title": ""}, {"key": "Receipt"}, {"run": "rm -rf /"}]
)
def test_a_wrong_head_is_refused(words: dict[str, Any]) -> None:
    assert refused({"key": "a"}, **words).startswith("This form: ")


def test_there_are_at_most_five_hundred_fields_and_fifty_groups() -> None:
    assert len(a_form(*({"key": f"f{n}"} for n in range(500))).fields) == 500
    assert "500" in refused(*({"key": f"f{n}"} for n in range(501)))
    assert "50" in refused({"key": "a"}, groups=tuple(f"g{n}" for n in range(51)))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"key = ", "not TOML"),
        (b"x = " + b"[" * 3_000, "nests too deeply"),
        (b"#" + b"x" * 4_001, "too long"),
        (b"#\n" * (512 * 1024 + 1), "larger than 1 MiB"),
        (b"a" + b".a" * 1_900 + b" = 1", "too many parts"),
        (b"[a" + b".a" * 1_900 + b"]", "too many parts"),
        (b"x = " + b"9" * 3_990, "does not know the word"),
        (b"", "needs the word"),
    ],
)
def test_a_hostile_file_is_refused_at_once(source: bytes, said: str) -> None:
    start = time.perf_counter()
    with pytest.raises(BadInput, match=said):
        parse_form(source)
    assert time.perf_counter() - start < 2


def test_names_of_many_parts_in_a_list_of_tables_cost_little() -> None:
    line = b"{" + b"a." * 1_900 + b"a = 1},\n"
    start = time.perf_counter()
    with pytest.raises(BadInput):
        parse_form(b"x = [\n" + line * 250 + b"]")
    assert time.perf_counter() - start < 2
