"""Takes a mailbox file apart into its mails, and makes one of mails (RFC 4155, quoted as "mboxrd")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

TYPE = "application/mbox"

_BORDER = re.compile(rb"From .*\d\d:\d\d")  # "From - Mon Nov 23 09:00:00 2026": every form of it has a time
_QUOTED = re.compile(rb">+From ")
_TO_QUOTE = re.compile(rb"(?m)^(>*From )")
_OURS = b"From repwatch Thu Jan  1 00:00:00 1970\n"


def mails(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The mails in the lines of a file, one after the other; a file of one bare mail gives that mail.

    ``lines`` keep their ends, as an open file or ``BytesIO`` gives them.
    """
    kept: list[bytes] = []
    after_blank = True
    for line in lines:
        if after_blank and _BORDER.match(line):
            yield from _whole(kept)
            kept = []
        else:
            kept.append(line[1:] if _QUOTED.match(line) else line)
        after_blank = not line.strip()
    yield from _whole(kept)


def joined(mails: Iterable[bytes]) -> bytes:
    """One mailbox file of these mails, with the line ends of Unix; that of none is a border alone."""
    quoted = (_TO_QUOTE.sub(rb">\1", _unix(mail)).rstrip(b"\n") for mail in mails)
    return b"".join(_OURS + mail + b"\n\n" for mail in quoted) or _OURS


def _whole(lines: list[bytes]) -> Iterator[bytes]:
    if any(line.strip() for line in lines):
        yield b"".join(lines)


def _unix(mail: bytes) -> bytes:
    return mail.replace(b"\r\n", b"\n")
