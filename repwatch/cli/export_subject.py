"""``repwatch export --subject``: everything that is kept about a subject, as one JSON document."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from repwatch.cli.setting import keep, load_config, reader
from repwatch.errors import RepwatchError

if TYPE_CHECKING:
    from repwatch.config.settings import Config


@click.command("subject", short_help="Write everything that is kept about a subject (this is the default).")
@click.option("--subject", required=True, metavar="ID", help="Whose data.")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def subject_command(ctx: click.Context, subject: str, file: Path | None) -> None:
    """Write everything that is kept about a subject to FILE (readable by you alone), or print it.

    One JSON document, which 'repwatch import subject FILE' reads again without loss; its keys are
    explained in docs/export.md.
    """
    from repwatch.jobs.portable import written
    from repwatch.store import erasure, portable

    config = load_config(ctx)
    store = reader(config)
    others = [name for each in config.subjects if each.id != subject for name in each.names]
    found = store.read_now(lambda tx: portable.gather(tx, subject, own_sources(config, subject), others))
    if not any(found[noun] for noun in ("mentions", "lines", "rankings", "queries", "runs")):
        known = ", ".join(store.read_now(erasure.subjects))
        raise RepwatchError(f"nothing is kept about {subject!r}", f"subjects with data: {known or 'none'}")
    text = written(found, datetime.now(UTC))
    if file is None:
        click.echo(text, nl=False)
        return
    file.unlink(missing_ok=True)  # an old file may be readable by others
    keep(file, text.encode())
    click.echo(f"Wrote {file}. Whoever can read it knows all that is in it.")


def own_sources(config: Config, subject: str) -> list[str]:
    """The sources that look for this subject and nobody else."""
    everyone = tuple(each.id for each in config.subjects)
    return [
        entry.id
        for entry in (*config.sources, *config.disabled)
        if set(entry.subjects or everyone) == {subject}
    ]
