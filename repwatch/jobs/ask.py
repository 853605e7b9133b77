"""Asks a source: fetches its requests in turn and has the pages read."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from repwatch.errors import Absent, Blocked, Crowded, Gone, Misconfigured, SourceError, Spent
from repwatch.fetch.limits import PATIENCE, Leaves, Policy
from repwatch.jobs.watched import Watched
from repwatch.jobs.witness import Witness
from repwatch.masking import keep_token, redact
from repwatch.model import NO_WISH, Finding, Page, Parsed, Query, Request, Snapshot, Validators, Wish
from repwatch.rules import wishes
from repwatch.sources.base import ReadsOn, Signs, Source

_DAY = 86_400.0  # seconds: nobody's wish holds a host for longer
MAX_PAGES = 10  # of one run, so that a source that always has one more page ends


class Fetches(Protocol):
    """The door out, as the jobs know it."""

    async def fetch(
        self, request: Request, policy: Policy, validators: Validators, leaves: Leaves | None = None
    ) -> Page:
        """Bring one page; raises SourceError."""
        ...

    def rest(self, url: str, seconds: float) -> None:
        """Leave the host of ``url`` alone for so long."""
        ...


class Parses(Protocol):
    """The parser child, as the jobs know it."""

    async def parse(self, source: Source, page: Page) -> Parsed:
        """Read one page; raises SourceError."""
        ...


@dataclass(slots=True)
class Answer:
    """What a source's requests brought; ``pages`` are the validators of those that were readable.

    ``queries`` are the names that left, whatever came back. ``snapshots`` are the watched pages among
    them, by the key of their request; ``same`` and ``absent`` are the keys of those that were as the last
    time, and of those that were said not to be there. ``resting``: for how many seconds a host wants to
    be left alone, by its latest good answer. ``onward``: the pages go on where the last ones ended, so
    that nothing can have passed between.
    """

    findings: list[Finding] = field(default_factory=list)
    snapshots: list[tuple[str, Snapshot]] = field(default_factory=list)
    same: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    pages: dict[str, Validators] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    errors: list[SourceError] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    answered: int = 0
    unchanged: int = 0
    moved_to: str = ""
    onward: bool = False
    wish: Wish = NO_WISH
    refused_by: str = ""  # host:port of the answer that carried a Retry-After
    resting: dict[str, float] = field(default_factory=dict)

    @property
    def all_unchanged(self) -> bool:
        """Whether every page was the one of the last time, byte for byte."""
        return bool(self.answered) and self.answered == self.unchanged and not self.errors

    @property
    def retry_after(self) -> float | None:
        """The longest wait that a service asked for, in seconds."""
        waits = [error.retry_after for error in self.errors if error.retry_after is not None]
        return max(waits, default=None)

    @property
    def spent_until(self) -> datetime | None:
        """When the source's budget begins anew, if nothing but its end stood in the way."""
        ends = [error.until for error in self.errors if isinstance(error, Spent)]
        return max(ends) if ends and len(ends) == len(self.errors) else None

    @property
    def gone(self) -> bool:
        """Whether the source said that it is gone for good."""
        return not self.answered and any(isinstance(error, Gone) for error in self.errors)

    @property
    def crowded(self) -> bool:
        """Whether all that went wrong is that the service had too many guests."""
        return not self.answered and all(isinstance(error, Crowded) for error in self.errors)


async def ask(
    watched: Watched,
    requests: Sequence[Request],
    known: Mapping[str, Validators],
    holds: Mapping[str, datetime],
    *,
    now: datetime,
    door: Fetches,
    parser: Parses,
    queries: list[Query],
) -> Answer:
    """Ask for everything planned, one request after the other, following pages to a limit.

    After a refusal, or once only the owner can mend it, nothing more is asked of that source in this
    run. Never raises SourceError: what failed stands in the answer. ``queries`` is what the answer's
    will be, and keeps what was sent even if a defect ends this early.
    """
    answer = Answer(queries=queries, onward=isinstance(watched.source, ReadsOn))
    witness = Witness(watched, queries.append)
    queue = deque(requests)
    asked = 0
    while queue and asked < MAX_PAGES + len(requests):
        request = queue.popleft()
        asked += 1
        try:
            heed(request, holds, now, door)
            old = known.get(request.key, Validators())
            page, parsed = await read(
                watched, request, old, witness.of(request), now=now, door=door, parser=parser
            )
        except SourceError as error:
            miss(answer, request, error)
            if isinstance(error, Blocked | Misconfigured):
                break
        else:
            take(answer, page, parsed)
            queue.extend(parsed.follow)
    if queue:
        answer.missing.append(f"{len(queue)} further requests were not made")
    return answer


