"""Keeps the due times of the store in step with the configuration and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from repwatch.clock import Clock
from repwatch.config.cadence import Cadence
from repwatch.model import Pair
from repwatch.store import hosts, meta, outbox, routes, sources
from repwatch.store.database import Tx

SPREAD = 0.05  # share of a cadence by which its next time may be late, so that sources drift apart
DAY = timedelta(days=1)  # a source that fails is left alone for no longer


@dataclass(frozen=True, slots=True)
class Look:
    """What is due at one moment, and when there will be more.

    ``pairs`` go with the time at which each was due, None for one that never ran; ``mail`` says
    whether a delivery is to be tried.
    """

    pairs: Mapping[Pair, datetime | None]
    routes: tuple[str, ...]
    mail: bool
    following: datetime | None
    generation: str


class Agenda:
    """When everything that one configuration names is due."""

    def __init__(
        self, pairs: Mapping[Pair, Cadence], routes: Mapping[str, Cadence], timezone: ZoneInfo, clock: Clock
    ) -> None:
        self._pairs = pairs
        self._routes = routes
        self._timezone = timezone
        self._clock = clock

    def look(self, tx: Tx) -> Look:
        """What is due now."""
        now = self._clock.now()
        planned = {route: state.next_due for route, state in routes.states(tx).items()}
        due = [route for route in self._routes if (at := planned.get(route)) and at <= now]
        ahead = [at for route in self._routes if (at := planned.get(route)) and at > now]
        ahead += [at for at in (sources.following(tx, now), outbox.following(tx, now)) if at]
        return Look(
            pairs={pair: at for pair, at in sources.due(tx, now).items() if pair in self._pairs},
            routes=tuple(due),
            mail=outbox.is_due(tx, now),
            following=min(ahead, default=None),
            generation=meta.generation(tx),
        )

    def adopt(self, tx: Tx) -> None:
        """Make the stored times fit: new pairs are due at once, and nothing is due later than it may be.

        A time further ahead than its cadence allows was planned under an older configuration, or by a
        clock that was wrong: a source would otherwise be silent for as long as the clock was off.
        """
        now = self._clock.now()
        sources.enlist(tx, list(self._pairs))
        known = [plan for plan in sources.plans(tx) if plan.pair in self._pairs]
        sources.replan(
            tx,
            [
                sources.Plan(plan.pair, self._turn(plan.pair, now))
                for plan in known
                if plan.next_due > self._latest(plan, now)
            ],
        )
        self._adopt_routes(tx, now)

    def plan(self, tx: Tx, route: str) -> None:
        """The report of ``route`` was made: it is due again at its next time."""
        routes.plan(tx, route, self._routes[route].next_after(self._clock.now(), self._timezone))

    def shift(self, tx: Tx, by: timedelta) -> None:
        """The clock was set forward (or back) by so much: every wait keeps its length."""
        plans = [sources.Plan(plan.pair, plan.next_due + by) for plan in sources.plans(tx)]
        sources.replan(tx, plans)
        hosts.shift(tx, by)
        outbox.shift(tx, by)
        self.adopt(tx)

    def _turn(self, pair: Pair, now: datetime) -> datetime:
        return next_turn(self._pairs[pair], now, self._timezone, self._clock)

    def _latest(self, plan: sources.Plan, now: datetime) -> datetime:
        every = self._pairs[plan.pair]
        turn = every.next_after(now, self._timezone) + timedelta(seconds=every.seconds * SPREAD)
        return max(turn, now + DAY) if plan.failures else turn

    def _adopt_routes(self, tx: Tx, now: datetime) -> None:
        for route, every in self._routes.items():
            state = routes.state(tx, route)
            # A clock set back must not bring a second report on one day: count from the last one, unless
            # it lies so far ahead that it was the clock that was wrong.
            told = min(state.last_report or now, now + DAY)
            latest = every.next_after(max(now, told), self._timezone)
            # A time of day that lies ahead was planned by the cadence, or the zone, of then.
            ahead = state.next_due is not None and state.next_due > now and every.cron
            if state.next_due is None or state.next_due > latest or ahead:
                routes.plan(tx, route, latest)


def next_turn(every: Cadence, now: datetime, timezone: ZoneInfo, clock: Clock) -> datetime:
    """When a source is due again after a check that ended ``now``, a little late by chance."""
    late = clock.jitter(every.seconds * SPREAD)
    return every.next_after(now, timezone) + timedelta(seconds=late)
