"""``repwatch doctor``: what is well, what is not, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from repwatch import __version__
from repwatch.cli.exits import BAD_CONFIG, FAILED, OK
from repwatch.cli.setting import config_path
from repwatch.cli.words import count
from repwatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from repwatch.config.settings import Config
    from repwatch.doctor.sign import Sign

# The mark says it without colour; the colour says it again.
MARKS = {"good": ("ok", "green"), "warn": ("warn", "yellow"), "bad": ("BAD", "red"), "skipped": ("-", None)}
WIDTH = 80
NAME = 16  # columns for the name of a sign
LEFT = 6 + NAME + 2  # columns before what was seen
MOST_GOOD = 20  # lines of one area


@click.command("doctor")
@click.option(
    "--offline", is_flag=True, help="Ask no other machine: no source, no name server, no mail server."
)
@click.option("--no-sources", is_flag=True, help="Do not ask the sources; some would be sent a name.")
@click.option(
    "--canary", is_flag=True, help="Ask each search for something that it must find; sends no name."
)
@click.option("--json", "as_json", is_flag=True, help="Print the signs as JSON.")
@click.pass_context
def doctor_command(ctx: click.Context, offline: bool, no_sources: bool, canary: bool, as_json: bool) -> None:
    """Examine the whole installation, and say what to do about each trouble.

    Nothing is changed, stored or sent; it may run beside the daemon. Each source is really asked once,
    so those that search are sent a name. With --canary each of those is also asked for words that it
    must find something for: one that finds nothing is broken, however well it answers.

    Exits 0 when nothing must be mended (warnings are allowed), 1 when something must, 78 when the
    configuration or the database cannot be used.
    """
    path, signs = seen(ctx, offline=offline, no_sources=no_sources, canary=canary)
    code = exit_code(signs)
    if as_json:
        click.echo(json.dumps(values(path, signs, code), indent=2, ensure_ascii=False))
    else:
        show(path, signs)
    sys.exit(code)


def seen(
    ctx: click.Context, *, offline: bool, no_sources: bool, canary: bool
) -> tuple[Path | None, list[Sign]]:
    """The configuration's place, and every sign."""
    from repwatch.plugins import load

    path = None
    try:
        path = config_path(ctx)
        config = load(path)
    except ConfigError as error:
        from repwatch.clock import SystemClock
        from repwatch.doctor.examine import without_configuration
        from repwatch.doctor.machine import this_machine

        return path, without_configuration(error, this_machine(), SystemClock())
    return path, asyncio.run(visited(config, offline=offline, no_sources=no_sources, canary=canary))


async def visited(config: Config, *, offline: bool, no_sources: bool, canary: bool) -> list[Sign]:
    """One visit, from wiring to letting go."""
    from repwatch.doctor.examine import examine
    from repwatch.doctor.visit import prepared

    visit = prepared(config)
    if not (offline or no_sources) and visit.watched and sys.stderr.isatty():
        click.echo(f"Asking {count(len(visit.watched), 'source')}; --no-sources leaves that out.", err=True)
    try:
        return await examine(visit, offline=offline, no_sources=no_sources, canary=canary)
    finally:
        await visit.close()


def exit_code(signs: Sequence[Sign]) -> int:
    """What a script needs to know."""
    if any(sign.unusable for sign in signs):
        return BAD_CONFIG
    return FAILED if any(sign.state == "bad" for sign in signs) else OK


def values(path: Path | None, signs: Sequence[Sign], code: int) -> dict[str, object]:
    """Everything as JSON says it; the keys stay, and new ones may come."""
    return {
        "repwatch": __version__,
        "config": str(path) if path else None,
        "exit": code,
        "counts": counts(signs),
        "signs": [
            {
                "area": sign.area,
                "name": sign.name,
                "state": sign.state,
                "seen": sign.seen,
                "advice": sign.advice or None,
            }
            for sign in signs
        ],
    }


def counts(signs: Sequence[Sign]) -> dict[str, int]:
    """How many signs of each state."""
    found = Counter(str(sign.state) for sign in signs)
    return {state: found[state] for state in MARKS}


def show(path: Path | None, signs: Sequence[Sign]) -> None:
    """A block an area, then all in one sentence, and by name what must be mended."""
    click.echo("\n".join(wrapped(f"repwatch {__version__}: {path or 'no configuration'}", WIDTH)))
    for area in dict.fromkeys(sign.area for sign in signs):
        click.echo(f"\n{click.style(area, bold=True)}")
        for sign in shortened([sign for sign in signs if sign.area == area]):
            click.echo("\n".join(lines(sign)))
    click.echo(f"\n{summary(signs)}")
    if any(sign.state == "bad" for sign in signs):
        click.echo("\n".join(wrapped(f"To mend: {worst(signs)}.", WIDTH)))


def worst(signs: Sequence[Sign]) -> str:
    """What must be mended, by area, each once."""
    names: dict[str, dict[str, None]] = {}
    for sign in signs:
        if sign.state == "bad":
            names.setdefault(sign.area, {})[sign.name] = None
    return "; ".join(f"{area} ({', '.join(found)})" for area, found in names.items())


def shortened(signs: Sequence[Sign]) -> list[Sign]:
    """The signs of an area; of many good ones the rest is counted, for two hundred sources hide a bad one."""
    from repwatch.doctor.sign import good

    fine = [sign for sign in signs if sign.state == "good"]
    if len(fine) <= MOST_GOOD:
        return list(signs)
    rest = {id(sign) for sign in fine[MOST_GOOD:]}
    left = [sign for sign in signs if id(sign) not in rest]
    return [*left, good("...", f"and {len(rest)} more that are well; --json lists them all")]


def lines(sign: Sign) -> list[str]:
    """Mark, name, what was seen, and below it what to do."""
    mark, colour = MARKS[sign.state]
    name = wrapped(sign.name, NAME)
    text = wrapped(sign.seen, WIDTH - LEFT)
    if sign.advice:
        text += [
            f"{'-> ' if not at else '   '}{line}"
            for at, line in enumerate(wrapped(sign.advice, WIDTH - LEFT - 3))
        ]
    left = [f"{click.style(f'{mark:>4}', fg=colour)}  "]
    pairs = zip_longest(left, name, text, fillvalue="")
    return [f"{first or ' ' * 6}{second:{NAME}}  {third}".rstrip() for first, second, third in pairs]


def wrapped(words: str, width: int) -> list[str]:
    """The text in lines; commands and paths are only broken where they are too long for any line."""
    return textwrap.wrap(words, width, break_on_hyphens=False) or [""]


def summary(signs: Sequence[Sign]) -> str:
    """All the signs in one sentence."""
    found = counts(signs)
    verdict = f"{found['bad']} to mend" if found["bad"] else "nothing to mend"
    return (
        f"{count(len(signs), 'sign')}: {verdict}, {count(found['warn'], 'warning')}, "
        f"{found['good']} ok, {found['skipped']} not examined."
    )
