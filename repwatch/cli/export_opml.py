"""``repwatch export opml``: the feeds of the configuration, for a feed reader."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from repwatch.cli.setting import keep, load_config
from repwatch.cli.words import count


@click.command("opml", short_help="Write the feeds of the configuration as OPML.")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-secrets", is_flag=True, help="Those too whose address has a password or token in it.")
@click.pass_context
def opml_command(ctx: click.Context, file: Path | None, with_secrets: bool) -> None:
    """Write the feeds and alerts of the configuration to FILE (readable by you alone), or print them.

    Any feed reader takes it, and so does 'repwatch import opml'.
    """
    from repwatch.jobs.outline import written

    text, feeds, secret = written(load_config(ctx), datetime.now(UTC), secrets=with_secrets)
    if file is None:
        click.echo(text, nl=False)
    else:
        file.unlink(missing_ok=True)  # an old file may be readable by others
        keep(file, text.encode())
        click.echo(f"Wrote {count(feeds, 'feed')} to {file}.")
    if secret:
        left = f"{count(secret, 'feed')} left out, whose address has a password or a token in it"
        click.echo(f"repwatch: {left}; add --with-secrets to write them too", err=True)
