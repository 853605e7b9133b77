"""The ``repwatch`` command: a group that imports a subcommand only when it is called."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from repwatch import __version__
from repwatch.cli.exits import MISUSED, OK
from repwatch.cli.failures import fail, told
from repwatch.cli.log import FORMATS, HUMAN, log_to_stderr

# One line a command: the module that holds it, and what `repwatch --help` says of it, so that help
# is printed without importing anything else.
COMMANDS = {
    "init": ("init", "Write a first configuration, question by question."),
    "demo": ("demo", "See the whole product work on an invented web, offline."),
    "watch": ("watch", "Look a name up once, without any configuration."),
    "check": ("check", "Check the sources now, once."),
    "run": ("run", "Check, report and deliver on schedule, until stopped."),
    "report": ("report", "Show, save or send the report that is due."),
    "health": ("health", "Ask the running daemon whether the work gets done."),
    "status": ("status", "Show how each source and delivery stands."),
    "doctor": ("doctor", "Examine everything, and say what to do."),
    "mentions": ("mentions", "List mentions, and say which are about you."),
    "source": ("source", "Add, remove, pause, resume or record a source."),
    "sources": ("sources", "Show how each source does, and what only it saw."),
    "queries": ("queries", "Show which service was sent which name, and when."),
    "tidy": ("tidy", "Prune now what is past its retention."),
    "export": ("export", "Write what is kept about a subject as JSON, or your feeds."),
    "import": ("imports", "Import alerts, saved result pages, feeds, or what was exported."),
    "purge": ("purge", "Erase everything that is kept about a subject."),
    "config": ("config", "Check, show or describe the configuration."),
    "db": ("db", "Back up, restore, upgrade or check the database."),
    "send-test": ("send_test", "Send a test mail through a channel."),
    "completion": ("completion", "Print the completion script of a shell."),
}


class LazyGroup(click.Group):
    """A group whose commands are modules of this package, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order of the table, which is the order of a first visit."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command and hand it over, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = COMMANDS[cmd_name][0]
        found = getattr(import_module(f"repwatch.cli.{module}"), f"{module}_command")
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command was probably meant when there is none of that name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f"did you mean {near[0]!r}?" if near else "see 'repwatch --help'"
            fail(f"no such command {args[0]!r}; {hint}", MISUSED)
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ANN401 - click's signature
        """Run the command and exit; every expected failure is one line with a cause and a next step."""
        with told():
            status = super().main(*args, **{**kwargs, "standalone_mode": False})
            sys.stdout.flush()  # a reader who left shows here, where it can be told quietly
        sys.exit(status if isinstance(status, int) else OK)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="repwatch %(version)s")
@click.option("--config", "config", metavar="FILE", help="The configuration to use (else REPWATCH_CONFIG).")
@click.option("-v", "--verbose", count=True, help="Log what is done to stderr; twice for more.")
@click.option(
    "--log-format", type=click.Choice(FORMATS), default=HUMAN, help="Log lines for people, or JSON objects."
)
@click.pass_context
def repwatch(ctx: click.Context, config: str | None, verbose: int, log_format: str) -> None:
    """Watch what the web says about a person, and mail them a report.

    New here? 'repwatch demo' shows everything offline in a minute; 'repwatch init' sets it up for you.
    """
    ctx.ensure_object(dict)
    ctx.obj["config"] = config
    ctx.obj["log_format"] = log_format
    log_to_stderr((logging.ERROR, logging.INFO, logging.DEBUG)[min(verbose, 2)], log_format)
