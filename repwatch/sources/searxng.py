"""Asks a SearXNG instance for each name of a subject, and notes where each result stood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreachable
from repwatch.model import Finding, Page, Parsed, Rank, Request, Subject
from repwatch.rules import refusal, text
from repwatch.sources import dates, searxng_config, template
from repwatch.sources.item import finding
from repwatch.sources.json_body import load, mapping, words
from repwatch.sources.strange import retry_after, strange

if TYPE_CHECKING:  # the parser child imports this module and must not pay for pydantic
    from repwatch.sources.options.searxng import SearxngOptions

_KIND = "the JSON of a SearXNG instance"
_CHECK_ADDRESS = "check that the url of this source is the address of a SearXNG instance"
_ALLOW_JSON = 'add "json" to search.formats in the settings.yml of the instance'
_LET_US_IN = "add this machine to pass_ip in the limiter.toml of the instance"
_REFUSES_FORMATS = frozenset({400, 403, 429})

# With these a word is an order to SearXNG (an engine, another site, a language, a time limit).
_ORDERS = "!:?<"
# Reasons an engine gives for its silence that are refusals; all others are failures.
_REFUSALS = ("captcha", "access denied", "too many requests", "suspended", "blocked")
_PUBDATE = ("%Y-%m-%d %H:%M:%S%z",)


class Searxng:
    """One instance; a search per name, page after page as long as there are results."""

    def __init__(self, options: SearxngOptions) -> None:
        self.url = options.url.rstrip("/").removesuffix("/search")
        self.engines = options.engines
        self.categories = options.categories
        self.language = options.language
        self.time_range: str = options.time_range
        self.pages = options.pages
        self.method = options.method
        self.safesearch = options.safesearch
        self.words = options.canary or ""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        """A search per name and alias.

        Where engines, categories, a time range or more pages are configured, a question about the
        instance's own configuration comes first: SearXNG answers an unknown name with its default
        engines, and an unsupported filter with silence. It belongs to the run whose searches it may
        forbid, hence to the subject, though it carries no name.
        """
        chosen = bool(self.engines or self.categories or self.time_range or self.pages > 1)
        return [request for subject in subjects for request in self._asked_for(subject, chosen=chosen)]

    def parse(self, page: Page) -> Parsed:
        """The results with their ranks, or what is wrong with the configuration."""
        if "query" not in page.request.context:
            return searxng_config.check(page, self)
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise _refused(page)
        answer = mapping(load(page, _KIND, _CHECK_ADDRESS))
        results, failed = answer.get("results"), _unresponsive(answer)
        if not isinstance(results, list):
            raise strange(page, _KIND, _CHECK_ADDRESS)
        if not results and failed:
            self._blame(page, failed)
        findings = tuple(self._findings(results, page))
        if findings:
            self._verify(results)
        return Parsed(findings, self._next(page, len(findings)), _missing(failed))

    def canary(self) -> Request | None:
        """A search that every instance finds something for."""
        if not self.words:
            return None
        request = self._search(self.words, None)
        return replace(request, context={**request.context, "canary": self.words})

    def _asked_for(self, subject: Subject, *, chosen: bool) -> Iterator[Request]:
        if chosen:
            yield self._question(subject.id)
        for name in _unique(subject):
            yield self._search(name, subject.id)

    def _search(self, name: str, subject: str | None) -> Request:
        query = phrase(name)
        context = {"query": query, "page": "1", "offset": "0"}
        return self._request(Request(self.url, subject, follow_off_host=False, context=context))

    def _request(self, draft: Request) -> Request:
        """The draft with its address, or form, for the query and the page in its context."""
        asked = {
            "q": draft.context["query"],
            "format": "json",
            "pageno": draft.context["page"],
            "engines": ",".join(self.engines),
            "categories": ",".join(self.categories),
            "language": self.language,
            "time_range": self.time_range,
            "safesearch": str(self.safesearch),
        }
        form = urlencode({key: value for key, value in asked.items() if value})
        # The limiter of SearXNG refuses whoever does not look like a browser in these two.
        headers = {"accept": "application/json, text/html", "accept-language": self._accept_language()}
        draft = replace(draft, headers=headers, expects=_REFUSES_FORMATS)
        if self.method == "GET":
            return replace(draft, url=f"{self.url}/search?{form}")
        headers |= {"content-type": "application/x-www-form-urlencoded"}
        return replace(draft, url=f"{self.url}/search", method="POST", headers=headers, body=form.encode())

    def _accept_language(self) -> str:
        return "en" if self.language in ("all", "auto") else f"{self.language},en;q=0.5"

    def _question(self, subject: str) -> Request:
        headers = {"accept": "application/json, text/html", "accept-language": self._accept_language()}
        return Request(
            f"{self.url}/config",
            subject,
            headers=headers,
            expects=searxng_config.UNKNOWN,
            follow_off_host=False,
        )

    def _next(self, page: Page, ranked: int) -> tuple[Request, ...]:
        """The search for the following page, while pages are wanted and this one was not empty."""
        context = page.request.context
        number = int(context["page"])
        if not ranked or number >= self.pages:
            return ()
        offset = str(int(context["offset"]) + ranked)
        context = {**context, "page": str(number + 1), "offset": offset}
        return (self._request(replace(page.request, context=context)),)

    def _findings(self, results: Sequence[object], page: Page) -> Iterator[Finding]:
        """The results that lead somewhere; key/value answers (currencies, weather) have no address."""
        context = page.request.context
        position = int(context["offset"])
        for result in map(mapping, results):
            item = _finding(result, page)
            if item.url:
                position += 1
                rank = Rank(context["query"], ", ".join(_engines(result)), self.language, position)
                yield replace(item, rank=rank)

    def _blame(self, page: Page, failed: Mapping[str, str]) -> None:
        """Raise for an empty answer whose engines failed, unless one of them was sound."""
        if page.request.context["page"] != "1" or len(self.engines) > len(failed):
            return
        reasons = "; ".join(_missing(failed))
        if any(refusal in reason.lower() for reason in failed.values() for refusal in _REFUSALS):
            raise Blocked(f"no engine of the instance answered: {reasons}")
        raise Unreachable(f"no engine of the instance answered: {reasons}")

    def _verify(self, results: Sequence[object]) -> None:
        """Raise where the results come from other engines than those that were asked for."""
        answered = {engine for result in results for engine in _engines(mapping(result))}
        if self.engines and answered and not answered & set(self.engines):
            wanted, got = ", ".join(self.engines), ", ".join(sorted(answered))
            raise Misconfigured(
                f"the instance did not use the engines {wanted} but {got}",
                "compare the names with those on the instance's preferences page",
            )


def phrase(name: str) -> str:
    """The name as a quoted phrase in which no word is an order to SearXNG ("!!g" leaves for Google)."""
    harmless = (word.lstrip(_ORDERS) for word in template.phrase(name).split())
    return template.quoted(" ".join(harmless))


def _unique(subject: Subject) -> Iterator[str]:
    """The subject's names that are different questions."""
    return iter({text.fold(phrase(name)): name for name in reversed(subject.names)}.values())


