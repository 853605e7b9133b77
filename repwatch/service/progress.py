"""How far the daemon has come: what it tells of itself, and to whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Health(StrEnum):
    """Whether the work gets done, which is more than being alive."""

    STARTING = "starting"
    OK = "ok"
    LATE = "late"
    STUCK = "stuck"

    @property
    def well(self) -> bool:
        """Whether nobody needs to look."""
        return self in (Health.STARTING, Health.OK)


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of the daemon. Times are aware, in UTC; durations are in seconds.

    ``cause`` says why it is late or stuck. It is shown to whoever asks on this machine, so it names no
    subject, no source and no address. ``reload_error`` may quote the configuration and is never shown.
    ``overdue`` is that of the pair that has waited longest; ``runs`` and ``deliveries`` count since the
    start, by outcome and by state.
    """

    state: Health
    started: datetime
    cause: str = ""
    last_due: datetime | None = None
    last_done: datetime | None = None
    overdue: float = 0.0
    tick_lag: float = 0.0
    sources: int = 0
    under_way: int = 0
    failing: int = 0
    paused: int = 0
    pending: int = 0
    parked: int = 0
    last_delivery: datetime | None = None
    config_loaded: datetime | None = None
    reload_error: str = ""
    database_bytes: int = 0
    wal_bytes: int = 0
    runs: Mapping[str, int] = field(default_factory=dict)
    deliveries: Mapping[str, int] = field(default_factory=dict)
