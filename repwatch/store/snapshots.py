"""The texts of watched pages: as they were told last, and as a later look saw them, unconfirmed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from repwatch.model import Pair
from repwatch.rules.blocks import joined, split
from repwatch.rules.confirm import Look
from repwatch.store.database import Tx
from repwatch.store.tables import snapshot as table

_INSERT = insert(table)
_NEW = {column.name: _INSERT.excluded[column.name] for column in table.columns if not column.primary_key}
_SAVE = _INSERT.on_conflict_do_update(index_elements=["source", "subject", "page"], set_=_NEW)


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it is remembered, and where people find it."""

    url: str
    look: Look


def of(tx: Tx, pair: Pair) -> dict[str, Kept]:
    """What is remembered of the pages of a pair, by page."""
    rows = tx.execute(select(table).where(table.c.source == pair.source, table.c.subject == pair.subject))
    return {
        row.page: Kept(
            row.url,
            Look(
                told=split(row.text),
                pending=None if row.pending is None else split(row.pending),
                pending_at=row.pending_at,
            ),
        )
        for row in rows
    }


def put(tx: Tx, pair: Pair, page: str, kept: Kept, now: datetime) -> None:
    """Remember the page as it was seen."""
    look = kept.look
    row = {
        "source": pair.source,
        "subject": pair.subject,
        "page": page,
        "url": kept.url,
        "at": now,
        "text": joined(look.told),
        "pending": None if look.pending is None else joined(look.pending),
        "pending_at": look.pending_at,
    }
    tx.execute(_SAVE, [row])


def forget(tx: Tx, pair: Pair, pages: Collection[str]) -> None:
    """Forget these pages: the source watches them no more, or in another way."""
    for page in pages:
        tx.execute(
            delete(table).where(
                table.c.source == pair.source, table.c.subject == pair.subject, table.c.page == page
            )
        )
