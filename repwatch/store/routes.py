"""When each route is next due a report, and when it last got one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from repwatch.store.database import Tx
from repwatch.store.tables import route_state as table


@dataclass(frozen=True, slots=True)
class RouteState:
    """``next_due`` is None until the first report was planned."""

    next_due: datetime | None = None
    last_report: datetime | None = None


def state(tx: Tx, route: str) -> RouteState:
    """What is remembered of a route."""
    row = tx.execute(select(table).where(table.c.route == route)).one_or_none()
    return RouteState(row.next_due, row.last_report) if row else RouteState()


def states(tx: Tx) -> dict[str, RouteState]:
    """What is remembered of every route."""
    return {row.route: RouteState(row.next_due, row.last_report) for row in tx.execute(select(table))}


def plan(tx: Tx, route: str, next_due: datetime) -> None:
    """Remember when the next report is due."""
    _put(tx, route, {"next_due": next_due})


def reported(tx: Tx, route: str, at: datetime) -> None:
    """Remember that a report was made."""
    _put(tx, route, {"last_report": at})


def _put(tx: Tx, route: str, values: dict[str, datetime]) -> None:
    statement = insert(table).values(route=route, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["route"], set_=values))
