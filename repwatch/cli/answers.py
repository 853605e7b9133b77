"""Checks an answer where it is given, so that a slip is asked again and not found at the end."""

from __future__ import annotations

from collections.abc import Callable

import click

from repwatch.errors import ConfigError


def asked(question: str, check: Callable[[str], object], *, default: str | None = None) -> str:
    """Ask until ``check`` does not raise; returns the answer as typed. An empty default can be taken."""

    def read(answer: str) -> str:
        try:
            check(answer)
        except (ConfigError, ValueError) as error:
            raise click.BadParameter(f"{error}.") from error
        return answer

    return str(click.prompt(question, default=default, show_default=bool(default), value_proc=read))


def contact(answer: str) -> None:
    """An address that a service could write to or look at; raises ValueError."""
    head, at, host = answer.partition("@")
    mail = bool(at and head and "." in host)
    if not answer.isascii() or " " in answer or not (mail or answer.startswith(("https://", "http://"))):
        raise ValueError("expected an address like me@example.org or https://example.org/me")


def mailbox(answer: str) -> None:
    """An address that mail can go to; raises ValueError."""
    head, at, host = answer.rpartition("@")
    if not (at and head and host) or " " in answer:
        raise ValueError("expected an address like me@example.org")


def timezone(answer: str) -> None:
    """The name of a time zone; raises ValueError."""
    from zoneinfo import available_timezones

    if answer not in available_timezones():
        raise ValueError("expected a name like Europe/Paris")


def time_of_day(answer: str) -> None:
    """When the daily report leaves; raises ConfigError."""
    from repwatch.config.cadence import Cadence

    Cadence.parse(f"day at {answer}")


def secret(answer: str) -> None:
    """Where a secret lies, never the secret; raises ConfigError."""
    from repwatch.config.secret import Secret

    Secret.parse(answer)


def name(answer: str) -> None:
    """A name of somebody; raises ValueError."""
    if not any(char.isalpha() for char in answer):
        raise ValueError("expected a name")
