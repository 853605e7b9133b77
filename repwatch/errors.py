"""The exceptions, one tree, each named by what it asks for next.

RepwatchError                what every expected failure is; ``cause`` and ``next_step`` are for people
├── ConfigError              the YAML file must be mended (exit 78); names file, line, column, key
├── StoreError               the database cannot be used as it is (exit 78)
│   ├── Busy                 another process kept it for too long; the same again may work
│   ├── DiskFull             nothing more can be written until there is room
│   ├── DiskFault            the disk does not read or write what it is asked to
│   └── Corrupt              the content of the file is damaged, or it is no database at all
├── SourceError              one check failed; ``outcome`` is the name of the run's Outcome
│   ├── Blocked              the service refuses us: 401, 403, 429, 451, 999, CAPTCHA, challenge page
│   │   └── Spent            the owner's budget for this source is used up; nothing was asked
│   │   └── Crowded          it turns anyone away while it has too much to do: no failure of the source
│   ├── Unreachable          no answer: DNS, TCP, TLS, time limit, 5xx, a cut transfer
│   │   └── Absent           404: there is nothing at this address, now
│   ├── Unreadable           an answer we do not understand: the page changed
│   └── Misconfigured        only the owner can mend it: a wrong address, key or option
│       └── Gone             410: the source is paused and the owner told
└── DeliveryError            one attempt to send failed; ``permanent`` says whether another may help
"""

from __future__ import annotations

from datetime import datetime


class RepwatchError(Exception):
    """An expected failure: what happened, and what the reader can do about it."""

    def __init__(self, cause: str, next_step: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.cause}; {self.next_step}" if self.next_step else self.cause


class ConfigError(RepwatchError):
    """The configuration cannot be used; ``problems`` holds one ready-to-print text each."""

    def __init__(self, problems: list[str], next_step: str = "") -> None:
        super().__init__("\n".join(problems), next_step)
        self.problems = problems


class StoreError(RepwatchError):
    """The database cannot be used as it is; nothing was changed or recreated."""


class Busy(StoreError):
    """Another process kept the database for too long."""


class DiskFull(StoreError):
    """There is no room; what was committed stays readable, and writing goes on once there is."""


class DiskFault(StoreError):
    """The disk failed at reading or writing, more than once."""


class Corrupt(StoreError):
    """The file's content is damaged; it is never recreated, a backup has to be restored."""


class SourceError(RepwatchError):
    """One check failed; known mentions stay as they are.

    ``retry_after`` is in seconds, as the service asked for, not yet clamped.
    """

    outcome = "unreadable"

    def __init__(self, cause: str, next_step: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(cause, next_step)
        self.retry_after = retry_after


class Blocked(SourceError):
    """The service refuses us; its refusal is never read as "nothing new"."""

    outcome = "blocked"


class Spent(Blocked):
    """The budget that the owner gave this source is used up until ``until`` (UTC): no failure of it."""

    def __init__(self, cause: str, until: datetime) -> None:
        super().__init__(cause, "wait, or raise the `budget` of this source")
        self.until = until


class Crowded(Blocked):
    """The service sheds load, whoever asks: nothing was read, and nobody need be alarmed by that."""


class Unreachable(SourceError):
    """No whole answer came back."""

    outcome = "unreachable"


class Absent(Unreachable):
    """The service answers that there is nothing at this address (404); it may be back tomorrow."""


class Unreadable(SourceError):
    """An answer came, and it is not what this kind of source looks like."""

    outcome = "unreadable"


class Misconfigured(SourceError):
    """Only the owner can mend this source."""

    outcome = "misconfigured"


class Gone(Misconfigured):
    """The service says that the address is gone for good (410)."""


class DeliveryError(RepwatchError):
    """One attempt to send failed.

    ``permanent``: the server refused for good, another attempt is pointless.
    ``fate_unknown``: the connection died after the data was sent, so the message may have been
    accepted; only the same bytes under the same Message-ID may be sent again.
    """

    def __init__(
        self, cause: str, next_step: str = "", *, permanent: bool = False, fate_unknown: bool = False
    ) -> None:
        super().__init__(cause, next_step)
        self.permanent = permanent
        self.fate_unknown = fate_unknown
