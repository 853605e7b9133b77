"""``repwatch demo``: the whole product on an invented web, offline."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.exits import INCOMPLETE, OK
from repwatch.cli.words import count
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from repwatch.demo.mailbox import Mailbox
    from repwatch.demo.web import Web

INTRO = """\
An invented web and a mail server now run on this machine's loopback; nothing
leaves it, and everyone in it is invented. The real program is started against
them, as you would start it.
"""


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-report"),
    show_default=True,
    help="Where to leave the report.",
)
@click.option(
    "--language", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="Of the report."
)
def demo_command(folder: Path, language: str) -> None:
    """Show the whole product work: two rounds over an invented web, then the report by mail."""
    from repwatch.demo.mailbox import Mailbox
    from repwatch.demo.web import Web
    from repwatch.demo.world import World

    folder = folder.absolute()
    clear(folder)
    click.echo(INTRO)
    with Mailbox() as mailbox, Web(World(datetime.now(UTC))) as web:
        config = write_config(folder, web, mailbox, language)
        step(1, "First round: what is there already, told as a first look.")
        program(config, "check")
        web.advance()
        click.echo()
        step(2, "Later round: new, doubled, edited, resurfaced and a namesake's items.")
        program(config, "check")
        click.echo()
        step(3, "The report is made, frozen and sent by SMTP.")
        program(config, "report", "--send")
        mails = keep(folder, mailbox)
    ending(folder, mails)


def clear(folder: Path) -> None:
    """Take away what an earlier demo left; other files in the folder are not touched."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in ("demo.db*", "demo.yaml", "*.eml", "*.html"):
        for old in folder.glob(pattern):
            old.unlink()


def write_config(folder: Path, web: Web, mailbox: Mailbox, language: str) -> Path:
    """The YAML that the real program runs with."""
    from repwatch.demo.settings import config_text

    path = folder / "demo.yaml"
    path.write_text(config_text(web, mailbox, folder, language="fr" if language == "fr" else "en"))
    path.chmod(0o600)
    return path


def step(number: int, text: str) -> None:
    """A headline between the rounds."""
    click.secho(f"{number}. {text}", bold=True)


def program(config: Path, *arguments: str) -> None:
    """Start the real program as a process; raises RepwatchError when it fails in an unplanned way.

    Some of the invented sources refuse, so a round is expected to end "incomplete".
    """
    sys.stdout.flush()
    command = [sys.executable, "-m", "repwatch", "--config", str(config), *arguments]
    status = subprocess.run(command, check=False).returncode  # noqa: S603 - our own program, our own arguments
    if status not in (OK, INCOMPLETE):
        raise RepwatchError(
            f"'repwatch {' '.join(arguments)}' ended with status {status}", "see its message above"
        )


def keep(folder: Path, mailbox: Mailbox) -> list[Path]:
    """Save every mail that arrived as it came, and the HTML of each for a browser."""
    from email import message_from_bytes, policy

    kept = []
    for number, raw in enumerate(mailbox.messages, 1):
        mail = message_from_bytes(raw, policy=policy.default)
        path = folder / f"report-{number}.eml"
        path.write_bytes(raw)
        html = mail.get_body(("html",))
        if html is not None:
            path.with_suffix(".html").write_text(html.get_content(), encoding="utf-8")
        click.echo(f"   {path.name}: {mail['Subject']}")
        kept.append(path)
    return kept


def ending(folder: Path, mails: list[Path]) -> None:
    """Say where everything is, and what comes next."""
    if not mails:
        raise RepwatchError("no mail arrived", "this is a defect: please report it")
    click.echo(f"\n{count(len(mails), 'mail')} arrived, each kept as .eml and .html in {folder}")
    click.echo(f"Open this one in a browser: {mails[-1].with_suffix('.html')}\n")
    click.echo("Your own name: 'repwatch watch \"First Last\"' looks once; 'repwatch init' sets it up.")
