"""The composition root: the one place where concrete parts meet; owns start and stop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from repwatch.channels.base import Channel
from repwatch.clock import Clock, SystemClock
from repwatch.config.planted import planted
from repwatch.config.settings import Config, ReportEntry, SourceEntry
from repwatch.errors import ConfigError, RepwatchError
from repwatch.fetch.client import Fetcher
from repwatch.fetch.limits import Limits, Policy
from repwatch.fetch.resolver import Resolver
from repwatch.fetch.transport import Transport
from repwatch.jobs.agenda import Agenda
from repwatch.jobs.ask import Parses
from repwatch.jobs.backfill import Backfill
from repwatch.jobs.capture import Capture
from repwatch.jobs.check import Check, concerned
from repwatch.jobs.deliver import Deliver, Settled
from repwatch.jobs.digest import Digest, Draft, frozen
from repwatch.jobs.notify import Notify
from repwatch.jobs.purge import Purge
from repwatch.jobs.saved import SavedPages
from repwatch.jobs.tick import Tick, Work
from repwatch.jobs.tidy import Tidy
from repwatch.jobs.watched import Watched
from repwatch.model import Page, Pair, Request, Route, Subject, Validators
from repwatch.parsing.handle import ParserChild
from repwatch.plugins import Asker, SourcePlugin, channel_plugins, source_plugins
from repwatch.sources.alert_mails import AlertMails
from repwatch.sources.base import Source
from repwatch.sources.mailbox import Mailbox
from repwatch.store.database import PAUSE_SECONDS, Store
from repwatch.store.owner import DAEMON

ALERT_MAILS = "google-alerts-mail"  # the source of imported mails, where no mailbox is watched
SENDING_SECONDS = 60.0  # how long a command waits for another one to be done with sending


class Parser(Parses, Protocol):
    """What reads pages: the parser child, or a stand-in of a test."""

    async def close(self) -> None:
        """Stop it."""
        ...


class App:
    """The wired parts of one installation; use it as an async context manager."""

    def __init__(
        self,
        config: Config,
        *,
        watched: Sequence[Watched],
        channels: Mapping[str, Channel],
        store: Store,
        fetcher: Fetcher,
        parser: Parser,
        clock: Clock,
        daemon: bool = False,
    ) -> None:
        self.config = config
        self.watched = watched
        self.store = store
        self.clock = clock
        self.channels = channels
        self.routes = tuple(route(config, entry) for entry in config.reports) or (nowhere(config),)
        self.digest = Digest(watched, config.subjects, store, clock)
        self.deliver = Deliver(channels, store, clock)
        self.notify = Notify([each for each in self.routes if each.channel], channels, clock)
        self.tidy = Tidy(store, clock, config.retention)
        self.check = Check(
            watched=watched,
            routes=[route.id for route in self.routes],
            store=store,
            door=fetcher,
            parser=parser,
            clock=clock,
            timezone=config.timezone,
        )
        self._daemon = daemon
        self._fetcher = fetcher
        self._parser = parser

    @property
    def titles(self) -> dict[str, str]:
        """What people call each source."""
        return {source.id: source.title for source in self.watched}

    def pairs(self, *, subject: str = "", source: str = "") -> list[Pair]:
        """What to check, narrowed to a subject or a source; raises RepwatchError when there is none."""
        found = concerned(self.watched, subject, source)
        if not found:
            subjects = ", ".join(subject.id for subject in self.config.subjects)
            sources = ", ".join(source.id for source in self.watched)
            asked = [f"subject {subject!r}"] * bool(subject) + [f"source {source!r}"] * bool(source)
            raise RepwatchError(
                f"nothing is configured for {' and '.join(asked)}" if asked else "there is nothing to check",
                f"subjects: {subjects or 'none'}; sources: {sources or 'none'}",
            )
        return found

    def route(self, wanted: str = "") -> Route:
        """The report of that id, or the first one; raises RepwatchError when there is none."""
        for found in self.routes:
            if wanted in ("", found.id):
                return found
        known = ", ".join(route.id for route in self.routes)
        raise RepwatchError(f"there is no report {wanted!r}", f"reports: {known or 'none'}")

    def saved(self, draft: Draft, suffix: str) -> bytes:
        """A draft as a file: the mail itself for ``.eml``, its text for ``.txt``, else its HTML."""
        if suffix == ".eml":
            return frozen(draft, self.clock.now()).raw
        return (draft.rendered.text if suffix == ".txt" else draft.rendered.html).encode()

    async def send_instants(self) -> None:
        """Send what cannot wait, and whatever else the outbox owes by now."""
        for each in self.routes:
            await self.digest.send_instant(each)
        await self.send_owed()

    async def send_owed(self) -> list[Settled] | None:
        """Send what the outbox owes; None when a running daemon does it.

        One process at a time sends, so that nobody gets the same mail twice from two of them.
        """
        until = self.clock.monotonic() + SENDING_SECONDS
        while not await self.store.own():
            other = self.store.other_owner()
            if (other and other.role == DAEMON) or self.clock.monotonic() >= until:
                return None
            await self.clock.sleep(PAUSE_SECONDS)
        return await self.deliver.run()

    async def send_test(self, wanted: str = "", to: str = "") -> list[str]:
        """Send a test mail now, past the outbox; one line for each recipient.

        Raises ConfigError when no report is configured, DeliveryError when the server refuses.
        """
        chosen = self.route(wanted)
        if chosen.channel not in self.channels:
            raise ConfigError(
                ["no report is configured"], "add 'channels:' and 'reports:', or 'repwatch init'"
            )
        message = frozen(await self.digest.draft(chosen, test=True), self.clock.now())
        lines = []
        for recipient in (to,) if to else chosen.recipients:
            receipt = await self.channels[chosen.channel].send(message, recipient)
            lines.append(f"{recipient}: accepted ({receipt.detail or 'no further word'})")
        return lines

    def capture(self) -> Capture:
        """What asks a source and keeps the pages that came."""
        return Capture(
            self.watched,
            store=self.store,
            door=self._fetcher,
            parser=self._parser,
            clock=self.clock,
            timezone=self.config.timezone,
        )

    def purge(self, subject: str) -> Purge:
        """The erasure of a subject, configured or not."""
        return Purge(
            subject,
            watched=self.watched,
            subjects=self.config.subjects,
            routes=self.routes,
            store=self.store,
            clock=self.clock,
        )

    def saved_pages(self, source: Source) -> SavedPages:
        """The import of result pages that the owner saved, which ``source`` reads."""
        return SavedPages(
            source=source,
            subjects=self.config.subjects,
            routes=[route.id for route in self.routes],
            store=self.store,
            parser=self._parser,
            clock=self.clock,
        )

    def backfill(self) -> Backfill:
        """The import of saved alert mails: into the mailbox that is watched, or a source of their own."""
        boxes = [each for each in self.watched if isinstance(each.source, Mailbox)]
        box = boxes[0] if len(boxes) == 1 else None
        return Backfill(
            source=box.id if box else ALERT_MAILS,
            reader=AlertMails(),
            subjects=box.subjects if box else self.config.subjects,
            store=self.store,
            parser=self._parser,
            clock=self.clock,
        )

    def work(self) -> Work:
        """What a daemon does with this configuration."""
        every = {entry.id: entry.every for entry in self.config.reports}
        return Work(
            check=self.check,
            digest=self.digest,
            deliver=self.deliver,
            agenda=Agenda(self.check.cadences, every, self.config.timezone, self.clock),
            notify=self.notify,
            tidy=self.tidy,
            routes={each.id: each for each in self.routes if each.id in every},
        )

    def tick(self) -> Tick:
        """One drain of everything that is due."""
        return Tick(self.work(), self.store, self.clock)

    def renewed(self, config: Config) -> App:
        """The same installation under another configuration; store, parser and connections stay.

        Raises ConfigError when its kinds cannot be made.
        """
        renewed = App(
            config,
            watched=all_watched(config),
            channels=make_channels(config),
            store=self.store,
            fetcher=self._fetcher,
            parser=self._parser,
            clock=self.clock,
        )
        self._fetcher.introduce(config.contact)
        renewed.deliver = self.deliver  # it knows what is being sent
        renewed.deliver.use(renewed.channels)
        return renewed

    async def __aenter__(self) -> Self:
        await self.store.open(daemon=self._daemon)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(self._parser.close(), self._fetcher.close())
        await self.store.close()


def build(
    config: Config,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    resolver: Resolver | None = None,
    parser: Parser | None = None,
    channels: Mapping[str, Channel] | None = None,
    daemon: bool = False,
) -> App:
    """Wire an installation; every part that touches the outside can be handed in.

    A ``daemon`` must be the only one on its database.
    """
    clock = clock or SystemClock()
    return App(
        config,
        watched=all_watched(config),
        channels=make_channels(config) if channels is None else channels,
        store=Store(config.database_path, clock),
        fetcher=Fetcher(
            clock,
            contact=config.contact,
            transport=transport,
            resolver=resolver,
            concurrency=256,  # so that hosts that hang do not make the others wait
        ),
        parser=parser or ParserChild(),
        clock=clock,
        daemon=daemon,
    )


async def glance(url: str, contact: str) -> Page:
    """Fetch one page by itself, past any configuration; raises SourceError."""
    fetcher = Fetcher(SystemClock(), contact=contact)
    try:
        return await fetcher.fetch(Request(url), Policy(), Validators())
    finally:
        await fetcher.close()


def all_watched(config: Config) -> list[Watched]:
    """Every source that is checked; raises ConfigError when a kind is not there."""
    plugins = source_plugins(config.catalog)
    return [watched(entry, plugins[entry.kind], config) for entry in config.sources]


def watched(entry: SourceEntry, plugin: SourcePlugin, config: Config) -> Watched:
    """A configured source, ready to be asked."""
    source = plugin.make(entry.options, Asker(config.contact, config.language))
    wanted = [subject for subject in config.subjects if not entry.subjects or subject.id in entry.subjects]
    limits = Limits(connect=config.fetch.connect, total=config.fetch.total)
    least = 0.0 if _is_overridden(entry) else float(getattr(source, "rate", 0.0))
    return Watched(
        id=entry.id,
        title=entry.title,
        source=source,
        every=entry.every,
        subjects=tuple[Subject, ...](wanted),
        policy=Policy(
            allow=entry.allow_private,
            proxy=entry.proxy,
            interval=max(entry.interval, least),
            headers={"user-agent": entry.user_agent} if entry.user_agent else {},
            limits=limits,
        ),
        kind=entry.kind,
        budget=entry.budget,
    )


def offline(entry: SourceEntry, config: Config) -> Watched:
    """A configured source as it reads recorded pages: with a stand-in for each of its secrets."""
    plugin = source_plugins(config.catalog)[entry.kind]
    return watched(replace(entry, options=planted(entry.options)), plugin, config)


def route(config: Config, entry: ReportEntry) -> Route:
    """A configured report as the jobs know it."""
    options = config.channels[entry.channel].options
    return Route(
        id=entry.id,
        channel=entry.channel,
        recipients=entry.recipients,
        sender=str(getattr(options, "sender", "") or config.contact),
        language=entry.language,
        timezone=config.timezone.key,
        instant=entry.instant,
    )


def nowhere(config: Config) -> Route:
    """Where reports go when none is configured: nobody gets them, but they can be looked at."""
    sender = config.contact if "@" in config.contact else "repwatch@localhost"
    return Route("preview", "", (), sender, config.language, config.timezone.key)


def make_channels(config: Config) -> dict[str, Channel]:
    """The configured channels."""
    plugins = channel_plugins()
    return {name: plugins[entry.kind].make(entry.options) for name, entry in config.channels.items()}


def _is_overridden(entry: SourceEntry) -> bool:
    """Whether the owner points a public service's kind at an instance of their own."""
    key = type(entry.options).model_fields.get("base_url")
    return key is not None and not key.is_required() and bool(getattr(entry.options, "base_url", None))
