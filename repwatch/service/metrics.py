"""The daemon's progress as numbers that Prometheus reads; it is imported when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from repwatch.model import DeliveryState, Outcome
from repwatch.service.progress import Health, Progress

GAUGES = {
    "sources": "Sources that are checked",
    "failing": "Sources whose last check failed",
    "paused": "Sources left out of the schedule",
    "under_way": "Checks under way",
    "pending": "Reports not yet delivered",
    "parked": "Reports that could not be delivered at all",
    "database_bytes": "Size of the database",
    "wal_bytes": "Size of its write-ahead log",
}
DURATIONS = {
    "overdue": "How late the check is that has waited longest",
    "tick_lag": "How late the last tick came",
}
TIMES = {
    "started": "When the daemon started",
    "last_due": "When a check was last due",
    "last_done": "When a check was last done",
    "last_delivery": "When a report was last delivered",
    "config_loaded": "When the configuration was last read",
}


def exposition(progress: Progress) -> bytes:
    """The text format, from a registry of its own: no collector that looks at the process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(progress))
    return generate_latest(registry)


class _Families:
    """The numbers of one moment, as prometheus_client collects them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def collect(self) -> Iterator[Metric]:
        """Every family of metrics; the only labels are our own outcomes and states."""
        yield from self._gauges()
        states = {state.value: int(state is self._progress.state) for state in Health}
        yield _gauge("state", "1 for how it is", states)
        runs, sent = self._progress.runs, self._progress.deliveries
        yield _counter("runs", "Checks since the start", "outcome", runs, Outcome)
        yield _counter("deliveries", "Deliveries since the start", "state", sent, DeliveryState)

    def _gauges(self) -> Iterator[Metric]:
        now = self._progress
        for name, text in GAUGES.items():
            yield GaugeMetricFamily(f"repwatch_{name}", text, getattr(now, name))
        for name, text in DURATIONS.items():
            yield GaugeMetricFamily(f"repwatch_{name}_seconds", text, getattr(now, name))
        for name, text in TIMES.items():
            if at := getattr(now, name):  # a time that is not known yet is left out
                yield GaugeMetricFamily(f"repwatch_{name}_timestamp_seconds", text, at.timestamp())
        failed = float(bool(now.reload_error))
        yield GaugeMetricFamily("repwatch_reload_failed", "1 while the last reload was refused", failed)


def _gauge(name: str, text: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"repwatch_{name}", text, labels=[name])
    for label, value in values.items():
        family.add_metric([label], value)
    return family


def _counter(
    name: str, text: str, label: str, counts: Mapping[str, int], known: Iterable[StrEnum]
) -> CounterMetricFamily:
    """One series for each value the model knows, from the start on; nothing else becomes a label."""
    family = CounterMetricFamily(f"repwatch_{name}", text, labels=[label])
    for value in known:
        family.add_metric([value.value], counts.get(value, 0))
    return family
