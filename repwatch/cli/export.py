"""``repwatch export``: what is kept about a subject as JSON, or the feeds as OPML."""

from __future__ import annotations

import click

from repwatch.cli.export_opml import opml_command
from repwatch.cli.export_subject import subject_command

DEFAULT = "subject"


class WithDefault(click.Group):
    """A group that takes the options of its default command too: ``export --subject ID`` came first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in front of what is no command and no plea for help."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group("export", cls=WithDefault, subcommand_metavar="--subject ID [FILE] | opml [FILE]")
def export_command() -> None:
    """Write everything that is kept about a subject as JSON, or your feeds as OPML."""


export_command.add_command(subject_command)
export_command.add_command(opml_command)
