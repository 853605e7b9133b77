"""Pays for what a source is asked out of the budget that its owner gave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from repwatch.clock import Clock
from repwatch.config.budget import Budget
from repwatch.errors import Spent
from repwatch.fetch.limits import Leaves, Policy
from repwatch.jobs.ask import Fetches
from repwatch.jobs.watched import Watched
from repwatch.model import Page, Request, Validators
from repwatch.store import budgets
from repwatch.store.database import Store


@dataclass(frozen=True, slots=True)
class Purse:
    """The budgets of all sources, kept in the store."""

    store: Store
    clock: Clock
    timezone: ZoneInfo

    def door(self, watched: Watched, door: Fetches) -> Fetches:
        """The way out for a source: the same door where it has no budget, else one that counts.

        Whatever asks a source, its checks and its canary alike, goes out by this.
        """
        return Paid(watched.id, watched.budget, door, self) if watched.budget else door


@dataclass(frozen=True, slots=True)
class Paid:
    """A door that lets out no more requests than ``budget`` has left."""

    source: str
    budget: Budget
    behind: Fetches
    purse: Purse

    async def fetch(
        self, request: Request, policy: Policy, validators: Validators, leaves: Leaves | None = None
    ) -> Page:
        """Bring one page; raises Spent, with nothing asked, when the budget is used up.

        A request is counted before it leaves, so that no kill in between makes one free of charge;
        one that never left is given back, and the redirects that it led to are added.
        """
        now, zone, store = self.purse.clock.now(), self.purse.timezone, self.purse.store
        since = self.budget.since(now, zone)
        if not await store.write(lambda tx: budgets.take(tx, self.source, since, self.budget.limit)):
            raise self._spent(now)
        left = 0

        def counted(url: str, body: bytes | None, at: datetime) -> None:
            nonlocal left
            left += 1
            if leaves:
                leaves(url, body, at)

        try:
            return await self.behind.fetch(request, policy, validators, counted)
        finally:
            if left != 1:
                await store.write(lambda tx: budgets.correct(tx, self.source, since, left - 1))

    def rest(self, url: str, seconds: float) -> None:
        """Leave the host of ``url`` alone for so long."""
        self.behind.rest(url, seconds)

    def _spent(self, now: datetime) -> Spent:
        until = self.budget.until(now, self.purse.timezone)
        local = until.astimezone(self.purse.timezone)
        return Spent(f"the budget of {self.budget.words} is used up until {local:%Y-%m-%d %H:%M %Z}", until)


def overspent(watched: Watched) -> str:
    """How the cadence of a source outruns its budget, "" when it does not."""
    if watched.budget is None:
        return ""
    pages = int(getattr(watched.source, "pages", 1))
    planned = sum(len(requests) for requests in watched.requests().values()) * pages
    wanted = planned * max(watched.budget.seconds / watched.every.seconds, 1)
    if wanted <= watched.budget.limit:
        return ""
    return (
        f"source {watched.id}: every {watched.every} it asks up to {planned} times, about {wanted:.0f} "
        f"a {watched.budget.period}, and its budget is {watched.budget.words}"
    )
