"""One visit of the doctor: the parts that the examinations look at and ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from repwatch import app
from repwatch.channels.base import Channel
from repwatch.clock import Clock, SystemClock
from repwatch.config.settings import Config
from repwatch.doctor.machine import Machine, this_machine
from repwatch.doctor.probes import Probes
from repwatch.fetch.client import Fetcher
from repwatch.fetch.records import Records, SystemRecords
from repwatch.fetch.resolver import Resolver, SystemResolver
from repwatch.fetch.transport import Transport
from repwatch.jobs.watched import Watched
from repwatch.model import Route
from repwatch.parsing.handle import ParserChild
from repwatch.plugins import source_plugins
from repwatch.store.onlooker import Onlooker


@dataclass(frozen=True, slots=True)
class Visit:
    """What is examined. Nothing here can write to the database or hand over a mail's content."""

    config: Config
    watched: Sequence[Watched]
    channels: Mapping[str, Channel]
    routes: Sequence[Route]
    store: Onlooker
    names: Resolver
    records: Records
    machine: Machine
    clock: Clock
    fetcher: Fetcher
    parser: app.Parser
    probes: Probes = field(init=False)

    def __post_init__(self) -> None:
        probes = Probes(self.watched, self.store, self.fetcher, self.parser, self.clock)
        object.__setattr__(self, "probes", probes)

    async def close(self) -> None:
        """Let go of the parser, the connections and the store's thread."""
        await self.parser.close()
        await self.fetcher.close()
        await self.store.close()


def prepared(
    config: Config,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    names: Resolver | None = None,
    records: Records | None = None,
    parser: app.Parser | None = None,
    channels: Mapping[str, Channel] | None = None,
    machine: Machine | None = None,
) -> Visit:
    """Wire a visit; every part that touches the outside can be handed in."""
    clock, names = clock or SystemClock(), names or SystemResolver()
    plugins = source_plugins(config.catalog)
    return Visit(
        config=config,
        watched=[app.watched(entry, plugins[entry.kind], config) for entry in config.sources],
        channels=app.make_channels(config) if channels is None else channels,
        routes=[app.route(config, entry) for entry in config.reports],
        store=Onlooker(config.database_path),
        names=names,
        records=records or SystemRecords(),
        machine=machine or this_machine(),
        clock=clock,
        fetcher=Fetcher(clock, contact=config.contact, transport=transport, resolver=names, concurrency=64),
        parser=parser or ParserChild(),
    )
