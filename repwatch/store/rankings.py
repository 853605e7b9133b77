"""Where URLs stood on results pages: one row for each position, query and time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select

from repwatch.model import Finding, Pair, Rank
from repwatch.store.database import Tx
from repwatch.store.tables import ranking as table


def add(tx: Tx, pair: Pair, findings: Sequence[Finding], at: datetime) -> None:
    """Keep the rank of every finding that has one."""
    rows = [
        {
            "source": pair.source,
            "subject": pair.subject,
            "query": finding.rank.query,
            "engine": finding.rank.engine,
            "locale": finding.rank.locale,
            "position": finding.rank.position,
            "url": finding.url,
            "at": at,
        }
        for finding in findings
        if finding.rank
    ]
    if rows:
        tx.execute(insert(table), rows)


def before(tx: Tx, subject: str, like: Rank, at: datetime) -> tuple[datetime, dict[int, str]] | None:
    """The last ranking before ``at`` for the query, engine and locale of ``like``: when, URL by position."""
    same = (
        table.c.subject == subject,
        table.c.query == like.query,
        table.c.engine == like.engine,
        table.c.locale == like.locale,
    )
    last = tx.execute(select(func.max(table.c.at)).where(*same, table.c.at < at)).scalar()
    if last is None:
        return None
    rows = tx.execute(select(table.c.position, table.c.url).where(*same, table.c.at == last))
    return last, {row.position: row.url for row in rows}


def latest(tx: Tx, subject: str) -> list[tuple[datetime, Rank, str]]:
    """(time, rank, URL) of each position that was ever seen for a subject, the newest first."""
    rows = tx.execute(select(table).where(table.c.subject == subject).order_by(table.c.id.desc()))
    return [(row.at, Rank(row.query, row.engine, row.locale, row.position), row.url) for row in rows]
