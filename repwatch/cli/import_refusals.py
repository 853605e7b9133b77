"""Tells of a file that cannot be imported from Google Alerts, and what would have been one."""

from __future__ import annotations

from pathlib import Path

import click

from repwatch.errors import RepwatchError

EXPECTED = (
    "give alert mails (.eml, an mbox, or a folder of them), Google's export of alerts (JSON), or the page"
    " google.com/alerts saved as HTML"
)
READ_ERRORS = (RepwatchError, OSError)


def told_refused(path: Path, error: Exception) -> int:
    """One line on stderr for a file of which nothing is written; counts one."""
    from repwatch.masking import hide

    said = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    click.echo(f"repwatch: {hide(f'{path}: {said}')}", err=True)
    return 1
