"""The tables of kinds: sources and channels, ours by name and third parties' by entry point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from repwatch.channels.base import Channel
from repwatch.channels.email import Email, EmailOptions
from repwatch.config.kinds import Kinds, SourceKind
from repwatch.config.load import catalog as named_catalog
from repwatch.config.load import load as load_config
from repwatch.config.settings import Config
from repwatch.errors import ConfigError
from repwatch.sources.base import Source
from repwatch.sources.bluesky import Bluesky
from repwatch.sources.declarative import Declarative
from repwatch.sources.definition import Definition, Group
from repwatch.sources.discourse import Discourse
from repwatch.sources.feed import Feed
from repwatch.sources.gdelt import Gdelt
from repwatch.sources.google_alerts import GoogleAlerts
from repwatch.sources.lobsters import Lobsters
from repwatch.sources.mailbox import Mailbox
from repwatch.sources.mastodon import Mastodon
from repwatch.sources.news_sitemap import NewsSitemap
from repwatch.sources.options.bluesky import BlueskyOptions
from repwatch.sources.options.declarative import DeclarativeOptions, KeyedOptions
from repwatch.sources.options.discourse import DiscourseOptions
from repwatch.sources.options.feed import FeedOptions
from repwatch.sources.options.gdelt import GdeltOptions
from repwatch.sources.options.google_alerts import GoogleAlertsOptions
from repwatch.sources.options.lobsters import LobstersOptions
from repwatch.sources.options.mailbox import MailboxOptions
from repwatch.sources.options.mastodon import MastodonOptions
from repwatch.sources.options.news_sitemap import NewsSitemapOptions
from repwatch.sources.options.page import PageOptions
from repwatch.sources.options.podcasts import PodcastsOptions
from repwatch.sources.options.reddit import RedditOptions
from repwatch.sources.options.searxng import SearxngOptions
from repwatch.sources.options.stackexchange import StackExchangeOptions
from repwatch.sources.options.telegram import TelegramOptions
from repwatch.sources.options.wikipedia_article import WikipediaArticleOptions
from repwatch.sources.options.youtube import YoutubeOptions
from repwatch.sources.page import WatchedPage
from repwatch.sources.podcasts import Podcasts
from repwatch.sources.read_catalog import load_catalog
from repwatch.sources.reddit_api import RedditApi
from repwatch.sources.reddit_feed import RedditFeed
from repwatch.sources.searxng import Searxng
from repwatch.sources.stackexchange import StackExchange
from repwatch.sources.telegram import Telegram
from repwatch.sources.wikipedia_article import WikipediaArticle
from repwatch.sources.youtube import Youtube

CATALOG = Path(__file__).with_name("sources") / "catalog"

Options = Any  # each kind's own model; ``make`` gets what its ``options`` validated


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, for services that want to know: the owner's contact and language."""

    contact: str
    language: str


@dataclass(frozen=True, slots=True)
class SourcePlugin:
    """A kind of source. What an entry point of the group ``repwatch.sources`` must be.

    ``group`` is what it is listed under, ``about`` what it reads and whom it tells the name.
    """

    options: type[BaseModel]
    make: Callable[[Options, Asker], Source]
    title: str
    every: str = "2h"
    people: bool = False  # one of the finders that ``kind: people`` stands for
    keyless: bool = False  # answers about any name without an account: ``repwatch watch`` may ask it
    about: str = ""
    group: Group = "web"
    ranks: bool = False  # notes where each page stood among the results
    definition: Definition | None = None  # of a catalog entry


@dataclass(frozen=True, slots=True)
class ChannelPlugin:
    """A kind of channel. What an entry point of the group ``repwatch.channels`` must be."""

    options: type[BaseModel]
    make: Callable[[Options], Channel]