def _finding(result: Mapping[str, object], page: Page) -> Finding:
    """One result. Its date was made in the instance's unknown zone: kept, but not the page's own.

    Old searx writes a phrase in its own language into ``publishedDate``; ``pubdate`` is for machines.
    """
    published = dates.read(result.get("pubdate"), page.fetched_at, _PUBDATE)
    return finding(
        title=words(result.get("title")),
        urls=(words(result.get("url")),),
        summary=words(result.get("content")),
        author=words(result.get("author")),
        published=published or dates.read(result.get("publishedDate"), page.fetched_at),
    )


def _engines(result: Mapping[str, object]) -> list[str]:
    """The engines that gave the result, sorted, for their threads race."""
    listed = result.get("engines")
    named = listed if isinstance(listed, list) and listed else [result.get("engine")]
    return sorted(filter(None, map(words, named)))


def _unresponsive(answer: Mapping[str, object]) -> dict[str, str]:
    """The engines that gave no answer, each with its reason."""
    listed = answer.get("unresponsive_engines")
    pairs = [pair for pair in listed if isinstance(pair, list) and pair] if isinstance(listed, list) else []
    return {text.clean(words(pair[0]), 80): text.clean(words(pair[-1]), 120) for pair in pairs}


def _missing(failed: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{engine}: {reason}" for engine, reason in sorted(failed.items()))


def _refused(page: Page) -> SourceError:
    """What the instance means by a status that is not 200."""
    if page.status == 429:  # noqa: PLR2004 - Too Many Requests
        return Blocked("the instance's limiter refuses us", _LET_US_IN, retry_after=retry_after(page))
    if page.status == 400:  # noqa: PLR2004 - Bad Request
        said = words(mapping(load(page, _KIND, _CHECK_ADDRESS)).get("error"))
        return Misconfigured(f"the instance refuses the search: {text.clean(said, 200) or 'no reason given'}")
    # Flask's own short "403 Forbidden" is how SearXNG says it; a challenge page is somebody else's.
    cause = refusal.recognise(page.status, page.headers, page.body)
    if cause not in ("", "access denied page"):
        return Blocked(cause)
    return Misconfigured("the instance does not give its results as JSON", _ALLOW_JSON)
