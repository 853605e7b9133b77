"""A whole installation whose clock, web and way out are in the test's hands; the store is real."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from repwatch import app
from repwatch.app import App
from repwatch.channels.base import Channel
from repwatch.config.load import check
from repwatch.config.settings import Config
from repwatch.errors import DeliveryError
from repwatch.model import Mention, Owed, OwedKind, Pair, Run, SourceState
from repwatch.parsing.handle import InlineParser
from repwatch.plugins import all_kinds
from repwatch.store import mentions, owed, sources
from tests.fakes import START, FakeChannel, FakeClock, FakeWeb, rss

BLOG = "http://blog.example/feed"
GAZETTE = "http://gazette.example/feed"

Item = tuple[str, str, str]

SUBJECTS = """
language: en
timezone: Europe/Paris
contact: ada@example.org
database: sqlite:///house.db
subjects:
  - id: ada
    name: Ada Exemple
    relation: self
    context: {employers: [Atelier Fictif]}
    not_me: {topics: [patinage]}
"""
FEEDS = (
    f'{{kind: feed, id: blog, url: "{BLOG}", every: 1h}}',
    f'{{kind: feed, id: gazette, url: "{GAZETTE}", every: 1h}}',
)
DAILY = '{id: daily, channel: mail, to: ada@example.org, every: "day at 07:00"}'
TO_TWO = '{id: daily, channel: mail, to: [ada@example.org, mireille@example.net], every: "day at 07:00"}'
INSTANT = (
    '{id: daily, channel: mail, to: ada@example.org, every: "day at 07:00", instant: {priority: normal}}'
)


def configured(
    folder: Path, feeds: Sequence[str] = FEEDS, report: str = DAILY, port: int = 25, subjects: str = SUBJECTS
) -> Config:
    """The configuration a user would have written; ``port`` is that of a mail server on loopback."""
    text = f"""{subjects}
sources: [{", ".join(feeds)}]
channels:
  mail: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from: repwatch@example.org}}
reports: [{report}]
"""
    return check(text, folder / "repwatch.yaml", all_kinds())


def article(number: int, title: str = "", about: str = "Atelier Fictif") -> Item:
    """A blog post that is surely about Ada, unless ``about`` speaks of somebody else."""
    title = title or f"Ada Exemple opens workshop number {number}"
    return title, f"https://blog.example/posts/{number}", f"As {about} would have it, part {number}."


def articles(*numbers: int) -> httpx.Response:
    return rss(*(article(number) for number in numbers))


@dataclass
class House:
    app: App
    clock: FakeClock
    web: FakeWeb
    channel: FakeChannel

    async def check(self, *only: str, later: float = 3600) -> dict[str, Run]:
        """A round over every source (or those named), ``later`` seconds after the one before."""
        self.clock.advance(later)
        wanted = [pair for pair in self.app.check.pairs if not only or pair.source in only]
        return {run.source: run for run in await self.app.check.run(wanted)}

    async def mentions(self) -> list[Mention]:
        return await self.app.store.read(mentions.listed)

    async def owed(self) -> list[Owed]:
        return await self.app.store.read(lambda tx: owed.pending(tx, "daily"))

    async def news(self) -> list[OwedKind]:
        return [item.kind for item in await self.owed()]

    async def state(self, source: str) -> SourceState:
        states = await self.app.store.read(sources.states)
        return next(state for pair, state in states.items() if pair.source == source)

    async def due(self) -> set[Pair]:
        """What a tick would check now."""
        agenda = self.app.work().agenda
        await self.app.store.write(agenda.adopt)
        return set((await self.app.store.read(agenda.look)).pairs)

    async def report(self) -> bytes | None:
        """Make the report that is due; its frozen bytes, or None when there was nothing to tell."""
        message = await self.app.digest.send(self.app.route())
        return message.raw if message else None


@asynccontextmanager
async def house(
    config: Config,
    *,
    failures: Sequence[DeliveryError] = (),
    start: datetime = START,
    channel: Channel | None = None,
) -> AsyncIterator[House]:
    """An opened installation with an empty database; ``failures`` are the channel's, in turn."""
    clock, web, fake = FakeClock(start), FakeWeb(), FakeChannel(failures)
    built = app.build(
        config,
        clock=clock,
        transport=web,
        parser=InlineParser(),
        channels={"mail": channel or fake},
    )
    async with built:
        yield House(built, clock, web, fake)
