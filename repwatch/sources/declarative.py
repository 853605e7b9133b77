"""Asks the services that a catalog entry describes, and reads their answers as it says.

Where an entry names its ``engine``, a finding notes where it stood, as those of ``searxng`` do. Two
ranks compare when query, engine and locale are equal: the query is the name as a quoted phrase with
every kind, so a subject's history goes on when the back-end changes; the engine is the one whose
results these are ("google" through Serper, SerpApi or SearXNG), and the place on one engine's page
says nothing about another's. Positions count all results with an address, over all pages, whether
they are about the subject or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, product
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from repwatch.errors import ConfigError, Misconfigured
from repwatch.model import Finding, Kind, Page, Parsed, Rank, Request, Subject
from repwatch.sources import answers, dates, feed, paths, syndication, template
from repwatch.sources.definition import Definition, Paging
from repwatch.sources.entry import Document, Entry
from repwatch.sources.item import finding
from repwatch.sources.json_body import words
from repwatch.sources.onward import with_param

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
        self.pages = _pages(definition, options.pages)
        self.values = {
            "language": options.language,
            "country": options.country,
            "country_small": options.country.lower(),
            "contact": options.contact,
            "key": options.key.reveal() if options.key else "",
        }
        self.base = (options.base_url or template.fill(definition.base, self.values)).rstrip("/")
        self.words = definition.canary if options.canary is None else options.canary or ""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A request per subject or per name; none for a subject that lacks what the request is made of."""
        return self.plan_since(subjects, None)

    def plan_since(self, subjects: Sequence[Subject], since: datetime | None) -> Sequence[Request]:
        """The same, asking only for what is newer than ``since`` where the service can.

        Raises Misconfigured when the service wants a key and none is configured.
        """
        self._want_key()
        return [
            self._request(subject.id, asked, since)
            for subject in subjects
            for asked in self._askings(subject)
            if all(asked.get(name) for name in self._needed())
        ]

    def canary(self) -> Request | None:
        """The search for the words that must find something; the last of them is the family name.

        Raises Misconfigured as ``plan_since`` does.
        """
        given, _, family = self.words.rpartition(" ")
        chosen = {name: values[0] for name, values in self.definition.each.items()}
        asked = {"name": self.words, "given": given, "family": family, "alias": self.words, **chosen}
        if not self.words or not all(asked[name] for name in self._needed()):
            return None
        self._want_key()
        request = self._request(None, asked, None)
        return replace(request, context={**request.context, "canary": self.words})

    def parse(self, page: Page) -> Parsed:
        """The findings, and the request for the next page of the answer."""
        definition = self.definition
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            return answers.refused(definition, page)
        if definition.format == "feed":
            return self._feed(feed.read(page))
        answer = answers.read(definition, page)
        if answer is None:
            return Parsed()
        chains = list(paths.all_items(answer, definition.items))
        kept = [chain for chain in chains if answers.wanted(definition, chain, page)]
        findings = self._ranked([self._finding(chain, page) for chain in kept], page)
        return Parsed(
            findings=findings,
            follow=self._next(page, answer, findings) if chains else (),
            missing=answers.missing(definition, answer),
        )

    def glance(self, page: Page) -> Parsed | None:
        """The same for a small and ordinary feed, None for anything else."""
        is_feed = self.definition.format == "feed" and page.status == 200  # noqa: PLR2004 - HTTP's OK
        document = syndication.glance(page) if is_feed else None
        return self._feed(document) if document else None

    # --- asking -------------------------------------------------------------------------------

    def _want_key(self) -> None:
        if not self.definition.keyless and not self.values["key"]:
            raise Misconfigured(f"{self.definition.title} wants a key", "set the option key of this source")

    def _askings(self, subject: Subject) -> Iterator[dict[str, str]]:
        """The values of the placeholders, once per subject or once per name of it, for each of ``each``."""
        own = {"given": subject.given, "family": subject.family, "alias": next(iter(subject.aliases), "")}
        names = subject.names if self.definition.per == "name" else subject.names[:1]
        for name in dict.fromkeys(names):
            for chosen in product(*self.definition.each.values()):
                yield {"name": name, **own, **dict(zip(self.definition.each, chosen, strict=True))}

    def _needed(self) -> frozenset[str]:
        """The parts of a name that the request is made of."""
        ask = self.definition.request
        return template.used([ask.path, ask.params, ask.headers, ask.json]) & _PERSONAL

    def _request(self, subject: str | None, asked: Mapping[str, str], since: datetime | None) -> Request:
        ask, values = self.definition.request, {**self.values, **asked}
        params = {**self._optional(ask.params, values), **self._since(since)}
        url = self.base + template.fill(ask.path, {key: quote(value) for key, value in values.items()})
        headers = self._optional(ask.headers, values)
        body = None
        if ask.json is not None:
            body = json.dumps(template.fill_tree(ask.json, values)).encode()
            headers = {"content-type": "application/json", **headers}
        request = Request(
            url=f"{url}?{urlencode(params)}" if params else url,
            subject=subject,
            method=ask.method,
            headers=headers,
            body=body,
            follow_off_host=not self.definition.engine,  # the name is for that service alone
            expects=frozenset(refusal.status for refusal in self.definition.refusals),
            context={**asked, "page": "1", "ranked": "0"},
        )
        return self._of_page(request, 1)

    def _of_page(self, request: Request, number: int) -> Request:
        """The request for that page of the answer; pages are numbered from 1."""
        paging = self.definition.page
        if paging is None:
            return request
        value = paging.first + (number - 1) * paging.step
        if request.body is None:
            return replace(request, url=with_param(request.url, paging.param, str(value)))
        return replace(request, body=json.dumps({**json.loads(request.body), paging.param: value}).encode())

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

    def _next(self, page: Page, answer: object, findings: Sequence[Finding]) -> tuple[Request, ...]:
        """The request for the following page, while the service has one and we want it."""
        context, paging = page.request.context, self.definition.page
        number = int(context.get("page", "1"))
        if paging is None or number >= self.pages or _is_last(paging, number, answer):
            return ()
        ranked = int(context.get("ranked", "0")) + sum(bool(item.url) for item in findings)
        context = {**context, "page": str(number + 1), "ranked": str(ranked)}
        return (self._of_page(replace(page.request, context=context), number + 1),)

    # --- reading ------------------------------------------------------------------------------

    def _ranked(self, found: Sequence[Finding], page: Page) -> tuple[Finding, ...]:
        """The findings, each with where it stood if this is a search engine's page."""
        if not self.definition.engine:
            return tuple(found)
        context = page.request.context
        places = count(int(context.get("ranked", "0")) + 1)
        return tuple(
            replace(item, rank=self._rank(context.get("name", ""), next(places))) if item.url else item
            for item in found
        )

    def _rank(self, name: str, position: int) -> Rank:
        return Rank(template.quoted(name), self.definition.engine, self._locale(), position)

    def _locale(self) -> str:
        """The locale that is asked for: "fr-FR", or "all" where the service takes none."""
        ask, values = self.definition.request, self.values
        asked = template.used([ask.params, ask.json])
        country = f"-{values['country']}" if asked & {"country", "country_small"} else ""
        return f"{values['language'] if 'language' in asked else 'all'}{country}"

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
            summary=" ".join([texts.get("summary", ""), *self._excerpts(chain)]),
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

    def _excerpts(self, chain: paths.Chain) -> list[str]:
        """The further passages: in one of them a name may stand that the first does not show."""
        return [text for path in self.definition.excerpts for text in paths.texts(chain, path)]


def _pages(definition: Definition, wanted: int | None) -> int:
    """How many pages to read; raises ConfigError when more are wanted than the service can give."""
    if wanted and wanted > 1 and definition.page is None:
        raise ConfigError([f"{definition.title} gives one page of results"], "leave the option pages out")
    return wanted or (definition.page.pages if definition.page else 1)


def _is_last(paging: Paging, number: int, answer: object) -> bool:
    """Whether the service says that nothing comes after this page."""
    total = words(paths.first((answer,), paging.total)) if paging.total else ""
    more = paths.first((answer,), paging.more) if paging.more else True
    return more is False or (total.isdecimal() and number >= int(total))
