"""``repwatch init``: write a first configuration, question by question."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli import answers as checks
from repwatch.cli.answers import asked
from repwatch.cli.setting import with_app
from repwatch.errors import ConfigError, RepwatchError, SourceError
from repwatch.model import Relation

if TYPE_CHECKING:
    from repwatch.config.starter import Answers
    from repwatch.model import Page

ALERT_STEPS = """
How to make a Google Alert deliver to a feed:
  1. Open https://www.google.com/alerts and sign in.
  2. Type the name in quotation marks, as in "{name}".
  3. Click "Show options".
  4. At "How often" choose "As-it-happens"; at "How many" choose "All results".
  5. At "Deliver to" choose "RSS feed" (it is the last entry of the list).
  6. Click "Create Alert". The alert now shows a small orange feed symbol.
  7. Right-click that symbol, copy the link's address, and paste it here.
"""


@click.command("init")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Where to write it."
)
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
@click.pass_context
def init_command(ctx: click.Context, output: Path | None, force: bool) -> None:
    """Ask a few questions, write a commented YAML file, and send a test mail."""
    from repwatch.config.places import user_config
    from repwatch.config.starter import starter

    named = ctx.find_root().obj.get("config")
    named = named or os.environ.get("REPWATCH_CONFIG")
    path = output or (Path(named) if named else user_config(os.environ))
    if path.exists() and not force:
        raise RepwatchError(
            f"{path} exists already", "name another with --output, or replace it with --force"
        )
    click.echo("A few questions; Enter takes what stands in brackets, or skips.\n")
    answers = ask_mail(ask_alert(ask_subject()))
    save(path, starter(answers))
    click.echo(f"\nWrote {path}. It is commented: open it, add what is missing.")
    if answers.smtp_host and click.confirm("Send a test mail now?", default=True):
        send_test(path)
    click.echo("\nNext: 'repwatch check' looks once, 'repwatch run' keeps watching.")


def ask_subject() -> Answers:
    """Who is watched, and what tells them from namesakes."""
    from repwatch.config.starter import Answers

    name = asked("Whose name shall be watched (first and last name)", checks.name)
    relation = click.prompt(
        "Is it yourself, someone who agreed, or your own organisation?",
        type=click.Choice([relation.value for relation in Relation]),
        default=Relation.SELF.value,
    )
    return Answers(
        name=name,
        contact=asked("Your e-mail address (reports go there; polite services are told it)", checks.contact),
        relation=Relation(relation),
        language=click.prompt("Language of the reports", type=click.Choice(["en", "fr"]), default="en"),
        timezone=asked("Time zone", checks.timezone, default=local_timezone()),
        aliases=listed("Other names or spellings, separated by commas"),
        places=listed("Towns that belong to this name"),
        employers=listed("Employers or firms"),
        topics=listed("Topics"),
        namesake_places=listed("Towns of a namesake you know of"),
        namesake_topics=listed("Topics of a namesake (a sport, another trade)"),
    )


def ask_alert(answers: Answers) -> Answers:
    """The feed of a Google Alert, fetched and looked at before it is taken."""
    click.echo(ALERT_STEPS.format(name=answers.name))
    while feed := click.prompt("Address of the feed (Enter to skip)", default="", show_default=False).strip():
        code, told = asyncio.run(diagnosis(feed, answers))
        click.echo(f"  {told}")
        if not well_formed(feed, answers):  # it could never stand in a configuration
            click.echo("  An alert's feed looks like https://www.google.com/alerts/feeds/…/…")
        elif code == "ok" or click.confirm("Take this address all the same?", default=False):
            return replace(answers, alert_feed=feed)
    return answers


async def diagnosis(feed: str, answers: Answers) -> tuple[str, str]:
    """What a pasted address leads to: a code, and a sentence that says what to do."""
    from repwatch.app import glance

    try:
        page = await glance(feed, answers.contact)
    except RepwatchError as error:
        return "unreachable", f"It could not be fetched: {error}"
    return await examined(page, [answers.name, *answers.aliases])


def well_formed(feed: str, answers: Answers) -> bool:
    """Whether the configuration would be valid with this alert: no answer is lost to it at the end."""
    from repwatch.config.load import check
    from repwatch.config.starter import starter
    from repwatch.plugins import all_kinds

    try:
        check(starter(replace(answers, alert_feed=feed)), Path("repwatch.yaml"), all_kinds())
    except ConfigError:
        return False
    return True


async def examined(page: Page, names: Sequence[str]) -> tuple[str, str]:
    """What the page is, found out in the parser child: anything may stand behind a pasted address."""
    from repwatch.parsing.handle import ParserChild
    from repwatch.sources.google_alerts import Diagnosis

    parser = ParserChild()
    try:
        parsed = await parser.parse(Diagnosis(names), page)
    except SourceError as error:
        return "other", f"It could not be read: {error}"
    finally:
        await parser.close()
    return (parsed.missing[0] if parsed.missing else "ok"), parsed.title


def ask_mail(answers: Answers) -> Answers:
    """How reports leave."""
    host = click.prompt("Mail server (SMTP host; Enter to set it up later)", default="", show_default=False)
    if not host:
        return answers
    local = host in {"localhost", "127.0.0.1", "::1"}
    security = click.prompt(
        "Its security",
        type=click.Choice(["starttls", "tls", "none"]),
        default="none" if local else "starttls",
    )
    port = click.prompt(
        "Port", type=click.IntRange(1, 65_535), default={"starttls": 587, "tls": 465, "none": 25}[security]
    )
    user = click.prompt("User name (Enter for none)", default="", show_default=False)
    password = answers.smtp_password
    if user:
        click.echo("The password is never written into the file, only where to find it.")
        password = asked("Its place (env:NAME or file:/path)", checks.secret, default=password)
    return replace(
        answers,
        smtp_host=host,
        smtp_port=port,
        smtp_security=security,
        smtp_user=user,
        smtp_password=password,
        sender=asked("From address", checks.mailbox, default=user if "@" in user else answers.contact),
        recipient=asked("Send reports to", checks.mailbox, default=answers.contact),
        at=asked("Time of the daily report", checks.time_of_day, default="07:00"),
    )


def save(path: Path, text: str) -> None:
    """Check the text like any configuration, then write it (0600) with the schema for editors beside it."""
    import json

    from repwatch.config.export import json_schema
    from repwatch.config.load import check
    from repwatch.config.write import write
    from repwatch.plugins import all_kinds

    kinds = all_kinds()
    check(text, path, kinds)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write(path, text)
    write(path.with_name("repwatch.schema.json"), json.dumps(json_schema(kinds), indent=2) + "\n")


def send_test(path: Path) -> None:
    """Send it through the configuration just written; a failure is told, not fatal."""
    from repwatch.plugins import load

    try:
        for line in with_app(load(path), lambda app: app.send_test()):
            click.echo(f"  {line}")
    except RepwatchError as error:
        click.echo(f"  Not sent: {error}\n  Mend it in {path}, then: repwatch --config {path} send-test")


def listed(question: str) -> tuple[str, ...]:
    """Words separated by commas; none when skipped."""
    answer = click.prompt(question, default="", show_default=False)
    return tuple(word.strip() for word in answer.split(",") if word.strip())


def local_timezone() -> str:
    """The machine's time zone, by its name."""
    from tzlocal import get_localzone_name

    return get_localzone_name() or "UTC"
