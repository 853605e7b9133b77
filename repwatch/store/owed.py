"""What each route still has to be told: rows that no report carries yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from repwatch.model import Mention, Owed, OwedKind, Priority
from repwatch.store import mentions
from repwatch.store.database import Tx
from repwatch.store.tables import owed as table


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell, before it is known to whom."""

    kind: OwedKind
    at: datetime
    subject: str = ""
    source: str = ""
    mention: int | None = None
    detail: str = ""
    priority: Priority = Priority.NORMAL


def add(tx: Tx, routes: Sequence[str], news: Sequence[News]) -> None:
    """Owe every piece of news to every route."""
    rows = [
        {
            "route": route,
            "kind": item.kind,
            "at": item.at,
            "subject": item.subject,
            "source": item.source,
            "mention": item.mention,
            "detail": item.detail,
            "priority": item.priority,
        }
        for route in routes
        for item in news
    ]
    if rows:
        tx.execute(insert(table), rows)


def pending(tx: Tx, route: str) -> list[Owed]:
    """What ``route`` has not been told, the oldest first."""
    rows = tx.execute(
        select(table).where(table.c.route == route, table.c.report.is_(None)).order_by(table.c.id)
    ).all()
    found: dict[int, Mention] = mentions.by_ids(tx, [row.mention for row in rows if row.mention is not None])
    return [
        Owed(
            id=row.id,
            route=row.route,
            kind=OwedKind(row.kind),
            at=row.at,
            subject=row.subject,
            source=row.source,
            mention=found.get(row.mention),
            detail=row.detail,
            priority=Priority(row.priority),
        )
        for row in rows
    ]


def drop(tx: Tx, mention: int) -> None:
    """Nobody is told of this mention any more: the owner has said "not me"."""
    tx.execute(delete(table).where(table.c.mention == mention, table.c.report.is_(None)))


def settle(tx: Tx, owed_ids: Sequence[int], report: int) -> int:
    """Mark these lines as carried by ``report``; returns how many still were owed."""
    done = 0
    for chunk in mentions.chunks(owed_ids):
        done += tx.execute(
            update(table).where(table.c.id.in_(chunk), table.c.report.is_(None)).values(report=report)
        ).rowcount
    return done
