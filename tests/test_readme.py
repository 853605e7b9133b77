"""The README under test: its YAML is loaded and run, its commands, kinds and links exist."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
import yaml

from repwatch.app import build
from repwatch.cli import exits
from repwatch.cli.group import repwatch as program
from repwatch.config.load import check
from repwatch.demo.web import Web
from repwatch.demo.world import FAMILY, GIVEN, NAME, World
from repwatch.model import Outcome, Run, Subject
from repwatch.plugins import all_kinds, load, source_plugins
from repwatch.rules import verdict
from tests.check_example import main as check_example
from tests.check_example import problems

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
(CONFIGURATION,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
EXAMPLE = ROOT / "config" / "repwatch.example.yaml"
ADA = Subject(id="ada", name="Ada Exemple", given="Ada", family="Exemple")
COMMAND = re.compile(r"repwatch ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(World(datetime.now(UTC))) as running:
        yield running


def called() -> set[tuple[str, str]]:
    """Each command, with the word behind it, that stands in code."""
    code = re.findall(r"```sh\n(.*?)```", README, re.DOTALL) + re.findall(r"`(repwatch [^`]+)`", README)
    return {match for text in code for match in COMMAND.findall(text)}


def offered(name: str) -> click.Command | None:
    return program.get_command(click.Context(program), name)


def localised(web: Web, folder: Path) -> Path:
    """The README's configuration with each address replaced by its stand-in on loopback."""
    settings = yaml.safe_load(CONFIGURATION)
    settings["subjects"][0] |= {"name": NAME, "given": GIVEN, "family": FAMILY}
    settings |= {
        "fetch": {"allow_private": ["loopback"], "interval": 0.01},
        "database": "sqlite:///readme.db",
        "sources": list(stand_ins(settings["sources"], web.urls)),
    }
    path = folder / "repwatch.yaml"
    path.write_text(yaml.safe_dump(settings), "utf-8")
    path.chmod(0o600)
    return path


def stand_ins(sources: list[dict[str, object]], urls: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """The sources that the invented web knows; a news search it does not have."""
    addresses = {
        "google_alerts": {"feed": urls["alerts"]},
        "feed": {"url": urls["blog"]},
        "searxng": {"url": urls["search"]},
    }
    for source in sources:
        if source["kind"] in addresses:
            yield source | addresses[str(source["kind"])]
        for finder in source.get("finders", ()):  # type: ignore[attr-defined] # a list, says the schema
            yield {"kind": finder, "base_url": urls[finder], "every": source["every"]}


async def look(path: Path) -> list[Run]:
    async with build(load(path), channels={}) as app:
        return await app.check.run(app.pairs())


def test_it_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= 320


def test_its_configuration_has_about_twenty_lines() -> None:
    assert len(CONFIGURATION.splitlines()) <= 20


def test_its_configuration_is_valid_without_a_warning() -> None:
    config = check(CONFIGURATION, Path("/invented/repwatch.yaml"), all_kinds())
    assert config.warnings == ()


def test_its_configuration_checks_a_loopback_web(web: Web, tmp_path: Path) -> None:
    runs = asyncio.run(look(localised(web, tmp_path)))
    outcomes = {run.source.partition("-")[0]: run.outcome for run in runs}
    assert len(runs) == 6
    assert set(outcomes.values()) <= {Outcome.OK, Outcome.EMPTY}
    assert {visit.site for visit in web.requests} >= {
        "alerts",
        "blog",
        "search",
        "wikidata",
        "orcid",
        "github",
    }


@pytest.mark.parametrize(("name", "word"), sorted(called()))
def test_a_command_it_names_exists(name: str, word: str) -> None:
    command = offered(name)
    assert command is not None
    if word and isinstance(command, click.Group):
        assert word in command.commands


def test_every_command_is_named() -> None:
    named = {name for name, _ in called()} | {"demo"}
    assert set(program.list_commands(click.Context(program))) <= named


def test_an_option_it_names_exists() -> None:
    lines = re.findall(r"repwatch ([a-z-]+)([^`\n#]*)", README)
    named = {(name, option) for name, line in lines for option in re.findall(r"--[a-z]+", line)}
    assert {("watch", "--yes"), ("report", "--preview")} <= named
    for name, option in named:
        command = offered(name)
        assert command is not None
        assert option in options(command)


def options(command: click.Command) -> set[str]:
    """Those of a command, and of the commands in a group."""
    within = command.commands.values() if isinstance(command, click.Group) else ()
    own = {spelling for parameter in command.params for spelling in parameter.opts}
    return own.union(*map(options, within))


def test_its_exit_codes_are_those_of_the_program() -> None:
    codes = {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", README)}
    assert codes == {value for name, value in vars(exits).items() if name.isupper()}


def test_its_bounds_of_a_verdict_are_those_of_the_rules() -> None:
    assert f"From {verdict.ME:.0%}".replace("%", " %") in README
    assert f"up to {verdict.NOT_ME:.0%}".replace("%", " %") in README


def test_a_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"(?m)^`?make ([a-z-]+)", README))
    assert {"demo", "test", "check", "bench"} <= targets
    assert targets <= set(re.findall(r"(?m)^([a-z-]+):", makefile))


@pytest.mark.parametrize("link", re.findall(r'(?:\]\(|srcset="|src=")(?!https?:)([^)"]+)', README))
def test_a_relative_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("picture", ["report-light.png", "report-dark.png"])
def test_a_picture_is_light_enough(picture: str) -> None:
    assert (ROOT / "docs" / picture).stat().st_size <= 200_000


@pytest.mark.parametrize("kind", sorted([*source_plugins(), "people"]))
def test_every_kind_is_in_its_table(kind: str) -> None:
    assert re.search(rf"(?m)^\| .*`{kind}`", README)


@pytest.mark.parametrize("kind", sorted(source_plugins()))
def test_every_kind_is_in_the_example(kind: str) -> None:
    assert re.search(rf"\b{kind}\b", EXAMPLE.read_text("utf-8"))


def test_the_example_passes_its_check() -> None:
    assert check_example() == 0


def test_a_wrong_example_and_a_stale_schema_are_told(tmp_path: Path) -> None:
    example, schema = tmp_path / "example.yaml", tmp_path / "schema.json"
    example.write_text("contcat: ada@example.org\n", "utf-8")
    schema.write_text("{}", "utf-8")
    found = list(problems(example, schema))
    assert found[0] == "schema.json is stale: run `make schema`"
    assert any("contcat" in problem for problem in found[1:])
