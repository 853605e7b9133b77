"""The sources: each is really asked for one page, as a check would ask, and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from repwatch.doctor.probes import Probe
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.model import Outcome

_STEPS = {
    Outcome.PARTIAL: "what is there is used; look at it with 'repwatch check --dry-run --source {id}'",
    Outcome.BLOCKED: "ask less often (`every:`), or watch it through a search source",
    Outcome.UNREACHABLE: "check the address and the network; a check tries again by itself",
    Outcome.UNREADABLE: "open the address in a browser: the page changed, or is not what the source expects",
    Outcome.MISCONFIGURED: "check its entry in the configuration",
}


async def answers(visit: Visit) -> list[Sign]:
    """One line a source, and one that says who was told a name."""
    probes = await visit.probes.made()
    if not probes:
        return [skipped("sources", "none is configured", "add one: repwatch source add")]
    return [*map(told, probes), *names_told(probes)]


def told(probe: Probe) -> Sign:
    """How the source answered."""
    if probe.paused:
        return skipped(probe.source, f"paused: {probe.paused}", f"repwatch source resume {probe.source}")
    if probe.outcome.whole:
        items = f"{probe.found} item{'s' * (probe.found != 1)}"
        return good(probe.source, f"answered with {items}" if probe.found else "answered, and had nothing")
    seen = f"{probe.outcome}: {probe.cause}"
    step = probe.next_step or _STEPS[probe.outcome].format(id=probe.source)
    if probe.asked_to_wait:
        return warn(probe.source, seen, f"wait; if it stays so: {step}")
    return (
        warn(probe.source, seen, step) if probe.outcome is Outcome.PARTIAL else bad(probe.source, seen, step)
    )


def names_told(probes: Sequence[Probe]) -> Iterator[Sign]:
    """Which services were sent a name by this very examination, which the query log does not know."""
    sent = [query for probe in probes for query in probe.queries]
    if not sent:
        yield good("names sent", "no service was sent a name")
        return
    names = ", ".join(dict.fromkeys(query.name for query in sent))
    services = ", ".join(dict.fromkeys(query.host for query in sent))
    count = f"{len(sent)} request{'s' * (len(sent) != 1)}"
    yield good("names sent", f"{count} just told {names} to {services} (not in 'repwatch queries')")
