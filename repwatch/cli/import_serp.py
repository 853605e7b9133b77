"""``repwatch import serp``: result pages that were saved from the browser, into the same rankings."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.exits import FAILED, INCOMPLETE, OK
from repwatch.cli.setting import load_config, with_app
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from repwatch.app import App
    from repwatch.config.settings import Config
    from repwatch.jobs.looks import Look, Sheet
    from repwatch.jobs.saved import File, Imported
    from repwatch.rules.movement import Move

LARGEST = 16 * 1024 * 1024  # bytes of a file
MOMENTS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
EXAMPLE = "\b\nFor example:\n  repwatch import serp ~/Downloads/*.mhtml"


@click.command("serp", short_help="Import search result pages that you saved in the browser.", epilog=EXAMPLE)
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--subject", metavar="ID", help="Whose results these are; default: whom the query names.")
@click.option(
    "--at",
    type=click.DateTime(MOMENTS),
    metavar="TIME",
    help="When they were saved, as in 2026-11-20 or '2026-11-20 18:30'; default: what the file says.",
)
@click.pass_context
def serp_command(
    ctx: click.Context, files: tuple[Path, ...], subject: str | None, at: datetime | None
) -> None:
    """Import the pages of search results in FILES: where each result stood, and what is about you.

    Google, Bing, DuckDuckGo and Qwant; "Web page, single file" (.mhtml) or HTML as the browser saves it.
    The engine, the query and the pages' order are read from them. The same file twice changes nothing.
    Exits 3 when some files could not be read; the others are imported.
    """
    config = load_config(ctx)
    if subject and subject not in (known := [each.id for each in config.subjects]):
        raise RepwatchError(f"there is no subject {subject!r}", f"subjects: {', '.join(known)}")

    async def work(app: App) -> int:
        from repwatch.sources.saved_page import SavedPage

        pages = app.saved_pages(SavedPage())
        sheets: list[Sheet] = []
        for file in files:
            try:
                sheets.append(await pages.read(opened(file, at, config), subject or ""))
            except (RepwatchError, OSError) as error:
                refused(file, error)
        done = await pages.keep(sheets)
        show(done, config.timezone)
        return OK if len(sheets) == len(files) else INCOMPLETE if sheets else FAILED

    sys.exit(with_app(config, work))


def opened(path: Path, at: datetime | None, config: Config) -> File:
    """The file with the time when it was saved; raises OSError, RepwatchError for one that is too large."""
    from repwatch.jobs.saved import File

    status = path.stat()
    if status.st_size > LARGEST:
        raise RepwatchError("it is larger than 16 MiB", "save it as HTML only, without its pictures")
    when = at.replace(tzinfo=config.timezone) if at else datetime.fromtimestamp(status.st_mtime, UTC)
    return File(path.name, path.read_bytes(), when.astimezone(UTC), dated=at is not None)


def refused(path: Path, error: Exception) -> None:
    """One line on stderr for a file of which nothing is written."""
    from repwatch.masking import hide

    said = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    click.echo(f"repwatch: {hide(f'{path}: {said}')}", err=True)


def show(done: Sequence[Imported], zone: ZoneInfo) -> None:
    """What was understood of each look, and what it brought."""
    for imported in done:
        look = imported.look
        click.echo(click.style(headed(look, zone), bold=True))
        click.echo(f"  from {', '.join(sheet.name for sheet in look.sheets)}")
        for line in told(imported, zone):
            click.echo(f"  {line}")
    if len(done) > 1:
        click.echo(summary(done))


def headed(look: Look, zone: ZoneInfo) -> str:
    """Engine, query, locale and time of one look."""
    where = f" ({look.like.locale})" if look.like.locale else ""
    return f"{titled(look.like.engine)}: {look.like.query}{where}, {look.at.astimezone(zone):%Y-%m-%d %H:%M}"


def told(imported: Imported, zone: ZoneInfo) -> list[str]:
    """The lines below the head of one look."""
    run, subject = imported.run, imported.look.subject
    if run is None:
        return ["known already; nothing changed"]
    new = f"{run.new} at first look" if run.baseline else f"{run.new} new"
    named = f"{imported.about} {'names' if imported.about == 1 else 'name'} {subject}"
    lines = [f"{count(run.read, 'result')}, {named}, {new}"]
    if run.cause:
        lines.append(run.cause)
    if imported.since:
        since = f"page one since {imported.since.astimezone(zone):%Y-%m-%d}:"
        lines.append(since if imported.moves else f"{since} no change")
    return [*lines, *(f"  {moved(move)}" for move in imported.moves)]


def moved(move: Move) -> str:
    """A page that stands elsewhere, in words."""
    if not move.was:
        return f"new at {move.now:<5} {move.url}"
    place = f"{move.was} -> {move.now}" if move.now else f"{move.was} -> gone"
    return f"{place:<12} {move.url}"


def titled(engine: str) -> str:
    """What people call the engine."""
    from repwatch.sources.engines import ENGINES

    return next((each.title for each in ENGINES if each.name == engine), engine)


def summary(done: Sequence[Imported]) -> str:
    """All looks in one sentence."""
    runs = [imported.run for imported in done if imported.run]
    first = sum(run.new for run in runs if run.baseline)
    parts = [f"{sum(run.new for run in runs if not run.baseline)} new"]
    parts += [f"{first} at first look"] * bool(first)
    parts += [f"{len(done) - len(runs)} known already"] * (len(done) > len(runs))
    return f"{count(len(done), 'look')}: {', '.join(parts)}."
