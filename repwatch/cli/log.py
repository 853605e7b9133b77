"""Where the log goes and how much of it: stderr, so that stdout holds the answer alone."""

from __future__ import annotations

import logging

QUIET = ("httpx", "httpcore", "apscheduler")  # the first two would print addresses with their keys


def log_to_stderr(level: int) -> None:
    """Log from ``level`` up."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger().setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
