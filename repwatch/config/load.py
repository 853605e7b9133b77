"""From a YAML file to the Config: every problem at once, each at its place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from repwatch.config.document import Document, parse, read
from repwatch.config.entries import Reader, enabled, with_subjects
from repwatch.config.kinds import Kinds
from repwatch.config.modes import WRITABLE, writable_by_others
from repwatch.config.networks import refusal
from repwatch.config.places import data_folder
from repwatch.config.problems import Problem, explain, refuse, suggestion
from repwatch.config.schema import FetchKeys, File, ReportKeys
from repwatch.config.settings import ChannelEntry, Config, ReportEntry, SourceEntry
from repwatch.config.subjects import subject

_SQLITE = "sqlite:///"


def load(path: Path, kinds: Kinds) -> Config:
    """The Config of a file; raises ConfigError whose ``problems`` are ready to print."""
    return build(read(path), path, kinds)


def check(text: str, path: Path, kinds: Kinds) -> Config:
    """The Config that ``text`` would give if it stood at ``path``; raises ConfigError."""
    return build(parse(text, str(path)), path, kinds)


def catalog(path: Path) -> Path | None:
    """The folder of the user's own kinds that a file names, read before the kinds are known.

    Raises ConfigError when it is not there: its kinds would only be called unknown.
    """
    document = read(path)
    named = document.data.get("catalog")
    if not isinstance(named, str):
        return None
    folder = _beside(path, named)
    if not folder.is_dir():
        words = f"there is no folder {folder}; expected one that holds a YAML file for each kind of your own"
        refuse([Problem(("catalog",), words)], document)
    return folder


def build(document: Document, path: Path, kinds: Kinds) -> Config:
    """The Config of a document that stands at ``path``; raises ConfigError."""
    problems: list[Problem] = []
    file = _file(document, problems)
    reader = Reader(document, kinds, file.fetch if file else _fetch(document), problems)
    sources, channels = reader.sources(), reader.channels()
    if file:
        problems.extend(with_subjects(sources, tuple(written.id for written in file.subjects)))
        problems.extend(_across(file, document))
    refuse(problems, document)
    assert file is not None
    return Config(
        path=path.absolute(),
        language=file.language,
        timezone=ZoneInfo(file.timezone),
        contact=file.contact,
        database=_database(file.database, path),
        catalog=_beside(path, file.catalog) if file.catalog else None,
        fetch=file.fetch,
        health=file.health if file.health and file.health.enabled else None,
        subjects=tuple(subject(written) for written in file.subjects),
        sources=enabled(sources, wanted=True),
        disabled=enabled(sources, wanted=False),
        channels=channels,
        reports=tuple(_report(item, index, file, document) for index, item in enumerate(file.reports)),
        retention=file.retention,
        warnings=tuple(_warnings(file, sources, channels, path)),
    )


def _file(document: Document, problems: list[Problem]) -> File | None:
    try:
        return File.model_validate(document.data)
    except ValidationError as error:
        problems.extend(explain(error, (File,)))
        return None


def _fetch(document: Document) -> FetchKeys:
    """The ``fetch`` part alone, so that a mistake elsewhere does not make addresses look refused."""
    try:
        return FetchKeys.model_validate(document.data.get("fetch") or {})
    except ValidationError:
        return FetchKeys()


def _across(file: File, document: Document) -> Iterator[Problem]:
    """The problems that show only when parts of the file are held side by side."""
    yield from _twice("subjects", [written.id for written in file.subjects], document)
    yield from _twice("reports", [report.id or report.channel for report in file.reports], document)
    for index, report in enumerate(file.reports):
        if report.channel not in file.channels:
            hint = suggestion(report.channel, file.channels)
            words = f"there is no channel '{report.channel}' in `channels`{hint}"
            yield Problem(("reports", index, "channel"), words)
    if file.fetch.proxy and (why := refusal(file.fetch.proxy, file.fetch.allow_private)):
        yield Problem(("fetch", "proxy"), why)
    if why := _refused_database(file.database):
        yield Problem(("database",), why)


def _twice(part: str, ids: list[str], document: Document) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, name in enumerate(ids):
        if name in first:
            line = document.place((part, first[name]))[0]
            yield Problem(
                (part, index), f"line {line} uses the id '{name}' too: give one an `id:` of its own"
            )
        first.setdefault(name, index)


def _refused_database(url: str | None) -> str:
    if url is None or (url.startswith(_SQLITE) and url != _SQLITE):
        return ""
    if url.startswith("postgres"):
        return "PostgreSQL is not yet supported: write sqlite:///path/to/repwatch.db"
    return "expected sqlite:///path/to/repwatch.db"


def _database(url: str | None, path: Path) -> str:
    """An absolute SQLite address; a relative path starts at the folder of the configuration."""
    if url is None:
        return f"{_SQLITE}{data_folder(os.environ) / 'repwatch.db'}"
    return f"{_SQLITE}{_beside(path, url.removeprefix(_SQLITE))}"


def _beside(path: Path, name: str) -> Path:
    return path.absolute().parent / Path(name).expanduser()


def _report(item: ReportKeys, index: int, file: File, document: Document) -> ReportEntry:
    return ReportEntry(
        id=item.id or item.channel,
        channel=item.channel,
        recipients=tuple(dict.fromkeys(item.to)),
        every=item.every,
        instant=item.instant.priority if item.instant else None,
        language=item.language or file.language,
        line=document.place(("reports", index))[0],
    )


def _warnings(
    file: File, sources: list[SourceEntry], channels: Mapping[str, ChannelEntry], path: Path
) -> Iterator[str]:
    if not any(entry.enabled for entry in sources):
        yield "no source is configured: nothing will be checked"
    if not file.reports:
        yield "no report is configured: nothing will be sent"
    for name in sorted(channels.keys() - {report.channel for report in file.reports}):
        yield f"the channel '{name}' is used by no report"
    if writable_by_others(path):
        yield f"{path} {WRITABLE}: chmod 600 {path}"
