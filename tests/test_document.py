from __future__ import annotations

from pathlib import Path

import pytest

from repwatch.config.document import ALIASES, DEPTH, SIZE, parse, read
from repwatch.errors import ConfigError


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "bad.yml")
    return "\n".join(caught.value.problems)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("12:30:45", "12:30:45"),
        ("010", "010"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("2026-10-01", "2026-10-01"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("'42'", "42"),
        ('"true"', "true"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("42", 42),
        ("-7", -7),
        ("0.5", 0.5),
        ("9" * 5_000, "9" * 5_000),
    ],
)
def test_only_null_booleans_and_plain_numbers_are_more_than_text(written: str, value: object) -> None:
    found = parse(f"key: {written}\n", "x").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_keys_stay_text_whatever_they_look_like() -> None:
    assert parse("no: 1\n7: 2\n", "x").data == {"no": 1, "7": 2}


def test_places_of_keys_and_values_count_from_one() -> None:
    document = parse("subjects:\n  - name: Ada\n", "x")
    assert document.place(("subjects", 0, "name")) == (2, 11)
    assert document.place(("subjects", 0, "name"), key=True) == (2, 5)
    assert document.place(("subjects", 0, "absent", "deeper")) == (2, 5)


def test_an_error_shows_the_line_and_a_caret_under_the_column() -> None:
    document = parse("one: 1\n  # note\ntwo: 2\n", "x.yml")
    assert document.told((3, 6), "wrong") == "x.yml:3:6: wrong\n  two: 2\n       ^"


def test_a_very_long_line_is_shown_around_its_column() -> None:
    document = parse(f"word: {'x' * 5_000}END\n", "x.yml")
    told = document.told((1, 5_001), "wrong").splitlines()
    assert max(map(len, told)) < 130
    assert told[1][len(told[2]) - 1] == "x"


def test_a_line_that_may_hold_a_secret_is_never_shown() -> None:
    told = parse("mail: {prot: 25, password: hunter2}\n", "x.yml").told((1, 8), "unknown key")
    assert told == "x.yml:1:8: unknown key"


def test_a_duplicate_key_is_refused_naming_both_lines() -> None:
    told = refusal("a: 1\nb: 2\na: 3\n")
    assert "bad.yml:3:1: the key 'a' is here twice, first on line 1" in told


def test_a_tab_in_the_indentation_is_named() -> None:
    assert "bad.yml:2:1: a tab is used for indentation: use spaces" in refusal("a:\n\tb: 1\n")


def test_a_tag_is_refused() -> None:
    assert "tags are refused" in refusal('a: !!python/object/apply:os.system ["true"]\n')


def test_a_yaml_bomb_is_refused() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    assert "expand to too many values" in refusal("\n".join(levels) + "\n")


def test_too_many_aliases_are_refused() -> None:
    assert "aliases" in refusal("a: &a 1\nb: [" + ", ".join(["*a"] * (ALIASES + 1)) + "]\n")


def test_an_alias_that_contains_itself_is_refused() -> None:
    assert "contains itself" in refusal("a: &a [*a]\n")


def test_a_few_aliases_are_welcome() -> None:
    assert parse("a: &a [x]\nb: *a\n", "x").data == {"a": ["x"], "b": ["x"]}


def test_deep_nesting_is_refused_before_anything_is_built() -> None:
    assert "nested" in refusal("a: " + "[" * (DEPTH * 1_000))


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n", "42\n"])
def test_a_file_that_holds_no_keys_is_refused(text: str) -> None:
    assert "the file must hold keys" in refusal(text)


@pytest.mark.parametrize(
    "text", ["a: [1, 2\n", "a: b: c\n", "a: 'open\n", "---\na: 1\n---\nb: 2\n", "a: *no\n"]
)
def test_broken_yaml_names_line_and_column(text: str) -> None:
    assert refusal(text).startswith("bad.yml:")
    assert refusal(text).split(":")[1].isdigit()


def test_a_character_that_yaml_forbids_names_its_line() -> None:
    assert refusal("a: 1\nb: \x00\n").startswith("bad.yml:2:1: this character is not allowed")


def test_an_empty_file_has_no_keys() -> None:
    assert parse("# nothing yet\n", "x").data == {}


def test_a_key_must_be_a_plain_text() -> None:
    assert "a key must be a plain text" in refusal("? [a, b]\n: 1\n")


def test_a_file_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (SIZE + 1))
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        read(path)


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\nb: é\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin.yaml:2:1: this is not UTF-8; save the file as UTF-8"):
        read(path)


def test_a_missing_file_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read(tmp_path / "absent.yaml")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_text("a: 1\n", encoding="utf-8-sig")
    assert read(path).data == {"a": 1}
