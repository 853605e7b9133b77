"""The configuration: is it valid, private, and are its secrets there?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from repwatch.config.secret import Secret
from repwatch.doctor.modes import mode, open_to_others
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
        seen, _, step = warning.rpartition(": ")
        if step.startswith("chmod"):
            yield warn("file", seen, step)
        else:
            yield warn("file", warning, f"mend {config.path.name} if that is not what you meant")


def privacy(visit: Visit) -> Iterator[Sign]:
    """Who may read it: it says whom you watch, and addresses of feeds can be keys."""
    path = visit.config.path
    if mode(path) & 0o004:
        yield warn("privacy", f"every user of this machine may read {path}", f"chmod o-r {path}")
    else:
        yield good("privacy", "other users of this machine cannot read it")


def secrets(visit: Visit) -> Iterator[Sign]:
    """Whether each secret is there; never what it is."""
    found = visit.config.secrets
    if not found:
        yield good("secrets", "none is needed")
        return
    refusals = [error for secret in found if (error := refusal(secret))]
    for error in refusals:
        yield bad("secrets", error.cause, f"{error.next_step}{_SERVICE}", unusable=True)
    if not refusals:
        yield good("secrets", f"all there ({len(found)}), not shown")
    for path in secret_files(found):
        if others := open_to_others(path):
            yield warn("secrets", f"{path} may be {others} by others", f"chmod 600 {path}")


_SERVICE = " (a service has an environment of its own)"


def refusal(secret: Secret) -> ConfigError | None:
    """Why the secret cannot be read, if it cannot."""
    try:
        secret.reveal()
    except ConfigError as error:
        return error
    return None


def secret_files(secrets: tuple[Secret, ...]) -> list[Path]:
    """The files among the secrets that are there."""
    named = [
        secret.reference.removeprefix("file:") for secret in secrets if secret.reference.startswith("file:")
    ]
    return [path for name in named if (path := Path(name).expanduser()).is_file()]


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
