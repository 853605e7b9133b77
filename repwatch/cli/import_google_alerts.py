"""``repwatch import google-alerts``: its list of alerts becomes sources, saved mails become history."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from repwatch.cli.exits import FAILED, INCOMPLETE, OK
from repwatch.cli.import_alert_lists import import_lists
from repwatch.cli.import_alert_mails import import_mails
from repwatch.cli.import_refusals import EXPECTED, READ_ERRORS, told_refused
from repwatch.cli.setting import config_path, load_config, with_app
from repwatch.errors import RepwatchError

HEAD = 64 * 1024
EPILOG = (
    "\b\nFor example:\n"
    "  repwatch import google-alerts 'Google Alerts.html'        (shows what would be added)\n"
    "  repwatch import google-alerts 'Google Alerts.html' --yes  (adds it)\n"
    "  repwatch import google-alerts Takeout/Mail/Alerts.mbox"
)
HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:")


@click.command(
    "google-alerts", short_help="Import your alerts as sources, and saved alert mails.", epilog=EPILOG
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--yes", is_flag=True, help="Write the sources into the configuration; without it they are shown."
)
@click.pass_context
def google_alerts_command(ctx: click.Context, files: tuple[Path, ...], yes: bool) -> None:
    """Import what Google Alerts has of you from FILES.

    A list of your alerts (Google's data export, or the page google.com/alerts that you saved while logged
    in) becomes sources: they are shown first, and written with --yes. Alert mails (.eml, mbox, a folder)
    become history: known from the day of each mail, and told as new to nobody. The same file twice
    changes nothing. Exits 3 when some files could not be read; the others are imported.
    """
    config = load_config(ctx)
    lists: list[Path] = []
    mails: list[Path] = []
    refused = 0
    for file in files:
        try:
            (mails if is_mail(file) else lists).append(file)
        except READ_ERRORS as error:
            refused += told_refused(file, error)
    if mails:
        refused += with_app(config, lambda app: import_mails(app, mails))
    if lists:
        refused += import_lists(config, config_path(ctx), lists, write=yes)
    sys.exit(OK if not refused else FAILED if refused == len(files) else INCOMPLETE)


def is_mail(path: Path) -> bool:
    """Whether it holds mails, not a list of alerts; raises RepwatchError for what is neither."""
    if path.is_dir():
        return True
    with path.open("rb") as file:
        head = file.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise RepwatchError("it is an archive", "unpack it, and give the files in it")
    if head.startswith((b"{", b"[", b"<")):
        return False
    if head.startswith(b"From ") or HEADER.match(head):
        return True
    raise RepwatchError("it is nothing of Google Alerts", EXPECTED)
