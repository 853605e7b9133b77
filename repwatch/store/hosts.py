"""Until when a host and port asked to be left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.sqlite import insert

from repwatch.store.database import Tx
from repwatch.store.tables import host_state as table


def waiting(tx: Tx, now: datetime) -> dict[str, datetime]:
    """``host:port`` to the time before which it must not be asked; past ones are dropped."""
    return {row.host: row.not_before for row in tx.execute(select(table).where(table.c.not_before > now))}


def hold(tx: Tx, host: str, until: datetime) -> None:
    """Leave ``host`` alone until then."""
    statement = insert(table).values(host=host, not_before=until)
    tx.execute(statement.on_conflict_do_update(index_elements=["host"], set_={"not_before": until}))


def shift(tx: Tx, by: timedelta) -> None:
    """Move every hold by so much: the clock was set."""
    held = [{"of": row.host, "at": row.not_before + by} for row in tx.execute(select(table))]
    if held:
        moved = update(table).where(table.c.host == bindparam("of")).values(not_before=bindparam("at"))
        tx.execute(moved, held)
