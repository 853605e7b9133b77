"""Watches a mailbox for mails of Google Alerts, and leaves every mail in it as it was."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from repwatch.errors import Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import mbox
from repwatch.sources import alert_mail
from repwatch.sources.alert_mail import Alert
from repwatch.sources.item import finding

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.mailbox import MailboxOptions

_SCHEMES = {"tls": "imaps", "starttls": "imap+starttls", "none": "imap"}
_REPORT = "Google changed its mails, or these are no alerts; please report it"


class Mailbox:
    """The alert mails in one folder. Each check reads on where the last one ended."""

    reads_on = True

    def __init__(self, options: MailboxOptions) -> None:
        host = f"[{options.host}]" if ":" in options.host else options.host
        where = (
            f"{quote(options.user, safe='')}@{host}:{options.effective_port}/{quote(options.folder, safe='')}"
        )
        self.url = f"{_SCHEMES[options.security]}://{where}?{urlencode({'from': options.sender})}"
        self.sender = options.sender
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

    def parse(self, page: Page) -> Parsed:
        """The hits of the mails, dated by the mails. Raises Unreadable when not one alert can be read."""
        alerts: dict[str, Alert] = {}
        unread = 0
        for raw in mbox.mails(io.BytesIO(page.body)):
            try:
                alert = alert_mail.read(raw, self.sender, page.fetched_at)
            except Unreadable:
                unread += 1
                continue
            if alert is not None:
                alerts.setdefault(alert.id or str(len(alerts)), alert)
        if unread and not alerts:
            raise Unreadable(f"{_count(unread)} without a hit that can be found", _REPORT)
        missing = (f"{_count(unread)} could not be read",) if unread else ()
        warning = page.headers.get("warning", "")
        return Parsed(
            findings=tuple(_findings(alerts.values())),
            missing=(*missing, warning) if warning else missing,
        )


def _findings(alerts: Iterable[Alert]) -> Iterator[Finding]:
    """The hits, the oldest mail first; each says for which query Google found it."""
    for alert in sorted(alerts, key=_when):
        for hit in alert.hits:
            yield finding(
                title=hit.title,
                urls=hit.links,
                summary=hit.summary,
                site=hit.site,
                published=alert.sent,
                asserted=True,
                fields={"query": alert.query},
            )


def _when(alert: Alert) -> float:
    return alert.sent.timestamp() if alert.sent else 0.0


def _count(number: int) -> str:
    return f"{number} alert mail{'s' * (number != 1)}"
