"""Reads a page of mails, which is a mailbox file, as the hits of the alerts among them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

from repwatch.errors import Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.rules import mbox
from repwatch.sources import alert_mail
from repwatch.sources.alert_mail import SENDER, Alert
from repwatch.sources.item import finding
from repwatch.sources.strange import strange

_REPORT = "Google changed its mails, or these are no alerts; please report it"


class AlertMails:
    """The alerts of one sender, in mails that are handed over."""

    def __init__(self, sender: str = SENDER) -> None:
        self.sender = sender

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """Nothing: its pages are handed over."""
        del subjects
        return ()

    def parse(self, page: Page) -> Parsed:
        """The hits of the mails, dated by the mails. Raises Unreadable when not one alert can be read."""
        if not page.body.startswith(b"From "):
            raise strange(page, "mails")
        alerts: dict[str, Alert] = {}
        unread = 0
        for raw in mbox.mails(io.BytesIO(page.body)):
            try:
                alert = alert_mail.read(raw, self.sender, page.fetched_at)
            except Exception:  # noqa: BLE001 - mails are made to break readers; one must not hide the others
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
