"""Watches a mailbox for mails of Google Alerts, and leaves every mail in it as it was."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from repwatch.model import Request, Subject
from repwatch.sources.alert_mails import AlertMails

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.mailbox import MailboxOptions

_SCHEMES = {"tls": "imaps", "starttls": "imap+starttls", "none": "imap"}


class Mailbox(AlertMails):
    """The alert mails in one folder. Each check reads on where the last one ended."""

    reads_on = True

    def __init__(self, options: MailboxOptions) -> None:
        host = f"[{options.host}]" if ":" in options.host else options.host
        where = (
            f"{quote(options.user, safe='')}@{host}:{options.effective_port}/{quote(options.folder, safe='')}"
        )
        self.url = f"{_SCHEMES[options.security]}://{where}?{urlencode({'from': options.sender})}"
        super().__init__(options.sender)
        self._most = options.most
        self._login = f"{options.user}\0{options.password.reveal()}"

    def __getstate__(self) -> dict[str, object]:
        """What the parser child gets: it reads strangers' words, and needs no password for that."""
        return {"url": self.url, "sender": self.sender, "_most": self._most, "_login": ""}

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """One request that names nobody: the queries stay with Google."""
        del subjects
        login = "Basic " + base64.b64encode(self._login.encode()).decode()
        return (Request(self.url, headers={"authorization": login, "most": str(self._most)}),)
