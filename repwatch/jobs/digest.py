"""Makes reports: reads what a route is owed, freezes the message, and owes it to each recipient."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from repwatch.clock import Clock
from repwatch.errors import RepwatchError
from repwatch.jobs.watched import Watched
from repwatch.model import Label, Message, Owed, OwedKind, Pair, Route, Run, SourceState, Subject
from repwatch.report import mime
from repwatch.report.material import Checked, Material
from repwatch.report.render import Rendered, render
from repwatch.report.view import build
from repwatch.rules import rhythm
from repwatch.sources.engines import ENGINES, source_of
from repwatch.store import mentions, meta, outbox, owed, routes, runs, sources
from repwatch.store.database import Store, Tx

Also = Callable[[Tx], None]  # what shares the transaction of a report

FIRST_LOOK = 10  # cards of one source's first look; the rest is counted
_URGENT = (OwedKind.MENTION, OwedKind.CHANGED)
SURE_ENOUGH = 0.5  # an urgent mention may interrupt from here, not only when it is surely the subject


@dataclass(frozen=True, slots=True)
class Draft:
    """A report before it is frozen; ``generation`` is that of the content it was made from."""

    material: Material
    rendered: Rendered
    generation: str = ""


class Digest:
    """Reports for every route."""

    def __init__(
        self, watched: Sequence[Watched], subjects: Sequence[Subject], store: Store, clock: Clock
    ) -> None:
        self._watched = watched
        self._subjects = tuple(subjects)
        self._store = store
        self._clock = clock

    async def draft(self, route: Route, *, preview: bool = False, test: bool = False) -> Draft:
        """What a report to ``route`` would say now; nothing is written down."""
        material, generation = await self._read(route, lambda _: True, preview=preview)
        return replace(drafted(replace(material, test=test)), generation=generation)

    async def send(self, route: Route, also: Also = lambda _: None) -> Message | None:
        """Freeze everything that is owed into one report; None when there is nothing to tell.

        ``also`` is done either way, in the same transaction.
        """
        message = await self._send(route, lambda _: True, also)
        if message is None:
            await self._store.write(also)
        return message

    async def send_instant(self, route: Route) -> Message | None:
        """Freeze what cannot wait for the next report, if there is such a thing."""
        if route.instant is None:
            return None
        return await self._send(route, lambda item: urgent(item, route))

    async def send_lines(self, route: Route, lines: Collection[int]) -> Message | None:
        """Freeze these lines alone, for the recipients that ``route`` names."""
        return await self._send(route, lambda item: item.id in lines)

    async def freeze(self, draft: Draft, also: Also = lambda _: None) -> Message:
        """Fix the bytes, owe them to every recipient and mark their lines as told: one transaction.

        Raises RepwatchError, with nothing written, when another process told one of these lines
        meanwhile, or restored a backup.
        """
        now = self._clock.now()
        route = draft.material.route
        message = frozen(draft, now)
        told = [item.id for item in draft.material.owed if item.id]

        def keep(tx: Tx) -> None:
            if meta.generation(tx) != draft.generation:  # the lines' numbers may be those of others
                raise RepwatchError("the database was restored meanwhile", "try again")
            report = outbox.add(
                tx,
                route=route.id,
                channel=route.channel,
                recipients=route.recipients,
                message=message,
                now=now,
            )
            if owed.settle(tx, told, report) < len(told):
                raise RepwatchError("another repwatch process has just told the same news", "try again")
            routes.reported(tx, route.id, now)
            also(tx)

        await self._store.write(keep)
        return message

    async def _send(
        self, route: Route, wanted: Callable[[Owed], bool], also: Also = lambda _: None
    ) -> Message | None:
        material, generation = await self._read(route, wanted)
        if not worth_sending(material):
            return None
        return await self.freeze(replace(drafted(material), generation=generation), also)

    async def _read(
        self, route: Route, wanted: Callable[[Owed], bool], *, preview: bool = False
    ) -> tuple[Material, str]:
        return await self._store.read(
            lambda tx: (self._material(tx, route, wanted, preview=preview), meta.generation(tx))
        )

    def _material(self, tx: Tx, route: Route, wanted: Callable[[Owed], bool], *, preview: bool) -> Material:
        waiting = [item for item in owed.pending(tx, route.id) if wanted(item) and not rejected(item)]
        looks = [item for item in waiting if item.kind is OwedKind.BASELINE]
        return Material(
            route=route,
            now=self._clock.now(),
            since=routes.state(tx, route.id).last_report,
            subjects=self._subjects,
            owed=(*waiting, *first_looks(tx, looks)),
            checked=self._checked(runs.last(tx), sources.states(tx)),
            imported={source_of(engine.name): engine.title for engine in ENGINES},
            preview=preview,
        )

    def _checked(self, last: Mapping[Pair, Run], states: Mapping[Pair, SourceState]) -> tuple[Checked, ...]:
        return tuple(
            summed_up(source, last.get(pair), states.get(pair, SourceState(pair)))
            for source in self._watched
            for pair in source.requests()
        )


def drafted(material: Material) -> Draft:
    """The report that carries this material."""
    return Draft(material, render(build(material)))


def worth_sending(material: Material) -> bool:
    """Whether anything but edits is owed: an edited title alone is no reason to write."""
    return any(item.kind is not OwedKind.EDITED for item in material.owed)


def frozen(draft: Draft, now: datetime) -> Message:
    """The message as it will leave, byte for byte, at every attempt."""
    return sealed(draft.rendered, draft.material.route, uuid4().hex, now)


def sealed(rendered: Rendered, route: Route, token: str, now: datetime) -> Message:
    """A rendered text as a message to everybody of ``route``; ``token`` makes its Message-ID unique."""
    message_id = mime.new_message_id(route.sender, token)
    raw = mime.compose(
        rendered,
        sender=route.sender,
        recipients=route.recipients or (route.sender,),
        message_id=message_id,
        date=now,
    )
    return Message(message_id, rendered.subject, rendered.html, rendered.text, raw)


def urgent(item: Owed, route: Route) -> bool:
    """Whether a line cannot wait for the route's next report."""
    mention = item.mention
    if mention is None or item.kind not in _URGENT or route.instant is None:
        return False
    sure = mention.decided is Label.ME or mention.verdict.probability >= SURE_ENOUGH
    return sure and item.priority.rank <= route.instant.rank