async def read(
    watched: Watched,
    request: Request,
    old: Validators,
    leaves: Leaves | None,
    *,
    now: datetime,
    door: Fetches,
    parser: Parses,
) -> tuple[Page, Parsed]:
    """One page and what it says (nothing, for that of the last time); raises SourceError.

    What it says of others is heeded: a host's wish for peace, the secrecy of a session's token.
    """
    signed = watched.source.sign(request, now) if isinstance(watched.source, Signs) else request
    page = await door.fetch(signed, watched.policy, old, leaves)
    parsed = Parsed() if page.unchanged else await parser.parse(watched.source, page)
    for following in parsed.follow:
        keep_token(following.headers)
    if parsed.wait > 0:
        door.rest(page.url, parsed.wait)
    return page, parsed


def miss(answer: Answer, request: Request, error: SourceError) -> None:
    """Add to the answer why a page did not come."""
    answer.errors.append(bare(error))
    if request.reading and isinstance(error, Absent | Gone):
        answer.absent.add(request.key)
    if error.retry_after is not None:
        answer.refused_by = host_and_port(request.url)


def bare(error: SourceError) -> SourceError:
    """The error alone: the frames of its traceback would keep the body that was being read."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def take(answer: Answer, page: Page, parsed: Parsed) -> None:
    """Add a readable page to the answer.

    One that only points at others (a log-in, an index) is no answer yet: what comes of those is. And it
    has to be read again each time, or nothing would lead to them any more.
    """
    points = bool(parsed.follow) and not parsed.findings and not parsed.snapshots
    answer.answered += not points
    answer.unchanged += page.unchanged
    answer.findings.extend(map(discreet, parsed.findings))
    answer.snapshots.extend((page.request.key, silent(snapshot)) for snapshot in parsed.snapshots)
    if page.unchanged and page.request.reading:
        answer.same.add(page.request.key)
    answer.missing.extend(parsed.missing)
    said = page.validators.wish if page.unchanged else parsed.wish
    if not points and not page.request.fresh:
        answer.pages[page.request.key] = replace(page.validators, wish=said)
    answer.wish = wishes.both(answer.wish, wishes.both(said, wishes.of_answer(page)))
    if parsed.wait > 0:
        answer.resting[host_and_port(page.url)] = min(parsed.wait, _DAY)
    answer.moved_to = page.moved_to or answer.moved_to


def discreet(finding: Finding) -> Finding:
    """The finding without a secret of ours: a page may link to itself by the address it was asked under."""
    texts = (finding.url, finding.wrapped_url, finding.guid, finding.title, finding.summary)
    redacted = tuple(map(redact, texts))
    if redacted == texts:
        return finding
    url, wrapped_url, guid, title, summary = redacted
    return replace(finding, url=url, wrapped_url=wrapped_url, guid=guid, title=title, summary=summary)


def silent(snapshot: Snapshot) -> Snapshot:
    """The snapshot without a secret of ours."""
    blocks = tuple(map(redact, snapshot.blocks))
    return replace(snapshot, title=redact(snapshot.title), url=redact(snapshot.url), blocks=blocks)


def heed(request: Request, holds: Mapping[str, datetime], now: datetime, door: Fetches) -> None:
    """Let the request wait for a host that wants to be left alone for a moment; raises Blocked for longer."""
    left = (holds.get(host_and_port(request.url), now) - now).total_seconds()
    if 0 < left <= PATIENCE:
        door.rest(request.url, left)
    else:
        refuse_held(request, holds, now)


def refuse_held(request: Request, holds: Mapping[str, datetime], now: datetime) -> None:
    """Raises Blocked when the host asked to be left alone for longer; a time that is over holds nobody."""
    until = holds.get(host_and_port(request.url), now)
    if until > now:
        left = (until - now).total_seconds()
        raise Blocked(f"the service asked us to wait until {until:%Y-%m-%d %H:%M} UTC", retry_after=left)


def host_and_port(url: str) -> str:
    """The unit of pacing and of waiting: ``host:port``."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.hostname}:{port}"