SOURCES: Mapping[str, SourcePlugin] = {
    "google_alerts": SourcePlugin(
        GoogleAlertsOptions,
        lambda options, _: GoogleAlerts(options),
        "Google Alerts",
        every="1h",
        group="news",
        about="A Google Alert whose results are delivered as a feed. No name is sent.",
    ),
    "feed": SourcePlugin(
        FeedOptions,
        lambda options, _: Feed(options),
        "Feed",
        every="1h",
        group="news",
        about="Any RSS, Atom or JSON feed. No name is sent.",
    ),
    "gdelt": SourcePlugin(
        GdeltOptions,
        lambda options, _: Gdelt(options),
        "GDELT",
        every="6h",
        group="news",
        about="News articles from all over the world, through GDELT's free search, which is often too busy "
        "to answer: an extra, never the only source. Each name and alias is sent, as a quoted phrase.",
    ),
    "mailbox": SourcePlugin(
        MailboxOptions,
        lambda options, _: Mailbox(options),
        "Alert mails",
        every="1h",
        group="news",
        about="Google Alerts that are delivered by e-mail, read over IMAP from a mailbox of yours. Nothing "
        "in it is changed, not even marked as read. No name is sent.",
    ),
    "news_sitemap": SourcePlugin(
        NewsSitemapOptions,
        lambda options, _: NewsSitemap(options),
        "News sitemap",
        every="1h",
        group="news",
        about="All that a site published in the last two days, through its news sitemap. No name is sent.",
    ),
    "podcasts": SourcePlugin(
        PodcastsOptions,
        lambda options, _: Podcasts(options),
        "Podcasts",
        every="12h",
        group="news",
        about="Episodes that name somebody, and shows, through Podcast Index with a free key. Each name and "
        "alias is sent.",
    ),
    "youtube": SourcePlugin(
        YoutubeOptions,
        lambda options, _: Youtube(options),
        "YouTube",
        every="2h",
        group="news",
        about="The newest videos of a YouTube channel or playlist: title and description. No name is sent.",
    ),
    "searxng": SourcePlugin(
        SearxngOptions,
        lambda options, _: Searxng(options),
        "Web search",
        every="12h",
        group="search",
        ranks=True,
        about="Your own SearXNG (or old searx), with JSON output on; where each page ranks is kept. "
        "Each name and alias is sent to it, as a quoted phrase.",
    ),
    "page": SourcePlugin(
        PageOptions,
        lambda options, _: WatchedPage(options),
        "Web page",
        every="6h",
        group="page",
        about="Any web page: a change of its text is told word by word, once a second look has confirmed it; "
        "so is that the page is gone, or no longer bears the name. No name is sent.",
    ),
    "wikipedia_article": SourcePlugin(
        WikipediaArticleOptions,
        lambda options, asker: WikipediaArticle(options, asker.language),
        "Wikipedia article",
        every="6h",
        group="page",
        about="One article of Wikipedia (or another MediaWiki) and its talk page, watched as a `page` is: "
        "what is undone within minutes is not told. The article's title is sent, which may be a name.",
    ),
    "bluesky": SourcePlugin(
        BlueskyOptions,
        lambda options, _: Bluesky(options),
        "Bluesky posts",
        every="6h",
        group="forum",
        about="Posts on Bluesky, searched through the server of your account with an app password. Each name "
        "and alias is sent, as a quoted phrase.",
    ),
    "discourse": SourcePlugin(
        DiscourseOptions,
        lambda options, _: Discourse(options),
        "Discourse",
        every="6h",
        group="forum",
        about="Posts in one Discourse forum, public or with a key. Each name and alias is sent, as a quoted "
        "phrase.",
    ),
    "lobsters": SourcePlugin(
        LobstersOptions,
        lambda options, _: Lobsters(options),
        "Lobsters",
        every="1h",
        group="forum",
        about="The newest stories and comments on lobste.rs, and whatever links to a domain; it has no "
        "search for programs. No name is sent.",
    ),
    "mastodon": SourcePlugin(
        MastodonOptions,
        lambda options, _: Mastodon(options),
        "Mastodon",
        every="1h",
        group="forum",
        about="Tags and accounts of one Mastodon instance, for which no name is sent; with a token also its "
        "search, to which each name and alias is sent, as a quoted phrase.",
    ),
    "reddit": SourcePlugin(
        RedditOptions,
        lambda options, _: RedditApi(options) if options.client_id else RedditFeed(options),
        "Reddit",
        every="6h",
        group="forum",
        about="Posts on Reddit, through the feed token of your account or an application of your own; "
        "without either, Reddit refuses programs. Each name and alias is sent, as a quoted phrase.",
    ),
    "stackexchange": SourcePlugin(
        StackExchangeOptions,
        lambda options, _: StackExchange(options),
        "StackExchange",
        every="6h",
        group="forum",
        about="Questions on Stack Overflow and its sister sites. Each name and alias is sent, as a quoted "
        "phrase.",
    ),
    "telegram": SourcePlugin(
        TelegramOptions,
        lambda options, _: Telegram(options),
        "Telegram",
        every="6h",
        group="forum",
        about="Posts in public channels of Telegram that have a web preview. Each name and alias is sent.",
    ),
}

