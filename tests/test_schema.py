from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from repwatch.config.document import parse, read
from repwatch.config.export import json_schema, shown
from repwatch.config.kinds import Kinds
from repwatch.config.load import check, load
from tests.fake_kinds import KINDS, SMALL

FOLDER = Path(__file__).parent.parent / "config"
EXAMPLE = FOLDER / "repwatch.example.yaml"

FAKE = Draft202012Validator(json_schema(KINDS))


def real_kinds() -> Kinds:
    plugins = pytest.importorskip("repwatch.plugins")
    kinds = plugins.all_kinds()
    assert isinstance(kinds, Kinds)
    return kinds


def properties(node: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every described key of a schema."""
    if isinstance(node, Mapping):
        found = node.get("properties")
        if isinstance(found, Mapping):
            yield from found.items()
        for child in node.values():
            yield from properties(child)
    elif isinstance(node, list):
        for child in node:
            yield from properties(child)


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(json_schema(KINDS))


def test_the_schema_accepts_what_the_program_accepts() -> None:
    assert list(FAKE.iter_errors(parse(SMALL, "x").data)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("url:", "ulr:"),
        ("kind: feed", "kind: fead"),
        ("kind: feed", "kind: google_alerts"),
        ("relation: self", "relation: enemy"),
        ("env:SMTP_PASSWORD", "hunter2"),
        ("contact:", "contcat:"),
        ("to: ada@example.org", "to: [7]"),
    ],
)
def test_the_schema_refuses_what_the_program_refuses(old: str, new: str) -> None:
    assert not FAKE.is_valid(parse(SMALL.replace(old, new, 1), "x").data)


def test_every_key_of_the_schema_is_described() -> None:
    bare = [name for name, schema in properties(json_schema(KINDS)) if "description" not in schema]
    assert bare == []


def test_the_example_is_valid_for_the_real_kinds() -> None:
    kinds = real_kinds()
    assert load(EXAMPLE, kinds).sources
    Draft202012Validator(json_schema(kinds)).validate(read(EXAMPLE).data)


def test_the_exported_schema_is_fresh() -> None:
    exported = json.loads((FOLDER / "repwatch.schema.json").read_text("utf-8"))
    fresh = json.loads(json.dumps(json_schema(real_kinds())))
    assert exported == fresh, "write it again: repwatch config schema > config/repwatch.schema.json"


def test_what_is_shown_has_every_default_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    text = shown(check(SMALL, Path("/invented/repwatch.yaml"), KINDS))
    assert "password: env:SMTP_PASSWORD" in text
    assert "every: 1h" in text
    assert "from: repwatch@example.org" in text
    assert "hunter2" not in text


@pytest.mark.parametrize("written", [SMALL, f"health: null\n{SMALL}"])
def test_what_is_shown_can_be_loaded_again_and_means_the_same(written: str) -> None:
    path = Path("/invented/repwatch.yaml")
    first = check(written, path, KINDS)
    again = check(shown(first), path, KINDS)
    assert shown(again) == shown(first)
    assert again.health == first.health
