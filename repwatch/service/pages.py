"""The pages of the health endpoint: progress as JSON, and as Prometheus reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from http import HTTPStatus

from repwatch.model import DeliveryState, Outcome
from repwatch.service.progress import Health, Progress

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets. ``allow`` names the methods when another one was used."""

    status: HTTPStatus
    body: bytes
    kind: str = TEXT
    allow: str = ""


def healthz(progress: Progress, mark: str) -> Answer:
    """200 while the work gets done, 503 with the cause when it does not.

    Of a reload that failed only the fact is told, for the reason may quote the configuration.
    """
    values = {each.name: getattr(progress, each.name) for each in fields(progress)}
    values |= {name: at.isoformat() for name, at in values.items() if isinstance(at, datetime)}
    values["reload_failed"] = bool(values.pop("reload_error"))
    values["runs"] = {outcome: progress.runs.get(outcome, 0) for outcome in Outcome}
    values["deliveries"] = {state: progress.deliveries.get(state, 0) for state in DeliveryState}
    return _json(HTTPStatus.OK if progress.state.well else HTTPStatus.SERVICE_UNAVAILABLE, mark, values)


def broken(mark: str) -> Answer:
    """What a defect in telling gets: it must not pass for a healthy answer."""
    values = {"state": Health.STUCK, "cause": "it cannot tell how things stand; its log says why"}
    return _json(HTTPStatus.INTERNAL_SERVER_ERROR, mark, values)


def metrics(progress: Progress, _mark: str) -> Answer:
    """Every number."""
    from repwatch.service.metrics import exposition  # noqa: PLC0415 - prometheus_client costs 60 ms and 5 MB

    return Answer(HTTPStatus.OK, exposition(progress), PROMETHEUS)


PAGES: Mapping[str, Callable[[Progress, str], Answer]] = {"/healthz": healthz, "/metrics": metrics}


def _json(status: HTTPStatus, mark: str, values: Mapping[str, object]) -> Answer:
    told = {"program": "repwatch", "installation": mark, **values}
    return Answer(status, json.dumps(told, indent=1).encode() + b"\n", JSON)


def refusal(status: HTTPStatus, words: str = "", allow: str = "") -> Answer:
    """An answer that says no."""
    return Answer(status, f"{words or status.phrase}\n".encode(), allow=allow)
