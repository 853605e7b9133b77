"""Plans what becomes of the alerts of an account: which of them turn into sources, and which cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repwatch.config.settings import Config
from repwatch.rules.names import Names
from repwatch.sources.alert_subscriptions import Subscription

_GMAIL = ("gmail.com", "googlemail.com")


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one alert, in words."""

    query: str
    fate: str


@dataclass(frozen=True, slots=True)
class Plan:
    """``entries`` are to be added to the YAML; ``mailbox`` holds the options of one for the mails."""

    lines: tuple[Line, ...]
    entries: tuple[dict[str, object], ...]
    by_mail: int
    unaddressed: int
    mailbox: str


def plan(alerts: Sequence[Subscription], config: Config) -> Plan:
    """What becomes of these alerts beside what is configured already.

    An alert that names no subject is left out: whatever it found would be taken for theirs.
    """
    names = {subject.id: Names(subject) for subject in config.subjects}
    lines, entries = [], []
    for alert in alerts:
        about = [subject for subject, each in names.items() if _names(each, alert.query)]
        known = _configured(alert, config)
        lines.append(Line(alert.query, _fate(alert, about, known)))
        if alert.feed and about and not known:
            entries.append(_entry(alert, about))
    by_mail = [alert for alert in alerts if not alert.by_feed]
    return Plan(
        lines=tuple(lines),
        entries=tuple(entries),
        by_mail=len(by_mail),
        unaddressed=sum(alert.by_feed and not alert.feed for alert in alerts),
        mailbox=_mailbox(next((alert.email for alert in by_mail if alert.email), "")),
    )


def _names(names: Names, query: str) -> bool:
    found = names.find(query)
    return found is not None and found.form != "near"


def _configured(alert: Subscription, config: Config) -> str:
    """The id of the source that watches this feed already, "" if none does."""
    tail = alert.feed.partition("/alerts/feeds/")[2]
    for entry in (*config.sources, *config.disabled):
        if tail and str(getattr(entry.options, "feed", "")).rstrip("/").endswith(f"/{tail}"):
            return entry.id
    return ""


def _fate(alert: Subscription, about: Sequence[str], known: str) -> str:
    if known:
        return f"a feed, watched already as {known}"
    if not alert.by_feed:
        return f"by e-mail to {alert.email}" if alert.email else "by e-mail"
    if not about:
        return "a feed, left out: it names none of your subjects"
    if not alert.feed:
        return "a feed whose address is not in this file"
    return f"a feed, new, about {', '.join(about)}"


def _entry(alert: Subscription, about: Sequence[str]) -> dict[str, object]:
    subject = about[0] if len(about) == 1 else list(about)
    return {"kind": "google_alerts", "feed": alert.feed, "name": f"Alert {alert.query}", "subject": subject}


def _mailbox(email: str) -> str:
    """The options of a mailbox for that address, as far as they can be told."""
    host = "imap.gmail.com" if email.rpartition("@")[2].lower() in _GMAIL else "IMAP-SERVER"
    return f"host={host} user={email or 'YOUR-ADDRESS'}"
