"""Asks the services that a catalog entry describes, and reads their answers as it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from repwatch.errors import Misconfigured
from repwatch.model import Finding, Kind, Page, Parsed, Request, Subject
from repwatch.sources import answers, dates, feed, paths, syndication, template
from repwatch.sources.definition import Definition
from repwatch.sources.entry import Document, Entry
from repwatch.sources.item import finding
from repwatch.sources.json_body import words

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.declarative import DeclarativeOptions

_PERSONAL = frozenset({"name", "given", "family", "alias"})
_OPTIONAL = frozenset({"key", "contact"})
_SINCE = {"date": "%Y-%m-%d", "iso": "%Y-%m-%dT%H:%M:%SZ"}


class Declarative:
    """One service of the catalog. ``rate`` is the seconds that it wants between two requests."""

    def __init__(self, definition: Definition, options: DeclarativeOptions) -> None:
        self.definition = definition
        self.rate = definition.rate
        self.base = (options.base_url or definition.base).rstrip("/")
        self.values = {
            "language": options.language,
            "country": options.country,
            "contact": options.contact,
            "key": options.key.reveal() if options.key else "",
        }

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A request per subject or per name; none for a subject that lacks what the request is made of."""
        return self.plan_since(subjects, None)

    def plan_since(self, subjects: Sequence[Subject], since: datetime | None) -> Sequence[Request]:
        """The same, asking only for what is newer than ``since`` where the service can.

        Raises Misconfigured when the service wants a key and none is configured.
        """
        if not self.definition.keyless and not self.values["key"]:
            raise Misconfigured(f"{self.definition.title} wants a key", "set the option key of this source")
        return [
            self._request(subject.id, asked, since)
            for subject in subjects
            for asked in self._askings(subject)
            if all(asked.get(name) for name in self._needed())
        ]

    def parse(self, page: Page) -> Parsed:
        """The findings, and the request for the next page of the answer."""
        definition = self.definition
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            return answers.refused(definition, page)
        if definition.format == "feed":
            return self._feed(feed.read(page))
        answer = answers.read(definition, page)
        chains = list(paths.items(answer, definition.items))
        kept = [chain for chain in chains if answers.wanted(definition, chain, page)]
        return Parsed(
            findings=tuple(self._finding(chain, page) for chain in kept),
            follow=self._next(page, answer) if chains else (),
            missing=answers.missing(definition, answer),
        )

    def glance(self, page: Page) -> Parsed | None:
        """The same for a small and ordinary feed, None for anything else."""
        is_feed = self.definition.format == "feed" and page.status == 200  # noqa: PLR2004 - HTTP's OK
        document = syndication.glance(page) if is_feed else None
        return self._feed(document) if document else None

    # --- asking -------------------------------------------------------------------------------

    def _askings(self, subject: Subject) -> Iterator[dict[str, str]]:
        """The values of the placeholders, once per subject or once per name of it."""
        own = {"given": subject.given, "family": subject.family, "alias": next(iter(subject.aliases), "")}
        names = subject.names if self.definition.per == "name" else subject.names[:1]
        for name in dict.fromkeys(names):
            yield {"name": name, **own}

    def _needed(self) -> frozenset[str]:
        """The parts of a name that the request is made of."""
        ask = self.definition.request
        return template.used([ask.path, ask.params, ask.headers, ask.json]) & _PERSONAL

    def _request(self, subject: str, asked: Mapping[str, str], since: datetime | None) -> Request:
        ask, values = self.definition.request, {**self.values, **asked}
        params = {**self._optional(ask.params, values), **self._since(since), **self._first_page()}
        url = self.base + template.fill(ask.path, {key: quote(value) for key, value in values.items()})
        headers = self._optional(ask.headers, values)
        body = None
        if ask.json is not None:
            body = json.dumps(template.fill_tree(ask.json, values)).encode()
            headers = {"content-type": "application/json", **headers}
        return Request(
            url=f"{url}?{urlencode(params)}" if params else url,
            subject=subject,
            method=ask.method,
            headers=headers,
            body=body,
            expects=frozenset(refusal.status for refusal in self.definition.refusals),
            context={**asked, "page": "1"},
        )

    def _optional(self, templates: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
        """The parameters or headers, filled, but for those whose key or contact is not configured."""
        return {
            key: template.fill(form, values)
            for key, form in templates.items()
            if all(values.get(name) for name in template.used(form) & _OPTIONAL)
        }

    def _since(self, since: datetime | None) -> dict[str, str]:
        form = self.definition.since
        if form is None or since is None:
            return {}
        moment = since.astimezone(UTC)
        spelled = (
            moment.strftime(_SINCE[form.format]) if form.format in _SINCE else str(int(since.timestamp()))
        )
        return {form.param: template.fill(form.value, {"since": spelled})}

    def _first_page(self) -> dict[str, str]:
        paging = self.definition.page
        return {paging.param: str(paging.first)} if paging else {}

    def _next(self, page: Page, answer: object) -> tuple[Request, ...]:
        """The request for the following page, while the service has one and we want it."""
        paging, number = self.definition.page, int(page.request.context.get("page", "1"))
        if paging is None or number >= paging.pages:
            return ()
        total = words(paths.first((answer,), paging.total)) if paging.total else ""
        if total.isdecimal() and number >= int(total):
            return ()
        url = _with(page.request.url, paging.param, str(paging.first + number * paging.step))
        return (replace(page.request, url=url, context={**page.request.context, "page": str(number + 1)}),)

    # --- reading ------------------------------------------------------------------------------

    def _feed(self, document: Document) -> Parsed:
        return feed.parsed(document, (self._found(entry) for entry in document.entries))

    def _found(self, entry: Entry) -> Finding:
        return feed.found(entry, page_date=self.definition.page_date, asserted=self.definition.asserted)

    def _finding(self, chain: paths.Chain, page: Page) -> Finding:
        definition = self.definition
        read = {name: paths.first(chain, where) for name, where in definition.fields.items()}
        texts = {name: words(value) for name, value in read.items()}
        profile = {name: words(paths.first(chain, where)) for name, where in definition.profile.items()}
        return finding(
            title=texts.get("title", ""),
            urls=(texts.get("url", ""),),
            base=page.url,
            summary=texts.get("summary", ""),
            html=definition.html,
            kind=Kind(definition.kind),
            guid=texts.get("guid", ""),
            author=texts.get("author", ""),
            site=texts.get("site", ""),
            language=texts.get("language", ""),
            published=dates.read(read.get("published"), page.fetched_at, definition.dates),
            page_date=definition.page_date,
            asserted=definition.asserted,
            fields=profile,
        )


def _with(url: str, param: str, value: str) -> str:
    """The URL with one parameter of its query replaced."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), param: value}
    return parts._replace(query=urlencode(query)).geturl()
