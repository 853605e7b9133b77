"""Where URLs stood on results pages: one row for each position, query and time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

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


def latest(tx: Tx, subject: str) -> list[tuple[datetime, Rank, str]]:
    """(time, rank, URL) of each position that was ever seen for a subject, the newest first."""
    rows = tx.execute(select(table).where(table.c.subject == subject).order_by(table.c.id.desc()))
    return [(row.at, Rank(row.query, row.engine, row.locale, row.position), row.url) for row in rows]
