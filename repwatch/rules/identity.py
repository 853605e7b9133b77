"""Gives a finding its identity: the keys under which it is recognised when it is met again.

The first key is the strongest. A mention is known when any of its keys is, and keeps them all.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from repwatch.model import Finding, Kind
from repwatch.rules.headline import folded_headline
from repwatch.rules.text import fold
from repwatch.rules.url import canonical, unwrap
from repwatch.rules.wrappers import opaque

_SCHEME = re.compile(r"^https?:", re.IGNORECASE)
_LONGEST_GUID = 200  # characters; feeds have been seen to put whole articles there
_MANY = 5  # items of one page: fewer may be one article under changing titles


def keys(finding: Finding, source: str, commonplace: str = "") -> tuple[str, ...]:
    """The keys of a finding of the source with the id ``source``, never empty.

    ``url:…`` is the canonical target (never a redirect link), ``uid:`` and ``guid:`` hold within
    their source, ``soft:title|site|day`` stands in where no URL tells the page (the site is its host
    where an aggregator tells it, for names are spelled in many ways), ``text:…`` where the item has
    nothing but its words (a date that its feed makes up anew each time must not count).
    The caller empties guids that are not to be trusted (see ``trustworthy_guids``), and names the
    address that is not (see ``commonplace``).
    """
    found = [key for key in _strong(finding, source) if not commonplace or key != f"url:{commonplace}"]
    if not found and not finding.url:
        return (_text(finding, source),)
    if not any(key.startswith(("url:", "uid:")) for key in found):
        found.append(_soft(finding))
    return tuple(found)


def footprint(key: str) -> str:
    """Sixteen hexadecimal digits that stand for a key where it need only be recognised, not read."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).hexdigest()


def trustworthy_guids(findings: Sequence[Finding]) -> bool:
    """Whether the guids of one page tell its items apart: no two items share one."""
    guids = [item.guid for item in findings if item.guid]
    if len(set(guids)) == len(guids):
        return True
    owners: dict[str, str] = {}
    return all(
        owners.setdefault(item.guid.strip(), _target(item) or item.title) == (_target(item) or item.title)
        for item in findings
        if item.guid.strip()
    )


def commonplace(findings: Sequence[Finding]) -> str:
    """The canonical address that most items of a page share, "" where there is none.

    Podcasts and notices often link every item to one home page: it tells none of them apart.
    """
    by_target: dict[str, list[Finding]] = defaultdict(list)
    for item in findings:
        by_target[_target(item)].append(item)
    target, sharing = max(by_target.items(), key=lambda pair: len(pair[1]), default=("", []))
    apart = min(len({item.guid for item in sharing if item.guid}), len({item.title for item in sharing}))
    return target if apart >= _MANY and 2 * len(sharing) > len(findings) else ""


def _strong(finding: Finding, source: str) -> Iterator[str]:
    uid = finding.fields.get("uid", "")
    if finding.kind is Kind.PROFILE and uid:
        yield f"uid:{source}:{uid}"
    if target := _target(finding):
        yield f"url:{target}"
    if guid := finding.guid.strip():
        yield f"guid:{source}:{_bounded(_SCHEME.sub('', guid))}"


def _target(finding: Finding) -> str:
    """The canonical URL of the page itself, "" when only a redirect knows it."""
    url = unwrap(finding.url or finding.wrapped_url)
    return "" if opaque(url) else canonical(url)


def _soft(finding: Finding) -> str:
    """The same headline of the same publisher on the same day."""
    title = folded_headline(finding.title, finding.site) or _bounded(fold(finding.summary))
    day = finding.published.date().isoformat() if finding.published else ""
    site = finding.fields.get("publisher") or fold(finding.site).strip()
    return f"soft:{title}|{site}|{day}"


def _text(finding: Finding, source: str) -> str:
    """The words of an item without link and guid."""
    words = f"{fold(finding.title)}\n{fold(finding.summary)}"
    return f"text:{source}:{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()}"


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST_GUID else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
