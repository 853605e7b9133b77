"""``repwatch source record`` and ``replay``: a source's answers as files, and what is read in them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.exits import INCOMPLETE, OK
from repwatch.cli.setting import keep, load_config, with_app
from repwatch.cli.words import count

if TYPE_CHECKING:
    from repwatch.app import App
    from repwatch.config.settings import Config, SourceEntry
    from repwatch.jobs.capture import Take
    from repwatch.jobs.ended import Ended
    from repwatch.jobs.watched import Watched

FOLDER = "recorded"  # where recordings go, in the current folder, one folder a source
FORGIVING = "Secrets and your contact address are taken out; the names and what was found are not."


@click.command("record")
@click.argument("source")
@click.option("--to", type=click.Path(path_type=Path), metavar="DIR", help="Where to; default: recorded/ID.")
@click.pass_context
def record_command(ctx: click.Context, source: str, to: Path | None) -> None:
    """Ask SOURCE once and keep its answers as files.

    What is read in each stands beside it. Nothing goes into the database but the names that were
    sent. Secrets and your contact address are taken out of the files; the name that was asked for, and
    what was found, are not.
    """
    from repwatch.errors import RepwatchError
    from repwatch.recording import recordings

    config = load_config(ctx, secrets=True)
    entry, folder = configured(config, source), to or Path(FOLDER) / source
    if recordings(folder):
        raise RepwatchError(
            f"{folder} holds a recording already", "remove it, or name another folder: --to DIR"
        )
    takes, ended = with_app(config, lambda app: captured(app, entry))
    save(takes, folder)
    tell(takes, ended, folder)
    sys.exit(OK if takes and all(look.conclusion()[0].whole for look in ended) else INCOMPLETE)


@click.command("replay")
@click.argument("source")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--update", is_flag=True, help="Write what is read now as what is expected.")
@click.pass_context
def replay_command(ctx: click.Context, source: str, files: tuple[Path, ...], *, update: bool) -> None:
    """Read recorded answers again, and show what changed.

    Works offline, and needs no secret. Without FILE, those in recorded/SOURCE. Exits 0 when all is
    as expected, 3 when something is not.
    """
    from repwatch.app import offline

    config = load_config(ctx)
    watched = offline(configured(config, source), config)
    bodies = chosen(files or (Path(FOLDER) / source,))
    same = asyncio.run(replayed(watched, bodies, update=update))
    sys.exit(OK if same or update else INCOMPLETE)


def configured(config: Config, source: str) -> SourceEntry:
    """The source of that id, a disabled one too; raises RepwatchError when there is none."""
    from repwatch.errors import RepwatchError

    entries = {entry.id: entry for entry in (*config.sources, *config.disabled)}
    if source not in entries:
        known = ", ".join(entries) or "none"
        raise RepwatchError(f"there is no source {source!r}", f"sources: {known}")
    return entries[source]


async def captured(app: App, entry: SourceEntry) -> tuple[list[Take], list[Ended]]:
    """One round of the source. The contact counts as a secret: servers may say whom they see."""
    from repwatch.app import offline

    secrets = {app.config.contact, *(secret.reveal() for secret in app.config.secrets)}
    pairs = [pair for pair in app.pairs(source=entry.id) if pair.source == entry.id]
    return await app.capture().run(pairs, secrets, offline(entry, app.config).source)


def save(takes: Sequence[Take], folder: Path) -> None:
    """Write the files of each page, for nobody else to read."""
    from repwatch import recording

    if takes:
        folder.mkdir(parents=True, exist_ok=True)
    for number, take in enumerate(takes, 1):
        for name, data in recording.files(f"page-{number}", take.page, take.expected).items():
            keep(folder / name, data)


def tell(takes: Sequence[Take], ended: Sequence[Ended], folder: Path) -> None:
    """What was kept, what of it reads otherwise than it came, and what could not be had at all."""
    from repwatch import recording

    for number, take in enumerate(takes, 1):
        name = f"page-{number}{recording.suffix(take.page)}"
        click.echo(f"{folder / name}: {summary(take.expected)}")
        if not take.faithful:
            click.echo("  It reads otherwise than the answer did: what was taken out mattered.")
    for _, cause in (look.conclusion() for look in ended):
        if cause:
            click.echo(f"  {cause}")
    click.echo(
        f"\nKept {count(len(takes), 'page')}. {FORGIVING}" if takes else "Nothing came that could be kept."
    )


def chosen(paths: Sequence[Path]) -> list[Path]:
    """The bodies that are meant, or those of a folder; raises RepwatchError when there are none."""
    from repwatch.errors import RepwatchError
    from repwatch.recording import recordings

    found = [file for path in paths for file in (recordings(path) if path.is_dir() else [path])]
    missing = [str(file) for file in found if not file.is_file()]
    if missing or not found:
        raise RepwatchError(
            f"no recorded page: {', '.join(missing or map(str, paths))}",
            "'repwatch source record ID' makes a recording",
        )
    return found


async def replayed(watched: Watched, bodies: Sequence[Path], *, update: bool) -> bool:
    """Read them in a parser child, say what changed, write it anew if wanted; True when nothing did."""
    from repwatch import recording
    from repwatch.jobs.capture import read
    from repwatch.model import Request
    from repwatch.parsing.handle import ParserChild

    planned = next(iter(watched.source.plan(watched.subjects)), Request(""))
    parser, same = ParserChild(), True
    try:
        for file in bodies:
            result = await read(parser, watched.source, recording.load(file, planned))
            got, wanted = recording.written(recording.shown(result)), recording.expected(file)
            changed = wanted is None or recording.written(wanted) != got
            same = same and not changed
            click.echo(
                f"{file}: {summary(got)}, {verdict(changed=changed, known=wanted is not None, update=update)}"
            )
            for line in difference(recording.written(wanted), got) if changed and wanted else ():
                click.echo(f"  {line}")
            if changed and update:
                keep(recording.expected_file(file), got)
    finally:
        await parser.close()
    return same


def summary(expected: bytes) -> str:
    """What was read in a page, in a few words."""
    import json

    said = json.loads(expected)
    if "raises" in said:
        return f"{said['raises']} ({said['cause']})"
    texts = len(said.get("snapshots", ()))  # of a watched page, which is no list of findings
    return count(texts, "watched text") if texts else count(len(said.get("findings", ())), "finding")


def verdict(*, changed: bool, known: bool, update: bool) -> str:
    """How that compares with what stands beside the page."""
    if not known:
        return "and nothing was expected yet: now it is" if update else "and nothing is expected yet"
    if not changed:
        return "as expected"
    return "which was not what was expected; now it is:" if update else "which is not what is expected:"


def difference(wanted: bytes, got: bytes) -> Iterator[str]:
    """Line by line, what is expected and gone (-), and what is new (+)."""
    from difflib import unified_diff

    lines = unified_diff(wanted.decode().splitlines(), got.decode().splitlines(), lineterm="", n=1)
    return (line for line in lines if not line.startswith(("---", "+++", "@@")))
