from __future__ import annotations

import stat
from pathlib import Path

import pytest

from repwatch.config.document import parse
from repwatch.config.edit import add_source, remove_source, with_sources, without_source
from repwatch.config.load import load
from repwatch.config.write import write
from repwatch.errors import ConfigError
from tests.fake_kinds import KINDS, SMALL

NEWS = {"kind": "google_news", "every": "2h"}

COMMENTED = """\
# a file with care in it
contact: ada@example.org   # mine
subjects:
  - {id: ada, name: Ada Exemple, relation: self}

sources:
  # the blog
  - kind: feed
    url: https://blog.example.org/feed

    every: 1h   # often enough

  # the people
  - {kind: people,
     finders: [wikidata, orcid]}   # two of them

  # the end of the list
# the last words
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "repwatch.yaml"
    path.write_text(COMMENTED, encoding="utf-8")
    path.chmod(0o600)
    return path


def added(text: str) -> str:
    return with_sources(parse(text, "x"), [NEWS])


def removed(text: str, index: int) -> str:
    return without_source(parse(text, "x"), index)


def test_an_entry_goes_below_the_last_one_and_nothing_else_changes(file: Path) -> None:
    config = add_source(file, NEWS, KINDS)
    line = "     finders: [wikidata, orcid]}   # two of them\n"
    assert file.read_text("utf-8") == COMMENTED.replace(line, line + "  - {kind: google_news, every: 2h}\n")
    assert config.sources[-1].id == "google_news"


def test_removing_what_was_added_gives_back_the_same_bytes(file: Path) -> None:
    add_source(file, NEWS, KINDS)
    remove_source(file, "google_news", KINDS)
    assert file.read_text("utf-8") == COMMENTED


def test_a_removed_entry_takes_its_own_lines_only(file: Path) -> None:
    remove_source(file, load(file, KINDS).sources[0].id, KINDS)
    own = COMMENTED[COMMENTED.index("  - kind: feed") : COMMENTED.index("\n  # the people")]
    assert file.read_text("utf-8") == COMMENTED.replace(own, "")


def test_an_umbrella_is_removed_by_its_own_id(file: Path) -> None:
    config = remove_source(file, "people", KINDS)
    assert [source.kind for source in config.sources] == ["feed"]


def test_one_member_of_an_umbrella_is_refused_with_the_line(file: Path) -> None:
    with pytest.raises(ConfigError, match="'people-orcid' is one of several in the entry on line 14"):
        remove_source(file, "people-orcid", KINDS)
    assert file.read_text("utf-8") == COMMENTED


def test_an_unknown_id_is_refused_with_the_nearest(file: Path) -> None:
    with pytest.raises(ConfigError, match="no source 'poeple' \\(did you mean 'people'"):
        remove_source(file, "poeple", KINDS)


@pytest.mark.parametrize("entry", [{"kind": "feed"}, {"kind": "nonsense"}, {"kind": "people"}])
def test_an_entry_that_would_not_be_valid_leaves_the_file_as_it_is(
    file: Path, entry: dict[str, object]
) -> None:
    with pytest.raises(ConfigError):
        add_source(file, entry, KINDS)
    assert file.read_text("utf-8") == COMMENTED


def test_a_file_that_is_already_broken_is_not_touched(file: Path) -> None:
    file.write_text(COMMENTED + "colour: blue\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown key 'colour'"):
        add_source(file, NEWS, KINDS)
    assert file.read_text("utf-8").endswith("colour: blue\n")


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_the_files_mode_is_kept(file: Path, mode: int) -> None:
    file.chmod(mode)
    add_source(file, NEWS, KINDS)
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_no_other_file_is_left_behind(file: Path) -> None:
    add_source(file, NEWS, KINDS)
    assert list(file.parent.iterdir()) == [file]


def test_a_symbolic_link_stays_one(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    add_source(link, NEWS, KINDS)
    assert link.is_symlink()
    assert "google_news" in file.read_text("utf-8")


def test_windows_line_ends_and_the_byte_order_mark_are_kept(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    add_source(file, NEWS, KINDS)
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfcontact")
    assert data.count(b"\n") == data.count(b"\r\n") == SMALL.count("\n") + 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\n", "a: 1\nsources:\n  - {kind: google_news, every: 2h}\n"),
        ("a: 1", "a: 1\nsources:\n  - {kind: google_news, every: 2h}\n"),
        ("sources:\nb: 2\n", "sources:\n  - {kind: google_news, every: 2h}\nb: 2\n"),
        ("sources: []\nb: 2\n", "sources:\n  - {kind: google_news, every: 2h}\nb: 2\n"),
        ("sources: [{kind: x}]\n", "sources: [{kind: x}, {kind: google_news, every: 2h}]\n"),
        ("sources:\n- kind: x", "sources:\n- kind: x\n- {kind: google_news, every: 2h}\n"),
        (
            "sources:\n  - kind: x\n    note: |\n      words\n\nb: 2\n",
            "sources:\n  - kind: x\n    note: |\n      words\n  - {kind: google_news, every: 2h}\n\nb: 2\n",
        ),
    ],
)
def test_an_entry_finds_its_place_in_every_form_of_the_list(before: str, after: str) -> None:
    assert added(before) == after


@pytest.mark.parametrize(
    ("before", "index", "after"),
    [
        ("sources:\n  - {kind: x}\nb: 2\n", 0, "sources: []\nb: 2\n"),
        ("sources: # mine\n  - {kind: x}\n", 0, "sources: [] # mine\n"),
        ("sources: [{kind: x}, {kind: y}]\n", 0, "sources: [{kind: y}]\n"),
        ("sources: [{kind: x}, {kind: y}]\n", 1, "sources: [{kind: x}]\n"),
        ("sources: [{kind: x}]\n", 0, "sources: []\n"),
        ("sources:\n  -\n    kind: x\n  - kind: y\n", 0, "sources:\n  - kind: y\n"),
    ],
)
def test_an_entry_leaves_every_form_of_the_list(before: str, index: int, after: str) -> None:
    assert removed(before, index) == after


@pytest.mark.parametrize("name", ["no", "12:30:45", "a: b", "# not a comment", "é, {x}", "*star", "- dash"])
def test_whatever_a_text_looks_like_it_is_read_back_as_written(name: str) -> None:
    text = with_sources(parse(SMALL, "x"), [{"kind": "google_news", "name": name}])
    sources = parse(text, "x").data["sources"]
    assert isinstance(sources, list)
    assert sources[-1] == {"kind": "google_news", "name": name}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written: No such file or directory"):
        write(tmp_path / "absent" / "x.yaml", "a: 1\n")


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    write(tmp_path / "x.yaml", "a: 1\n")
    assert stat.S_IMODE((tmp_path / "x.yaml").stat().st_mode) == 0o600


def test_an_entry_after_the_last_was_removed_stands_on_a_line_of_its_own_again() -> None:
    document = parse("sources: []  # none left\nreports: []\n", "repwatch.yaml")
    once = with_sources(document, [{"kind": "google_news"}])
    assert once == "sources:  # none left\n  - {kind: google_news}\nreports: []\n"
    assert without_source(parse(once, "repwatch.yaml"), 0) == "sources: []  # none left\nreports: []\n"
