"""The note to the owner that something is wrong with the installation itself, or right again."""

from __future__ import annotations

from datetime import datetime

from repwatch.model import Route
from repwatch.report.render import Rendered, render
from repwatch.report.shapes import View
from repwatch.report.words import Words
from repwatch.rules.text import clean

NOTICES = ("disk_full", "disk_room")
_CAUSE = 300  # characters


def notice(code: str, route: Route, now: datetime, cause: str = "") -> Rendered:
    """One of NOTICES in the route's language; ``cause`` is what the system said, or where."""
    words = Words(route.language, route.timezone, now)
    title = words.say(f"notice.{code}.title")
    return render(
        View(
            language=words.language,
            subject=words.say("subject.notice", title=title),
            who=words.say("notice.who"),
            preheader=words.say(f"notice.{code}.lead"),
            title=title,
            lead=words.say(f"notice.{code}.lead"),
            period=words.moment(now),
            banner=clean(cause, _CAUSE),
            tallies=(),
            sections=(),
            set_aside="",
            news=(),
            checked=(),
            footer=(words.say("footer.why", route=route.id), words.say("footer.private")),
            labels=words.labels(),
        )
    )
