"""The options of ``mailbox``."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from repwatch.config.secret import Secret
from repwatch.sources.options.base import Options

_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"


class MailboxOptions(Options):
    """A mailbox that Google Alerts writes to, read over IMAP."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    host: str = Field(
        pattern=r"^[A-Za-z0-9_.:-]+$",
        description="The IMAP server, as in imap.gmail.com",
        examples=["imap.gmail.com"],
    )
    port: int | None = Field(default=None, ge=1, le=65535, description="Default: 993 (tls) or 143")
    security: Literal["tls", "starttls", "none"] = Field(
        default="tls",
        description="tls and starttls check the certificate; none is for this machine or allow_private",
    )
    user: str = Field(pattern=_NO_CONTROLS, description="The log-in name, often the address itself")
    password: Secret = Field(
        description="env:NAME, file:/PATH or credential:NAME; most providers want an app password here"
    )
    folder: str = Field(
        default="INBOX", pattern=_NO_CONTROLS, description="Which folder, or label, the alerts are in"
    )
    sender: str = Field(
        alias="from",
        default="googlealerts-noreply@google.com",
        pattern=r"^[!-~]+@[!-~]+$",
        description="Whose mails are read; another address where the alerts are forwarded",
    )
    most: int = Field(
        default=50, ge=1, le=500, description="How many mails one check reads; the rest wait for the next"
    )

    @property
    def effective_port(self) -> int:
        """The port, given or usual for the security."""
        return self.port or _PORTS[self.security]
