"""The tables of kinds: ours, the catalog's, the user's own folder's and third parties'."""

from __future__ import annotations

from pathlib import Path

import pytest

from repwatch import app
from repwatch.channels.email import Email
from repwatch.config.load import check
from repwatch.errors import ConfigError
from repwatch.plugins import Asker, all_kinds, channel_plugins, load, source_plugins
from tests.house import SUBJECTS
from tests.samples import ADA

OURS = {"google_alerts", "feed", "searxng", "google_news", "bing_news", "hackernews"}
FINDERS = {"wikidata", "orcid", "github", "bluesky_actors", "recherche_entreprises"}
OWN = """
title: The invented register
about: Names in an invented register.
base: https://register.example
request: {path: /search, params: {q: "{name}"}}
items: hits[]
required: hits
fields: {title: name, url: link}
"""
THIRD = """
from pydantic import BaseModel
from repwatch.model import Parsed, Request
from repwatch.plugins import SourcePlugin

class Options(BaseModel):
    place: str = "here"

class Board:
    def __init__(self, options):
        self.place = options.place
    def plan(self, subjects):
        return [Request(f"https://board.example/{self.place}")]
    def parse(self, page):
        return Parsed()

KIND = SourcePlugin(Options, lambda options, asker: Board(options), "Notice board", every="3h")
NONSENSE = "no kind at all"
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, points: str) -> None:
    """A third party's distribution, as an installer would leave it on the path."""
    (folder / "invented_board.py").write_text(THIRD)
    info = folder / "invented_board-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: invented-board\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(folder)


def own_folder(folder: Path, name: str = "register") -> Path:
    own = folder / "kinds"
    own.mkdir()
    (own / f"{name}.yaml").write_text(OWN)
    return own


def test_the_kinds_of_the_program_are_there() -> None:
    found = source_plugins()
    assert found.keys() >= OURS | FINDERS
    assert {name for name, kind in found.items() if kind.people} == FINDERS
    assert channel_plugins()["email"].make is Email


@pytest.mark.parametrize("name", sorted(OURS | FINDERS))
def test_every_kind_has_a_title_and_a_cadence(name: str) -> None:
    kind = source_plugins()[name]
    assert kind.title
    assert kind.every


def test_a_third_party_kind_comes_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "[repwatch.sources]\nboard = invented_board:KIND\n")
    config = check(f"{SUBJECTS}\nsources: [{{kind: board, place: lyon}}]\n", tmp_path / "c.yaml", all_kinds())
    (watched,) = app.build(config).watched
    assert (watched.title, watched.every.text) == ("Notice board", "3h")
    assert [request.url for request in watched.source.plan(watched.subjects)] == [
        "https://board.example/lyon"
    ]


def test_what_is_no_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "[repwatch.sources]\nboard = invented_board:NONSENSE\n")
    with pytest.raises(ConfigError, match="'board' is no SourcePlugin"):
        source_plugins()


@pytest.mark.parametrize("name", ["feed", "github"])
def test_a_third_party_cannot_take_a_name_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    install(tmp_path, monkeypatch, f"[repwatch.sources]\n{name} = invented_board:KIND\n")
    with pytest.raises(ConfigError, match=f"'{name}' of an installed package exists already"):
        source_plugins()


def test_the_users_own_catalog_folder_adds_kinds(tmp_path: Path) -> None:
    own_folder(tmp_path)
    file = tmp_path / "repwatch.yaml"
    file.write_text(f"{SUBJECTS}\ncatalog: kinds\nsources: [{{kind: register}}]\n")
    (watched,) = app.build(load(file)).watched
    (request,) = watched.source.plan(watched.subjects)
    assert request.url.startswith("https://register.example/search?q=Ada")
    assert request.subject == "ada"


def test_an_own_catalog_file_cannot_take_a_name_that_is_taken(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'wikidata'.*exists already"):
        source_plugins(own_folder(tmp_path, "wikidata"))


def test_an_own_catalog_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    own = own_folder(tmp_path)
    (own / "broken.yaml").write_text("title: [")
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        source_plugins(own)


def test_a_catalog_kind_asks_in_the_owners_language() -> None:
    kind = source_plugins()["google_news"]
    source = kind.make(kind.options(), Asker("ada@example.org", "fr"))
    (request, *_) = source.plan([ADA])
    assert "hl=fr" in request.url
