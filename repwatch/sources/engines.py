"""The table of search engines whose saved result pages can be read, and how each is told by its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

PLACES = 10  # of one page, where an engine numbers its pages


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine. Its selectors name ids, attributes and tags rather than classes, which change weekly.

    ``hosts`` are its own: no result leads there. ``pages`` are the paths of its web results, ``tabs``
    the parameters of its other ones (news, images) with the values that still mean the web. ``called``
    finds the query in a page's title, ``marks`` selects what no other engine's page has. ``headlines``
    selects what a result's link is inside or around, ``apart`` the boxes that hold no results (ads,
    questions, news), ``nothing`` what says "no hits". ``counts`` is the parameter that says how many
    results came before, and what it starts from. ``country_first``: its locales are written us-en.
    """

    name: str
    title: str
    hosts: re.Pattern[str]
    pages: re.Pattern[str]
    called: re.Pattern[str]
    marks: str
    headlines: str
    apart: str
    nothing: str
    counts: tuple[str, int] = ("", 0)
    locales: tuple[str, ...] = ()
    country_first: bool = False
    tabs: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Search:
    """What an address asks of an engine. ``before`` counts the results of earlier pages, None unknown."""

    engine: Engine
    query: str = ""
    locale: str = ""
    before: int | None = None
    tab: str = ""


ENGINES = (
    Engine(
        name="google",
        title="Google",
        hosts=re.compile(r"(?:www\.|images\.|maps\.)?google\.(?:com|cat|[a-z]{2}|com?\.[a-z]{2})"),
        pages=re.compile(r"/(?:search|webhp|custom)?"),
        called=re.compile(r"(.+) [-–] [^-–]{0,40}\bGoogle\b[^-–]{0,20}"),  # noqa: RUF001 - some use the dash
        marks="#rso, #gsr, [itemtype$=SearchResultsPage], img[alt=Google]",
        headlines="h3",
        apart="#tads, #tadsb, #bottomads, #tvcap, #rhs, [data-text-ad], [data-initq], [data-q],"
        " .related-question-pair, g-section-with-header, g-scrolling-carousel,"
        " table:not(:has(#search)):not(:has(#res))",  # sitelinks; the oldest pages were tables all over
        nothing="#topstuff [role=heading], #topstuff p em, #topstuff p b",
        counts=("start", 0),
        locales=("hl", "lr"),
        tabs={"tbm": frozenset(), "udm": frozenset({"14"})},
    ),
    Engine(
        name="bing",
        title="Bing",
        hosts=re.compile(r"(?:www\.|cn\.)?bing\.com"),
        pages=re.compile(r"/search"),
        called=re.compile(r"(.+) [-–] (?:[^-–]{0,40} [-–] )?(?:Microsoft )?Bing"),  # noqa: RUF001 - likewise
        marks="#b_results, #sb_form",
        headlines="h2",
        apart=".b_ad, .b_ans, .b_pag, #b_context, #b_pole",
        nothing=".b_no",
        counts=("first", 1),
        locales=("mkt", "setmkt", "setlang"),
    ),
    Engine(
        name="duckduckgo",
        title="DuckDuckGo",
        hosts=re.compile(r"(?:www\.|html\.|lite\.|start\.|safe\.)?duckduckgo\.com"),
        pages=re.compile(r"/(?:html/?)?"),
        called=re.compile(r"(.+?) (?:at|on|chez|sur|bei|auf|en|su|op|-) DuckDuckGo"),
        marks="link[rel=search][title*=DuckDuckGo], meta[content=DuckDuckGo], .react-results--main",
        headlines="h2",
        apart=".result--ad, .results--ads, .results--sidebar, aside, [data-testid=sidebar],"
        " [data-area=sidebar], [data-layout]:not([data-layout=organic])",
        nothing=".no-results, .result--no-result, [data-testid=no-results-message]",
        counts=("s", 0),
        locales=("kl",),
        country_first=True,
        tabs={"iax": frozenset(), "iaxm": frozenset({"web"})},
    ),
    Engine(
        name="qwant",
        title="Qwant",
        hosts=re.compile(r"(?:www\.|lite\.|api\.)?qwant\.com"),
        pages=re.compile(r"/"),
        called=re.compile(r"(.+) [-–] Qwant\b.{0,40}"),  # noqa: RUF001 - likewise
        marks="[data-testid=webResult], link[rel=search][title*=Qwant], meta[content=Qwant]",
        headlines="[data-testid=webResult] h2, [data-testid=webResult] [class*=__title_], article h2",
        apart="[data-testid=adResult], [data-testid=containerAds], [data-testid=newsResult], aside",
        nothing="[data-testid=noResult], [data-testid=noResults], [data-testid=no-results]",
        counts=("offset", 0),
        locales=("locale", "l"),
        tabs={"t": frozenset({"web", "all"})},
    ),
)

TITLES = f"{', '.join(engine.title for engine in ENGINES[:-1])} or {ENGINES[-1].title}"

_ADS = re.compile(r"/(?:pagead/)?(?:acl(?:k|ick)|y\.js)\b")
_AD_HOSTS = re.compile(r"(?:.+\.)?(?:googleadservices\.com|doubleclick\.net|bing\.com|ad\.qwant\.com)")
_LOCALE = re.compile(r"(?:lang_)?([a-z]{2,3})(?:[-_]([a-z]{2}))?", re.IGNORECASE)


def asked(address: str) -> Search | None:
    """What the address asks for, None when it is of no engine in the table."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    host = parts.hostname or ""
    engine = next((each for each in ENGINES if each.hosts.fullmatch(host)), None)
    if engine is None or parts.scheme not in ("http", "https"):
        return None
    # The fragment is where Google kept the query when its pages were loaded by script.
    said = dict(reversed(parse_qsl(f"{parts.query}&{parts.fragment}")))
    if not engine.pages.fullmatch(parts.path or "/"):
        return Search(engine, tab=parts.path)
    return Search(
        engine,
        query=" ".join(said.get("q", "").split()),
        locale=next(filter(None, (_locale(engine, said.get(name, "")) for name in engine.locales)), ""),
        before=_before(engine, said) if said.get("q") else None,
        tab=next(
            (f"{name}={said[name]}" for name, web in engine.tabs.items() if _elsewhere(said, name, web)), ""
        ),
    )


def locale(said: str) -> str:
    """``fr`` or ``fr-FR`` of whatever way it is written in, "" when it is none."""
    found = _LOCALE.fullmatch(said.strip())
    if not found:
        return ""
    language, country = found[1].lower(), (found[2] or "").upper()
    return f"{language}-{country}" if country else language


def source_of(engine: str) -> str:
    """The id of the source that pages of that engine which the user saved count as."""
    return f"serp-{engine}"


def is_ad(url: str) -> bool:
    """Whether a link leads through the counter of an advertiser."""
    parts = urlsplit(url)
    return bool(_AD_HOSTS.fullmatch(parts.hostname or "") and _ADS.match(parts.path))


def _locale(engine: Engine, said: str) -> str:
    country, dash, language = said.partition("-")
    return locale(f"{language}-{country}" if engine.country_first and dash else said)


def _before(engine: Engine, said: Mapping[str, str]) -> int | None:
    """How many results stood on the pages before; 0 for the first page, which does not say so."""
    name, start = engine.counts
    number = said.get(name, str(start))
    return (
        max(int(number) - start, 0)
        if number.isascii() and number.isdigit() and len(number) < PLACES
        else None
    )


def _elsewhere(said: Mapping[str, str], name: str, web: frozenset[str]) -> bool:
    return bool(said.get(name)) and said[name] not in web
