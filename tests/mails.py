"""Alert mails of the tests, from words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from email.message import EmailMessage
from urllib.parse import quote

SENDER = "Google Alerts <googlealerts-noreply@google.com>"
SECRET = "SECRET-token-that-ends-the-alert"  # the recorded mails hold it too

Hit = tuple[str, str]  # title, address


def wrapped(url: str) -> str:
    """A hit's address as Google sends it."""
    return f"https://www.google.com/url?rct=j&sa=t&url={quote(url, safe=':/')}&ct=ga&cd=CAEYACoT&usg=AOvVaw0"


def alert(
    number: int,
    *hits: Hit,
    query: str = '"Ada Exemple"',
    date: str = "Mon, 23 Nov 2026 06:30:12 +0000",
    sender: str = SENDER,
) -> bytes:
    """A mail of plain text, the ``number``-th one, that tells of these hits."""
    said = "".join(f"{title}\nAs was said.\n<{wrapped(url)}>\n\n" for title, url in hits or story(number))
    foot = f"- - - - -\nUnsubscribe:\n<https://www.google.com/alerts/remove?s={SECRET}>\n"
    return mail(f"Google Alert - {query}", said + foot, number=number, date=date, sender=sender)


def mail(
    subject: str,
    body: str,
    *,
    number: int = 1,
    date: str = "Mon, 23 Nov 2026 06:30:12 +0000",
    sender: str = SENDER,
    subtype: str = "plain",
) -> bytes:
    """Any mail."""
    made = EmailMessage()
    made["Date"] = date
    made["Message-ID"] = f"<{number}@google.com>"
    made["Subject"] = subject
    made["From"] = sender
    made.set_content(body, subtype=subtype, cte="8bit")
    return made.as_bytes()


def story(number: int) -> Sequence[Hit]:
    """The one hit of a mail of which nothing else is said."""
    return ((f"Ada Exemple opens workshop number {number}", f"https://press.example.org/{number}"),)


# --- the page google.com/alerts ---------------------------------------------------------------

ACCOUNT = "01234567890123456789"
FEED = f"https://www.google.com/alerts/feeds/{ACCOUNT}/9876543210"


def alerts_page(feed: str = "9876543210") -> bytes:
    """The page with two alerts: Ada's as a feed, one about dogs by mail."""
    items = [
        _alert('"Ada Exemple"', [None, 2, "", [], 2, "fr-FR", *[None] * 5, feed, None, None, SECRET]),
        _alert("dogs", [None, 1, "ada@example.org", [], 2, "fr-FR", *[None] * 5, "0", None, None, SECRET]),
    ]
    state = json.dumps([None, [None, items], None, SECRET]).replace('\\"', "\\x22")
    return f"<html><script>window.STATE = {state};\nwindow.OTHER = [1];</script></html>".encode()


def _alert(query: str, delivery: list[object]) -> list[object]:
    asked = [None, query, "com", [None, "fr", "FR"]]
    return [None, "e8e2df4795dbb317", [None, None, None, asked, None, 3, [delivery]], ACCOUNT]
