"""What the program is told: the frozen Config, checked and with every default filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from repwatch.config.budget import Budget
from repwatch.config.cadence import Cadence
from repwatch.config.networks import Network
from repwatch.config.schema import FetchKeys, HealthKeys, Language, RetentionKeys
from repwatch.config.secret import Secret
from repwatch.model import Priority, Subject


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source to check. ``subjects`` are ids, none meaning all; ``interval`` is in seconds.

    ``entry`` is the id of the entry it was written in, which differs from ``id`` when an umbrella
    kind stands for several sources. ``allow_private`` and ``proxy`` hold the file's ``fetch`` too.
    """

    id: str
    entry: str
    kind: str
    options: BaseModel
    title: str
    every: Cadence
    subjects: tuple[str, ...]
    allow_private: tuple[Network, ...]
    proxy: str
    interval: float
    line: int
    index: int
    enabled: bool = True
    user_agent: str = ""
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """One way out."""

    id: str
    kind: str
    options: BaseModel
    line: int


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """What is sent through a channel, to whom and when."""

    id: str
    channel: str
    recipients: tuple[str, ...]
    every: Cadence
    instant: Priority | None
    language: Language
    line: int


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. ``disabled`` sources are known, not checked; no ``health``: told nowhere."""

    path: Path
    language: Language
    timezone: ZoneInfo
    contact: str
    database: str
    catalog: Path | None
    fetch: FetchKeys
    health: HealthKeys | None
    subjects: tuple[Subject, ...]
    sources: tuple[SourceEntry, ...]
    disabled: tuple[SourceEntry, ...]
    channels: Mapping[str, ChannelEntry]
    reports: tuple[ReportEntry, ...]
    retention: RetentionKeys
    warnings: tuple[str, ...] = ()

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.database.removeprefix("sqlite:///"))

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret that a checked source or a channel refers to, each once."""
        options = [entry.options for entry in self.sources]
        options += [entry.options for entry in self.channels.values()]
        return tuple(dict.fromkeys(secret for model in options for secret in _secrets(model)))

    def asks_for(self, secret: Secret) -> str:
        """Whose secret it is, and on which line of the file the first of them stands."""
        entries: list[tuple[str, SourceEntry | ChannelEntry]] = [("source", entry) for entry in self.sources]
        entries += [("channel", entry) for entry in self.channels.values()]
        found = [(what, entry) for what, entry in entries if secret in _secrets(entry.options)]
        who = ", ".join(f"{what} {entry.id}" for what, entry in found)
        return f"{who}; {self.path.name}:{found[0][1].line}"


def _secrets(model: BaseModel) -> Iterator[Secret]:
    for _, value in model:
        if isinstance(value, Secret):
            yield value
        elif isinstance(value, BaseModel):
            yield from _secrets(value)
