"""docs/sources.md under test: every kind is in it, its examples can be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.reference import REFERENCE, reference
from repwatch.config.load import check
from repwatch.plugins import all_kinds, source_plugins
from repwatch.sheet import GROUPS, sheets
from tests.house import SUBJECTS

TEXT = REFERENCE.read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)\n```", TEXT)
KINDS = sorted(source_plugins())


def test_it_is_what_the_program_says_today() -> None:
    assert reference() == TEXT, "run `make reference`"


def test_every_kind_has_a_section_and_an_example() -> None:
    assert sorted(re.findall(r"(?m)^### .*: `(\w+)`$", TEXT)) == KINDS
    assert sorted(re.findall(r"kind: (\w+)", "\n".join(EXAMPLES))) == KINDS


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_valid(example: str) -> None:
    (source,) = check(f"{SUBJECTS}sources:\n{example}\n", Path("/invented/c.yaml"), all_kinds()).sources
    assert source.kind in example


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_of_a_kind_is_in_its_table(kind: str) -> None:
    section = TEXT.partition(f": `{kind}`\n")[2].partition("\n### ")[0]
    (sheet,) = (each for each in sheets(source_plugins()) if each.kind == kind)
    for option in sheet.options:
        assert f"| `{option.name}` | " in section
        assert option.what


def test_no_row_of_a_table_is_broken() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_every_group_has_a_heading() -> None:
    assert {kind.group for kind in source_plugins().values()} <= set(GROUPS)


def test_what_a_kind_cannot_do_without_is_named_first() -> None:
    for sheet in sheets(source_plugins()):
        required = [option.required for option in sheet.options]
        assert required == sorted(required, reverse=True), sheet.kind
