"""The exit statuses, which scripts may rely on."""

from __future__ import annotations

OK = 0
FAILED = 1  # an expected failure, told in one line
MISUSED = 2  # a command line that makes no sense
INCOMPLETE = 3  # the work was done, but some sources could not be read
BAD_CONFIG = 78  # the configuration or the database must be mended first (sysexits.h: EX_CONFIG)
INTERRUPTED = 130  # Ctrl-C: 128 + SIGINT