def rejected(item: Owed) -> bool:
    """Whether the owner has said "not me" since."""
    return item.mention is not None and item.mention.label is Label.NOT_ME


def first_looks(tx: Tx, looks: Sequence[Owed]) -> list[Owed]:
    """The surest mentions of each source's first look, as further lines (with id 0: none is owed)."""
    by_pair = {(look.source, look.subject): look for look in looks}  # an import owes a line for each page
    return [
        Owed(0, look.route, OwedKind.BASELINE, look.at, mention.subject, look.source, mention)
        for look in by_pair.values()
        for mention in mentions.first_seen_by(tx, look.source, look.subject, FIRST_LOOK)
    ]


def summed_up(source: Watched, run: Run | None, state: SourceState) -> Checked:
    """One row of "what was checked"."""
    return Checked(
        source=source.id,
        title=source.title,
        subject=state.pair.subject,
        outcome=run.outcome if run else None,
        cause=run.cause if run else "",
        last_run=state.last_run,
        last_answer=state.last_answer,
        failing_since=state.failing_since,
        next_try=state.next_due,
        read=run.read if run else 0,
        new=run.new if run else 0,
        baseline=bool(run and run.baseline),
        paused=state.paused,
        quiet_since=state.last_new if state.quiet_told else None,
        usual=rhythm.usual(state.rhythm),
    )
