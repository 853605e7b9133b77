"""Reads the catalog: one YAML file a service, each checked against ``Definition``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from repwatch.config import document
from repwatch.config.cadence import Cadence
from repwatch.config.document import Document
from repwatch.config.problems import dotted, suggestion, worded
from repwatch.errors import ConfigError
from repwatch.sources import template
from repwatch.sources.definition import Ask, Definition, Errors, Paging, Refusal, Rule, Since

CATALOG = Path(__file__).parent / "catalog"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast
_DEFINITION = TypeAdapter(Definition)
_KEYS = tuple(
    field.name for part in (Definition, Ask, Paging, Since, Errors, Rule, Refusal) for field in fields(part)
)
_PATH = re.compile(r"(?:\.\./)*(?:[\w$-]+(?:\[\])?|\[\])(?:\.[\w$-]+(?:\[\])?)*")


def load_catalog(folder: Path = CATALOG) -> dict[str, Definition]:
    """The definitions in a folder, by the stem of their files.

    Raises ConfigError with every problem of every file: its name, the key and what was expected.
    """
    catalog: dict[str, Definition] = {}
    problems: list[str] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            catalog[file.stem] = load_definition(file)
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
    return catalog


def load_definition(file: Path) -> Definition:
    """The definition in a file. Raises ConfigError naming the file, line, key and what was expected."""
    try:
        said = yaml.load(file.read_text("utf-8"), _LOADER)  # noqa: S506 - both are safe ones
        definition = _DEFINITION.validate_python(said)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        document.read(file)  # says where, and raises
        raise ConfigError([f"{file}: no valid YAML: {' '.join(str(error).split())}"]) from error
    except ValidationError as error:
        text = document.read(file)
        raise ConfigError([_told(text, problem) for problem in error.errors()]) from error
    if problems := list(_problems(definition)):
        text = document.read(file)
        raise ConfigError([_placed(text, problem) for problem in problems])
    return definition


def _told(text: Document, problem: ErrorDetails) -> str:
    """A pydantic error at its place in the file, as "key: what is wrong"."""
    path = tuple(step for step in problem["loc"] if step != "[key]")
    word = str(path[-1]) if path else ""
    words = worded(problem)
    if problem["type"] == "unexpected_keyword_argument":
        words = f"unknown key '{word}'{suggestion(word, _KEYS)}"
    elif problem["type"] == "missing":
        words = f"'{word}' is missing"
    return text.told(text.place(path, key=True), f"{dotted(path) or 'the file'}: {words}")


def _placed(text: Document, problem: str) -> str:
    """What the types cannot see, at the line of the key that it begins with, where it does."""
    key = re.split("[:,]", problem, maxsplit=1)[0]
    if (key,) not in text.keys:
        return f"{text.name}: {problem}"
    return text.told(text.place((key,), key=True), problem)


def _problems(definition: Definition) -> Iterator[str]:
    """What the types alone cannot see."""
    ask = definition.request
    known = template.NAMES | definition.each.keys()
    for name in sorted(template.used([ask.path, ask.params, ask.headers, ask.json]) - known):
        yield f"request: unknown placeholder {{{name}}}, expected one of {', '.join(sorted(known))}"
    for name in sorted(template.used(definition.base) - {"language", "country"}):
        yield f"base: unknown placeholder {{{name}}}, expected language or country"
    if not definition.base.startswith(("https://", "http://")):
        yield f"base: {definition.base!r} is no address, expected one that begins with https:// or http://"
    if definition.format == "json" and not (definition.items and definition.fields.get("title")):
        yield "items, fields.title: needed to read JSON"
    if definition.every:
        try:
            Cadence.parse(definition.every)
        except ConfigError as error:
            yield f"every: {error}"
    if definition.engine and definition.format != "json":
        yield "engine: only a JSON answer is ranked"
    for path in _paths(definition):
        if path and not _PATH.fullmatch(path):
            yield f"{path!r} is no path: keys joined by dots, [] behind a list, ../ for the outer item"


def _paths(definition: Definition) -> Iterator[str]:
    yield from (definition.items,) if isinstance(definition.items, str) else definition.items
    yield from (definition.required, definition.incomplete, *definition.names, *definition.excerpts)
    yield from (rule.path for rule in definition.drop)
    if definition.page:
        yield from (definition.page.total, definition.page.more)
    if definition.errors:
        yield from (definition.errors.path, definition.errors.text)
    for places in (*definition.fields.values(), *definition.profile.values()):
        for place in (places,) if isinstance(places, str) else places:
            yield from sorted(template.used(place)) if "{" in place else (place,)