CHANNELS: Mapping[str, ChannelPlugin] = {
    "email": ChannelPlugin(EmailOptions, Email),
}

COUNTRIES = {"fr": "FR", "en": "US"}  # of the results, where the YAML names none


def source_plugins(own_catalog: Path | None = None) -> dict[str, SourcePlugin]:
    """Every kind of source there is: ours, the catalog's, the user's own folder's, third parties'.

    Raises ConfigError when a catalog file is wrong or a name is taken twice.
    """
    found = dict(SOURCES)
    _add(found, _catalog(), "the catalog")
    if own_catalog:
        own = load_catalog(own_catalog)
        _add(found, {name: from_catalog(entry) for name, entry in own.items()}, str(own_catalog))
    _add(found, _third_party("repwatch.sources", SourcePlugin), "an installed package")
    return found


@cache
def _catalog() -> Mapping[str, SourcePlugin]:
    """The kinds of our own catalog, whose files do not change while we run."""
    return {name: from_catalog(entry) for name, entry in load_catalog(CATALOG).items()}


def channel_plugins() -> dict[str, ChannelPlugin]:
    """Every kind of channel there is."""
    found = dict(CHANNELS)
    _add(found, _third_party("repwatch.channels", ChannelPlugin), "an installed package")
    return found


def kinds(sources: Mapping[str, SourcePlugin], channels: Mapping[str, ChannelPlugin]) -> Kinds:
    """The tables as the configuration wants them."""
    return Kinds(
        sources={name: SourceKind(kind.options, kind.every, kind.title) for name, kind in sources.items()},
        channels={name: kind.options for name, kind in channels.items()},
        members={"people": tuple(name for name, kind in sources.items() if kind.people)},
    )


def load(path: Path) -> Config:
    """The configuration at ``path``, checked against every kind there is; raises ConfigError."""
    return load_config(path, all_kinds(path))


def all_kinds(path: Path | None = None) -> Kinds:
    """Every kind that the configuration at ``path`` may use, its own catalog folder's among them."""
    return kinds(source_plugins(named_catalog(path) if path else None), channel_plugins())


def from_catalog(definition: Definition) -> SourcePlugin:
    """A catalog entry as a kind."""
    return SourcePlugin(
        options=DeclarativeOptions if definition.keyless else KeyedOptions,
        make=partial(_declarative, definition),
        title=definition.title,
        every=definition.every or ("1d" if definition.people else "2h"),
        people=definition.people,
        keyless=definition.keyless,
        about=definition.about,
        group=definition.group,
        ranks=bool(definition.engine),
        definition=definition,
    )


def _declarative(definition: Definition, options: DeclarativeOptions, asker: Asker) -> Declarative:
    own = {
        "contact": asker.contact,
        "language": asker.language,
        "country": COUNTRIES.get(asker.language, "US"),
    }
    missing = {name: value for name, value in own.items() if name not in options.model_fields_set}
    return Declarative(definition, options.model_copy(update=missing))


def _third_party(group: str, wanted: type) -> dict[str, Any]:
    found = {point.name: point.load() for point in entry_points(group=group)}
    for name, kind in found.items():
        if not isinstance(kind, wanted):
            raise ConfigError([f"the installed kind {name!r} is no {wanted.__name__}"], "update or remove it")
    return found


def _add(found: dict[str, Any], more: Mapping[str, Any], origin: str) -> None:
    for name, kind in more.items():
        if name in found:
            raise ConfigError([f"the kind {name!r} of {origin} exists already"], "give it another name")
        found[name] = kind
