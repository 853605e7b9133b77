"""The first configuration, written from the answers given to `repwatch init`."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from repwatch.config.schema import Language
from repwatch.model import Relation

FIRST_LINE = "# yaml-language-server: $schema=repwatch.schema.json"


@dataclass(frozen=True, slots=True)
class Answers:
    """What `repwatch init` asked for. ``smtp_password`` is a reference; empty texts were skipped."""

    name: str
    contact: str
    relation: Relation = Relation.SELF
    language: Language = "en"
    timezone: str = "UTC"
    aliases: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    employers: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    namesake_places: tuple[str, ...] = ()
    namesake_topics: tuple[str, ...] = ()
    alert_feed: str = ""
    searxng: str = ""
    smtp_host: str = ""
    smtp_port: int | None = None
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = "env:SMTP_PASSWORD"  # noqa: S105 (a reference, not a password)
    sender: str = ""
    recipient: str = ""
    at: str = "07:00"


def starter(answers: Answers) -> str:
    """A commented YAML file that is valid as it stands; without a mail server it sends nothing yet."""
    parts = (_head(answers), _subject(answers), _sources(answers), _channels(answers), _reports(answers))
    return "\n".join(parts)


def subject_id(name: str) -> str:
    """A short name for a subject: the first word in plain small letters."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    return words[0][:40] if words else "subject"


def _head(answers: Answers) -> str:
    return f"""{FIRST_LINE}
# Check this file with `repwatch config check`; see every key with `repwatch config schema`.
language: {answers.language}          # of reports: en or fr
timezone: {answers.timezone}
contact: {_text(answers.contact)}   # goes into the User-Agent, as polite services ask
# database: sqlite:///repwatch.db   # relative to this file's folder
"""


def _subject(answers: Answers) -> str:
    lines = [
        "subjects:",
        f"  - id: {subject_id(answers.name)}",
        f"    name: {_text(answers.name)}",
        f"    relation: {answers.relation.value}   # self, consenting or own_organisation",
        f"    aliases: {_list(answers.aliases)}   # other names to search for",
        "    # Words that tell you from people with the same name; each one sharpens the verdicts.",
        f"    context: {_context(answers.employers, answers.places, answers.topics)}",
        "    # Words that speak for a namesake.",
        f"    not_me: {_context((), answers.namesake_places, answers.namesake_topics)}",
        "    # profiles:",
        '    #   - {url: "https://www.example.org/me", persona: professional, reviewed: 2026-10-01}',
    ]
    return "\n".join(lines) + "\n"


def _sources(answers: Answers) -> str:
    feed = _text(answers.alert_feed or "https://www.google.com/alerts/feeds/1/2")
    search = _text(answers.searxng or "http://localhost:8888")
    private = ", allow_private: [loopback]" if _is_local(search) else ""
    person = answers.relation is not Relation.OWN_ORGANISATION
    lines = [
        "sources:",
        "  # An alert on your name, delivered to an RSS feed: https://www.google.com/alerts",
        f"  {_off(not answers.alert_feed)}- {{kind: google_alerts, feed: {feed}, every: 1h}}",
        "  # News searches; your name is what they are asked for.",
        "  - {kind: google_news, every: 2h}",
        "  - {kind: bing_news, every: 2h}",
        "  # Public registers of people.",
        f"  {_off(not person)}- {{kind: people, finders: [wikidata, orcid, github], every: 1d}}",
        '  # "Google your name": your own SearXNG keeps where each page ranks.',
        f"  {_off(not answers.searxng)}- {{kind: searxng, url: {search}, every: 12h{private}}}",
        "  # A site or blog that writes about you.",
        '  # - {kind: feed, url: "https://blog.example.org/feed", every: 1h}',
    ]
    return "\n".join(lines) + "\n"


def _channels(answers: Answers) -> str:
    host = answers.smtp_host or "smtp.example.org"
    off = _off(not answers.smtp_host)
    lines = [
        "# The password stays out of this file: env:NAME or file:/absolute/path.",
        f"{off}channels:",
        f"{off}  mail:",
        f"{off}    kind: email",
        f"{off}    host: {_text(host)}",
        f"{off}    security: {answers.smtp_security}   # starttls, tls, or none on this machine",
    ]
    if answers.smtp_port:
        lines.append(f"{off}    port: {answers.smtp_port}")
    if answers.smtp_user:
        lines += [
            f"{off}    user: {_text(answers.smtp_user)}",
            f"{off}    password: {answers.smtp_password}",
        ]
    lines.append(f"{off}    from: {_text(answers.sender or _mailbox(answers))}")
    return "\n".join(lines) + "\n"


def _reports(answers: Answers) -> str:
    off = _off(not answers.smtp_host)
    lines = [
        f"{off}reports:",
        f"{off}  - channel: mail",
        f"{off}    to: {_text(_mailbox(answers))}",
        f"{off}    every: day at {answers.at}",
        f"{off}    instant: {{priority: high}}   # what matters most does not wait",
    ]
    return "\n".join(lines) + "\n"


def _mailbox(answers: Answers) -> str:
    contact = answers.contact if "@" in answers.contact else "me@example.org"
    return answers.recipient or contact


def _context(employers: Iterable[str], places: Iterable[str], topics: Iterable[str]) -> str:
    return f"{{employers: {_list(employers)}, places: {_list(places)}, topics: {_list(topics)}}}"


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(_text(word) for word in words)}]"


def _text(word: str) -> str:
    """A text in double quotes; JSON's are YAML's."""
    return json.dumps(word, ensure_ascii=False)


def _off(unwanted: bool) -> str:
    return "# " if unwanted else ""


def _is_local(quoted: str) -> bool:
    return re.search(r"//(localhost|127\.|\[::1\])", quoted) is not None
