"""Watches a mailbox for mails of Google Alerts, and leaves every mail in it as it was."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from repwatch.model import Page, Parsed, Request, Subject
from repwatch.sources.alert_mails import AlertMails

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.mailbox import MailboxOptions

_SCHEMES = {"tls": "imaps", "starttls": "imap+starttls", "none": "imap"}


class Mailbox:
    """The alert mails in one folder. Each check reads on where the last one ended.

    ``reader`` reads its pages: strangers wrote them, and the parser child needs no password for that.
    """

    reads_on = True

    def __init__(self, options: MailboxOptions) -> None:
        host = f"[{options.host}]" if ":" in options.host else options.host
        where = (
            f"{quote(options.user, safe='')}@{host}:{options.effective_port}/{quote(options.folder, safe='')}"
        )
        self.url = f"{_SCHEMES[options.security]}://{where}?{urlencode({'from': options.sender})}"
        self.reader = AlertMails(options.sender)
        self._most = options.most
        self._login = f"{options.user}\0{options.password.reveal()}"

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """One request that names nobody: the queries stay with Google."""
        del subjects
        login = "Basic " + base64.b64encode(self._login.encode()).decode()
        return (Request(self.url, headers={"authorization": login, "most": str(self._most)}),)

    def parse(self, page: Page) -> Parsed:
        """The hits of the mails."""
        return self.reader.parse(page)
