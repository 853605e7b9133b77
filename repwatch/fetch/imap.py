"""Speaks IMAP over a connection that was allowed: reads the new mails of a folder and changes nothing.

EXAMINE opens it read-only and BODY.PEEK marks nothing as read. imaplib blocks, so this runs in a thread.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from repwatch.errors import Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.fetch import causes
from repwatch.fetch.folders import encoded, listed, quoted

LARGEST = 1024 * 1024  # bytes of one mail: an alert has 60 kB

_CHATTER = 2 * 1024 * 1024  # bytes of answers beside the mails themselves
_FAREWELL = 2.0  # seconds
_SHOWN = 12  # folders that an error names
# RFC 5530's codes, and the words of servers that know none of them.
_PASSING = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA)\]|too many|temporar|try again", re.IGNORECASE
)
_BYTES = re.compile(r"""\bb(['"])(.*?)\1""")
_UNPRINTABLE = re.compile(r"[^ -~]+")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_ON_REFUSAL = (
    "check user and password; most providers want an app password instead of the one you log in with"
    " (Google: myaccount.google.com/apppasswords)"
)


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call and what for. ``security`` is tls, starttls or none; ``most`` counts mails.

    ``connect`` and ``patience`` are seconds: for a connection, and for each answer.
    """

    host: str
    port: int
    addresses: Sequence[str]
    security: str
    user: str
    password: str = field(repr=False)
    folder: str
    sender: str
    most: int
    room: int
    trust: Callable[[], ssl.SSLContext]
    connect: float
    patience: float


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder was read: up to the mail ``last``, counted under ``validity``."""

    validity: int
    last: int

    def __str__(self) -> str:
        return f"{self.validity}:{self.last}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Read what ``str`` wrote; None for anything else."""
        validity, _, last = text.partition(":")
        if validity.isdecimal() and last.isdecimal():
            return cls(int(validity), int(last))
        return None


@dataclass(frozen=True, slots=True)
class Harvest:
    """The mails, oldest first, how far the folder is read now, and what of it was left, in words."""

    mails: tuple[bytes, ...]
    cursor: Cursor
    warning: str = ""


class Session:
    """One connection, from greeting to farewell; every failure leaves as a SourceError."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._socket: socket.socket | None = None
        self._unwanted = False
        self.name = f"{call.host}:{call.port}"

    def run(self, known: Cursor | None) -> Harvest:
        """What is new since ``known``; the newest mails where nothing is known."""
        with self._meaning():
            imap = self._greeted()
            try:
                self._encrypt(imap)
                self._log_in(imap)
                harvest = self._read(imap, known)
                _part(imap)
            finally:
                with suppress(OSError):
                    imap.shutdown()
            return harvest

    def cut(self) -> None:
        """End a connection that another thread is waiting on, or is about to open."""
        self._unwanted = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    # --- coming in ----------------------------------------------------------------------------

    def _greeted(self) -> _Wired:
        call = self._call
        self._socket = self._connected()
        if self._unwanted:
            raise Unreachable("the attempt was called off")
        if call.security == "tls":
            self._socket = _secured(self._socket, call)
        return _Wired(self._socket, call.host, call.port, call.room + _CHATTER)

    def _encrypt(self, imap: _Wired) -> None:
        """STARTTLS where it is wanted: a server (or somebody between) that hides it gets no password."""
        if self._call.security != "starttls":
            return
        if "STARTTLS" not in imap.capabilities:
            raise Misconfigured(
                f"{self.name} does not offer STARTTLS, so no password was sent", "set `security: tls`"
            )
        try:
            imap.starttls(self._call.trust())
        except ssl.SSLError as error:
            raise Unreachable(causes.of_tls(error), "check the host's name") from error
        self._socket = imap.sock

    def _connected(self) -> socket.socket:
        """A connection to the first address that takes one."""
        failure: OSError = OSError("no address")
        for address in self._call.addresses:
            try:
                made = socket.create_connection((address, self._call.port), self._call.connect)
            except OSError as error:
                failure = error
                continue
            made.settimeout(self._call.patience)
            return made
        raise Unreachable(causes.of_connecting(failure), "check host and port") from failure

    def _log_in(self, imap: _Wired) -> None:
        call = self._call
        try:
            if "AUTH=PLAIN" in imap.capabilities:
                imap.authenticate("PLAIN", lambda _: f"\0{call.user}\0{call.password}".encode())
            elif "LOGINDISABLED" in imap.capabilities:
                raise Misconfigured(
                    f"{self.name} takes no log-in this way", "set `security: tls` or `starttls`"
                )
            else:
                imap.login(quoted(call.user), call.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            self._refused(f"{self.name} refuses the log-in of {call.user}", error, _ON_REFUSAL)
        except UnicodeEncodeError as error:
            raise Misconfigured(
                f"{self.name} takes a log-in of plain ASCII letters only", "use such a password"
            ) from error

    # --- reading ------------------------------------------------------------------------------

    def _read(self, imap: _Wired, known: Cursor | None) -> Harvest:
        """What is new since ``known``, oldest first; the newest without it, or once all is renumbered."""
        validity, most = self._examine(imap), self._call.most
        onward = known is not None and known.validity == validity
        last = known.last if known is not None and onward else 0
        found = self._search(imap, last)
        chosen = found[:most] if onward else found[-most:]
        mails, read, huge = self._fetch(imap, chosen)
        waiting = len(found if onward else chosen) - read
        passed = len(found) - len(chosen) if known is not None and not onward else 0
        return Harvest(
            mails=tuple(mails),
            cursor=Cursor(validity, chosen[read - 1] if read else last),
            warning=_warning(huge=huge, waiting=waiting, passed=passed),
        )

    def _examine(self, imap: _Wired) -> int:
        """Open the folder read-only; the number under which its mails are counted."""
        folder = self._call.folder
        status, said = imap.select(quoted(encoded(folder)), readonly=True)
        if status != "OK":
            if _PASSING.search(_words(said)):
                raise Unreachable(f"{self.name} does not open the folder now: {_words(said)}")
            raise Misconfigured(f"there is no folder {folder!r} at {self.name}", self._folders(imap))
        _, values = imap.response("UIDVALIDITY")
        value = values[-1] if values else None
        return int(value) if isinstance(value, bytes) and value.isdigit() else 0

    def _folders(self, imap: _Wired) -> str:
        """Which folders there are, in words."""
        status, lines = imap.list()
        names = (
            sorted(filter(None, (listed(_line(line)) for line in lines if line))) if status == "OK" else []
        )
        if not names:
            return "check `folder`"
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return f"set `folder` to one of: {', '.join(names[:_SHOWN])}{more}"

    def _search(self, imap: _Wired, last: int) -> list[int]:
        """The numbers of the sender's mails after ``last``, oldest first."""
        # "n:*" always holds the newest mail, even one that is older than n.
        lines = self._asked(imap, "SEARCH", f"UID {last + 1}:*", "FROM", quoted(self._call.sender))
        numbers = {int(word) for line in lines for word in _line(line).split() if word.isdigit()}
        return sorted(number for number in numbers if number > last)

    def _fetch(self, imap: _Wired, wanted: Sequence[int]) -> tuple[list[bytes], int, int]:
        """(mails, how many numbers were dealt with, how many of these were huge): what there is room for."""
        sizes, room = self._sizes(imap, wanted), self._call.room
        mails: list[bytes] = []
        huge = 0
        for done, number in enumerate(wanted):
            size = sizes.get(number, 0)
            if size > min(LARGEST, self._call.room):
                huge += 1
            elif size > room:
                return mails, done, huge
            elif mail := self._mail(imap, number):
                mails.append(mail)
                room -= len(mail)
        return mails, len(wanted), huge

    def _sizes(self, imap: _Wired, wanted: Sequence[int]) -> dict[int, int]:
        """The bytes of each of those mails that is still there."""
        if not wanted:
            return {}
        lines = map(_line, self._asked(imap, "FETCH", ",".join(map(str, wanted)), "(UID RFC822.SIZE)"))
        pairs = ((_UID.search(line), _SIZE.search(line)) for line in lines)
        return {int(uid[1]): int(size[1]) for uid, size in pairs if uid and size}

    def _mail(self, imap: _Wired, number: int) -> bytes:
        """The bytes of a mail; none for one that was deleted meanwhile."""
        lines = self._asked(imap, "FETCH", str(number), "(BODY.PEEK[])")
        return next((line[1] for line in lines if isinstance(line, tuple) and b"BODY[]" in line[0]), b"")

    def _asked(self, imap: _Wired, command: str, *arguments: str) -> list[Any]:
        """The lines that answer a command about mails by their numbers."""
        status, lines = imap.uid(command, *arguments)
        if status != "OK":
            raise Unreadable(f"{self.name} refuses {command}: {_words(lines)}")
        return [line for line in lines if line]

    # --- meaning ------------------------------------------------------------------------------

    def _refused(self, what: str, error: Exception, step: str) -> NoReturn:
        said = _printable(str(error))
        if _PASSING.search(said):
            raise Unreachable(f"{what} for now: {said}") from error
        raise Misconfigured(f"{what}: {said}", step) from error

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Turn what imaplib and the network raise into what a check understands."""
        try:
            yield
        except imaplib.IMAP4.error as error:
            said = _printable(str(error))
            if isinstance(error, imaplib.IMAP4.abort) and "unexpected" not in said:
                raise Unreachable(f"{self.name} ended the connection: {said}") from error
            raise Unreadable(f"{self.name} does not speak IMAP: {said}", "check host and port") from error
        except TimeoutError as error:
            raise Unreachable(f"{self.name} gave no answer within {self._call.patience:g} s") from error
        except OSError as error:
            raise Unreachable(causes.of_talking(error)) from error
        finally:
            if self._socket is not None:
                self._socket.close()


class _Wired(imaplib.IMAP4):
    """imaplib on a connection that is there already, which may not send more than ``budget`` bytes."""

    def __init__(self, wire: socket.socket, host: str, port: int, budget: int) -> None:
        self._wire = wire
        self._left = budget
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002 - imaplib's signature
        return self._wire

    def read(self, size: int) -> bytes:
        """That many bytes; a size that is announced counts before it is believed."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """The next line."""
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise Unreadable(f"{self.host} sends far more than it was asked for", "check host and port")


def _secured(wire: socket.socket, call: Call) -> socket.socket:
    """The connection, encrypted; the certificate must be the host's."""
    try:
        return call.trust().wrap_socket(wire, server_hostname=call.host)
    except OSError as error:
        wire.close()
        raise Unreachable(causes.of_tls(error), "check host, port and `security`") from error


def _part(imap: _Wired) -> None:
    """Say goodbye; what was read is here, and politeness must not delay it."""
    with suppress(OSError, imaplib.IMAP4.error, SourceError):
        imap.sock.settimeout(_FAREWELL)
        imap.logout()


def _warning(*, huge: int, waiting: int, passed: int) -> str:
    """What was left in the folder, in words."""
    notes = (
        (huge, f"{_mails(huge)} of more than {LARGEST // 1024} KiB left out"),
        (waiting, f"{_mails(waiting)} left for the next check"),
        (passed, f"the server has numbered the folder anew: its oldest {_mails(passed)} not read again"),
    )
    return "; ".join(words for count, words in notes if count)


def _mails(number: int) -> str:
    return f"{number} mail{'s' * (number != 1)}"


def _line(line: Any) -> bytes:  # noqa: ANN401 - imaplib gives bytes, or a tuple of them around a literal
    """An answer's line, put together again where it held a literal."""
    return b" ".join(line) if isinstance(line, tuple) else bytes(line)


def _words(lines: Sequence[Any]) -> str:
    """What a server says, as one printable line."""
    return _printable(" ".join(_line(line).decode("utf-8", "replace") for line in lines if line))


def _printable(text: str) -> str:
    """The text on one line, without the marks of the bytes that imaplib quotes."""
    return " ".join(_BYTES.sub(r"\2", _UNPRINTABLE.sub(" ", text)).split())[:300]
