"""Sees requests leave, and notes each that tells a service a subject's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from repwatch.fetch.limits import Leaves
from repwatch.jobs.watched import Watched
from repwatch.model import Query, Request, Subject
from repwatch.rules.asked import is_bare, name_sent


@dataclass(frozen=True, slots=True)
class Witness:
    """Watches the requests of one run; ``note`` gets what they told."""

    watched: Watched
    note: Callable[[Query], None]

    def of(self, request: Request) -> Leaves | None:
        """What is to be called when ``request`` leaves; None for one that names nobody."""
        if request.subject is None:
            return None
        subject = self._subject(request.subject)
        silent = request.fresh or is_bare(request.url, request.body)  # a log-in tells no name
        own = "" if silent else subject.name
        fallbacks = iter((own,))  # for the planned request; a redirect may leave the name out

        def leaves(url: str, body: bytes | None, at: datetime) -> None:
            # A spelling that we do not recognise: believe the source, which says that it sends the name.
            planned = next(fallbacks, "")
            name = name_sent(url, body, subject) or planned
            if name:
                host = urlsplit(url).netloc.rpartition("@")[2]
                self.note(Query(at, self.watched.id, subject.id, host, name))

        return leaves

    def _subject(self, wanted: str) -> Subject:
        return next((each for each in self.watched.subjects if each.id == wanted), Subject(wanted, wanted))
