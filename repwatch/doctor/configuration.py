"""The configuration: is it valid, private, and are its secrets there?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping

from repwatch.config import modes
from repwatch.config.secret import Secret
from repwatch.doctor.access import mode
from repwatch.doctor.reserved import is_reserved
from repwatch.doctor.sign import Sign, bad, good, skipped, warn
from repwatch.doctor.visit import Visit
from repwatch.errors import ConfigError


def broken(error: ConfigError) -> Iterator[Sign]:
    """A configuration that cannot be used: each of its problems."""
    step = error.next_step or "mend it there; 'repwatch config check' shows the place"
    for problem in error.problems:
        yield bad("file", problem.splitlines()[0], step, unusable=True)


def file(visit: Visit) -> Iterator[Sign]:
    """What it holds, and what it warns of."""
    config = visit.config
    held = (config.subjects, config.sources, config.channels, config.reports)
    words = ("subject", "source", "channel", "report")
    counts = [
        f"{len(items)} {word}{'' if len(items) == 1 else 's'}"
        for items, word in zip(held, words, strict=True)
    ]
    yield good("file", f"{config.path} is valid: {', '.join(counts)}")
    for warning in config.warnings:
        if modes.WRITABLE not in warning:  # that is told below
            yield warn("file", warning, f"mend {config.path.name} if that is not what you meant")


def privacy(visit: Visit) -> Iterator[Sign]:
    """Who else may change it, or read it: it says whom you watch, and addresses of feeds can be keys."""
    path = visit.config.path
    try:
        modes.demand_own(path)
    except ConfigError as error:
        yield bad("privacy", error.cause, error.next_step, unusable=True)
        return
    if mode(path) & stat.S_IROTH:
        yield warn("privacy", f"every user of this machine may read {path}", f"chmod o-r {path}")
    else:
        yield good("privacy", "other users of this machine can neither read nor change it")


def secrets(visit: Visit) -> Iterator[Sign]:
    """Whether each secret is there, and private; never what it is."""
    found = visit.config.secrets
    if not found:
        yield good("secrets", "none is needed")
        return
    signs = [sign for secret in found if (sign := refused(secret, os.environ))]
    yield from signs
    if len(signs) < len(found):
        yield good("secrets", f"{len(found) - len(signs)} of {len(found)} there, and not shown")


def refused(secret: Secret, environment: Mapping[str, str]) -> Sign | None:
    """Why the secret cannot be used, if it cannot."""
    try:
        secret.reveal()
        secret.demand_private()
    except ConfigError as error:
        if secret.reference.startswith("credential:") and "CREDENTIALS_DIRECTORY" not in environment:
            return skipped("secrets", f"{secret}: only the service can read it", error.next_step)
        hint = " (a service has an environment of its own)" if secret.reference.startswith("env:") else ""
        return bad("secrets", error.cause, f"{error.next_step}{hint}", unusable=True)
    return None


def contact(visit: Visit) -> Iterator[Sign]:
    """Whom a service can write to when we trouble it."""
    address = visit.config.contact
    if is_reserved(address):
        advice = "set 'contact' to an address of yours: it goes into the User-Agent"
        yield warn("contact", f"{address} is a name for examples: no service can reach you there", advice)
    else:
        yield good("contact", f"{address}, in the User-Agent of every request")


def reports(visit: Visit) -> Iterator[Sign]:
    """Who is told, and when."""
    for entry in visit.config.reports:
        to = ", ".join(entry.recipients)
        yield good("reports", f"{entry.id}: to {to}, every {entry.every}")
    if not visit.config.reports:
        yield skipped(
            "reports", "nobody is told anything", "add 'channels:' and 'reports:', or 'repwatch init'"
        )
