"""Takes saved alert mails into the history, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.import_refusals import EXPECTED, READ_ERRORS, told_refused
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from repwatch.app import App
    from repwatch.jobs.backfill import Past


async def import_mails(app: App, paths: Sequence[Path]) -> int:
    """Take each file into the history; how many could not be read."""
    refused = 0
    for path in paths:
        try:
            await import_mail(app, path)
        except READ_ERRORS as error:
            refused += told_refused(path, error)
    return refused


async def import_mail(app: App, path: Path) -> None:
    """Take the mails of one file or folder into the history; raises RepwatchError when no alert is in it."""
    backfill = app.backfill()
    seen = Seen()
    past = await backfill.read(seen.alerts(stored(path)))
    if not past.findings:
        unread = f" ({'; '.join(past.missing)})" if past.missing else ""
        raise RepwatchError(f"{count(seen.all, 'mail')}, and no alert of Google among them{unread}", EXPECTED)
    kept = await backfill.keep(past)
    mails, hits = count(seen.ours, "alert mail"), count(len(past.findings), "hit")
    click.echo(f"{path}: {mails}{period(past)}, {hits}")
    click.echo(f"  {kept.new} about your subjects taken into the history, {kept.known} known already")
    for missing in past.missing:
        click.echo(f"  {missing}")
    if seen.all > seen.ours:
        click.echo(f"  {count(seen.all - seen.ours, 'mail')} of other senders left out")


def period(past: Past) -> str:
    """From when to when the mails are, in words."""
    days = sorted(f"{found.published:%Y-%m-%d}" for found in past.findings if found.published)
    if not days or days[0] == days[-1]:
        return f" of {days[0]}" if days else ""
    return f" from {days[0]} to {days[-1]}"


class Seen:
    """Counts the mails that pass: ``all``, and ``ours`` that Google Alerts sent."""

    def __init__(self) -> None:
        self.all = self.ours = 0

    def alerts(self, mails: Iterable[bytes]) -> Iterator[bytes]:
        """Those that Google Alerts sent."""
        from repwatch.sources.alert_mail import SENDER, is_from

        for mail in mails:
            self.all += 1
            if is_from(mail, SENDER):
                self.ours += 1
                yield mail


def stored(path: Path) -> Iterator[bytes]:
    """The mails of a file (one mail, or an mbox), or of all that a folder holds; raises OSError."""
    from repwatch.rules import mbox

    for file in mail_files(path) if path.is_dir() else (path,):
        with file.open("rb") as lines:
            yield from mbox.mails(lines)


def mail_files(folder: Path) -> list[Path]:
    """The files of mails below a folder: .eml, .mbox, and those of a Maildir."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and (file.suffix.lower() in (".eml", ".mbox") or file.parent.name in ("cur", "new"))
    )
