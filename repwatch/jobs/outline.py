"""The feeds of a configuration as an outline (OPML), and what an outline would add to a configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2s

from lxml import etree
from pydantic import BaseModel, ValidationError

from repwatch.config.entries import default_id
from repwatch.config.kinds import Kinds
from repwatch.config.networks import refusal
from repwatch.config.settings import Config, SourceEntry
from repwatch.masking import mask
from repwatch.model import Finding
from repwatch.rules.url import canonical

Entry = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Way:
    """A kind that reads feeds: the option that names one, in an address of that form."""

    kind: str
    key: str
    address: re.Pattern[str]
    form: str = "{}"


_YOUTUBE = "https://www.youtube.com/feeds/videos.xml"
_ID = r"https?://(?:www\.)?youtube\.com/feeds/videos\.xml\?"
WAYS = (
    Way("google_alerts", "feed", re.compile(r"(https?://www\.google\.[a-z.]+/alerts/feeds/\d+/\d+/?)")),
    Way("google_alerts", "feed", re.compile(r"(http://user/\d+/state/com\.google/alerts/\d+)")),  # Reader's
    Way("youtube", "channel", re.compile(rf"{_ID}channel_id=(UC[\w-]+)"), f"{_YOUTUBE}?channel_id={{}}"),
    Way("youtube", "playlist", re.compile(rf"{_ID}playlist_id=([\w-]+)"), f"{_YOUTUBE}?playlist_id={{}}"),
    Way("feed", "url", re.compile(r"(.+)", re.DOTALL)),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an outline holds: entries to add, feeds that are known, and feeds with why they cannot be."""

    new: list[Entry] = field(default_factory=list)
    known: list[Finding] = field(default_factory=list)
    refused: list[tuple[Finding, str]] = field(default_factory=list)


def propose(found: Sequence[Finding], config: Config, kinds: Kinds) -> Proposal:
    """Sort what an outline holds by what it is to this configuration; a feed that is there twice is once."""
    everything = (*config.sources, *config.disabled)
    known = {canonical(address) for entry in everything if (address := address_of(entry))}
    taken = {name for entry in everything for name in (entry.id, entry.entry)}
    proposal = Proposal()
    for item in found:
        url = _url(item.url)
        if why := _refusal(url, config):
            proposal.refused.append((item, why))
        elif canonical(url) in known:
            proposal.known.append(item)
        elif entry := _entry(item.title, url, kinds, taken):
            known.add(canonical(url))
            proposal.new.append(entry)
        else:
            proposal.refused.append((item, "this is not the address of a feed"))
    return proposal


def address_of(entry: SourceEntry) -> str:
    """The address of the feed that a source reads, "" when it reads none."""
    for way in WAYS:
        if way.kind == entry.kind and (value := getattr(entry.options, way.key, "")):
            return way.form.format(value)
    return ""


def written(config: Config, now: datetime, *, secrets: bool) -> tuple[str, int, int]:
    """The outline of a configuration, how many feeds are in it, and how many are not.

    Without ``secrets`` those are left out whose address has a password or a token in it. The numbers of
    an alert are no token of an account: it is what such a file is for.
    """
    feeds = [(entry, url) for entry in (*config.sources, *config.disabled) if (url := address_of(entry))]
    kept = [
        (entry, url) for entry, url in feeds if secrets or entry.kind == "google_alerts" or mask(url) == url
    ]
    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = "Feeds of repwatch"
    etree.SubElement(head, "dateCreated").text = format_datetime(now, usegmt=True)
    for entry, url in kept:
        etree.SubElement(body, "outline", type="rss", text=entry.title, title=entry.title, xmlUrl=url)
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return text.decode(), len(kept), len(feeds) - len(kept)


def _url(said: str) -> str:
    """The address in http(s): "feed:" is how readers once had it opened."""
    if said.lower().startswith("feed://"):
        return f"http{said[4:]}"
    return said[5:] if said.lower().startswith("feed:") else said


def _refusal(url: str, config: Config) -> str:
    if WAYS[1].address.fullmatch(url):
        return ""  # no address at all, but its kind knows what it became
    return refusal(url, config.fetch.allow_private)


def _entry(title: str, url: str, kinds: Kinds, taken: set[str]) -> Entry | None:
    """The entry for the first kind that takes this address, with an id where its own is taken."""
    for way in WAYS:
        found = way.address.fullmatch(url)
        options = _options(kinds, way, found[1]) if found else None
        if found and options is not None:
            entry = {"kind": way.kind, way.key: found[1], "name": title if title != url else ""}
            if (name := default_id(way.kind, options)) in taken:
                entry["id"] = name = f"{way.kind}-{blake2s(url.encode(), digest_size=5).hexdigest()}"
            taken.add(name)
            return {key: value for key, value in entry.items() if value}
    return None


def _options(kinds: Kinds, way: Way, value: str) -> BaseModel | None:
    if way.kind not in kinds.sources:
        return None
    try:
        return kinds.sources[way.kind].options.model_validate({way.key: value})
    except ValidationError:
        return None
