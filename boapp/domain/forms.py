"""A form: the versioned definition of what is keyed from one kind of document.

A form is a TOML file and can never run code. It is read in this order, and the first fault refuses it,
with the field's name and what to do:
1. the size and shape of the text, before any parsing: 1 MiB, 4,000 characters a line, 8 dots in a name;
2. TOML in UTF-8;
3. each field and group on its own: known words, right types, bounds (`fields`);
4. what they mean together (`form_rules`).

A published version never changes; its digest stands in every pass and comparison made with it.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from boapp.domain.fields import Field, FieldType, Group, Key, Label, Policy
from boapp.domain.form_rules import refuse_field, refuse_together
from boapp.domain.passes import Asked
from boapp.errors import BadInput

MAX_SOURCE: Final = 1024 * 1024
MAX_LINE: Final = 4_000
MAX_DOTS: Final = 8
MAX_FIELDS: Final = 500
MAX_GROUPS: Final = 50

__all__ = ["Field", "FieldType", "Form", "Group", "Policy", "parse_form"]

_Part = TypeVar("_Part", Field, Group)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form file before its fields and groups are read one by one."""

    key: Key
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    title: Label
    fields: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_FIELDS)]
    groups: Annotated[list[dict[str, Any]], Meta(max_length=MAX_GROUPS)] = []


@dataclass(frozen=True)
class Form:
    """One version of a form. Make one with `parse_form`; nothing else checks it.

    source: the bytes it was read from; digest: their SHA-256, which names this exact form.
    """

    key: str
    version: int
    title: str
    fields: tuple[Field, ...]
    groups: tuple[Group, ...]
    source: bytes
    digest: bytes

    def field(self, key: str) -> Field:
        """Give the field of that key. Raises KeyError when the form has none."""
        return self.by_key[key]

    def double_in(self, group: str | None) -> tuple[str, ...]:
        """Give the keys of a group's fields that are keyed twice; None means those that do not repeat."""
        return self._double.get(group, ())

    def group(self, key: str) -> Group:
        """Give the group of that key. Raises KeyError when the form has none."""
        return self._by_group[key]

    def asks(self, group: str, which: Asked) -> bool:
        """Tell whether a pass keys rows of a group."""
        return any(field.group == group for field in self.asked(which))

    @property
    def double(self) -> tuple[str, ...]:
        """The keys of the fields that are keyed twice, in form order."""
        return tuple(field.key for field in self.asked(Asked.VERIFY))

    def asked(self, which: Asked) -> tuple[Field, ...]:
        """List the fields that a pass keys, in form order."""
        return tuple(field for field in self.fields if which is Asked.ALL or field.policy is Policy.DOUBLE)

    @cached_property
    def by_key(self) -> Mapping[str, Field]:
        """The fields by their keys."""
        return {field.key: field for field in self.fields}

    @cached_property
    def _by_group(self) -> Mapping[str, Group]:
        return {group.key: group for group in self.groups}

    @cached_property
    def _double(self) -> Mapping[str | None, tuple[str, ...]]:
        keys: dict[str | None, tuple[str, ...]] = {}
        for field in self.asked(Asked.VERIFY):
            keys[field.group] = (*keys.get(field.group, ()), field.key)
        return keys


def parse_form(source: bytes) -> Form:
    """Read a form file. Raises BadInput with the field's name and what to do."""
    file = _read_file(_read_toml(source))
    fields = _read_parts(Field, "Field", file.fields)
    groups = _read_parts(Group, "Group", file.groups)
    for field in fields:
        refuse_field(field)
    refuse_together(fields, groups)
    digest = hashlib.sha256(source).digest()
    return Form(file.key, file.version, file.title, fields, groups, source, digest)


def _read_toml(source: bytes) -> dict[str, Any]:
    if len(source) > MAX_SOURCE:
        raise BadInput("This form file is larger than 1 MiB.", "Split the form, or shorten its lists.")
    try:
        text = source.decode()
        _refuse_costly_lines(text)
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise BadInput("This form file is not text in UTF-8.", "Save it as UTF-8 and try again.") from error
    except RecursionError as error:
        raise BadInput("This form file nests too deeply.", "Use fewer lists in lists.") from error
    except ValueError as error:
        raise BadInput(f"This form file is not TOML: {error}.", "Correct that place.") from error


def _refuse_costly_lines(text: str) -> None:
    """Refuse what TOML readers take very long for: endless lines and names of thousands of parts."""
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > MAX_LINE:
            raise BadInput(f"Line {number} of this form file is too long.", "Break it after a comma.")
        name, sign, _ = line.partition("=")
        if (sign or name.lstrip().startswith("[")) and name.count(".") > MAX_DOTS:
            raise BadInput(f"Line {number} of this form file has a name of too many parts.", "Shorten it.")


def _read_file(table: dict[str, Any]) -> _File:
    try:
        return msgspec.convert(table, _File)
    except msgspec.ValidationError as error:
        raise BadInput(f"This form: {_fault(error)}.", _ADVICE) from error


def _read_parts(kind: type[_Part], word: str, tables: list[dict[str, Any]]) -> tuple[_Part, ...]:
    return tuple(_read_part(kind, word, table, place) for place, table in enumerate(tables, start=1))


def _read_part(kind: type[_Part], word: str, table: dict[str, Any], place: int) -> _Part:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        key = table.get("key")
        name = f"'{key[:40]}'" if isinstance(key, str) and key else f"number {place}"
        raise BadInput(f"{word} {name}: {_fault(error)}.", _ADVICE) from error


_ADVICE: Final = "Correct the form file; the manual lists every word a form can use."


def _fault(error: msgspec.ValidationError) -> str:
    """Put the reader's complaint into a form designer's words: `$.compare.case` becomes `compare.case`."""
    said = re.sub(r"\s+-\s+at `(?:key in )?\$?\.?(.*)`$", r" (in \1)", str(error))
    said = said.replace("Object contains unknown field", "it does not know the word")
    said = said.replace("Object missing required field", "it needs the word").replace(" (in )", "")
    return said[0].lower() + said[1:].replace("`", "'")
