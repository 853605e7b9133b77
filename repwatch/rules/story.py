"""Says which findings tell the same story: the first version goes by the headline alone.

``story_key`` is all that others know of it, so that a grouping by content can take its place.
"""

from __future__ import annotations

import hashlib

from repwatch.model import Finding, Kind
from repwatch.rules.headline import folded_headline
from repwatch.rules.url import canonical, host

_ENOUGH_WORDS = 4  # "Ada Exemple" heads a hundred pages that tell different things
_TELLING_WORDS = 9  # where a title was cut, the beginning must do


def story_key(finding: Finding, subject_id: str) -> str:
    """The key that the findings of one story share, within one subject; 24 hexadecimal digits.

    The same headline on ten sites is one story, cut or not, with or without the site's name. A
    profile, or a title of a few words, is a story of its own.
    """
    words = folded_headline(finding.title, finding.site, host(finding.url)).split()
    told = " ".join(words[:_TELLING_WORDS])
    if finding.kind is Kind.PROFILE or len(words) < _ENOUGH_WORDS:
        told += " @" + (canonical(finding.url) or finding.guid)
    return hashlib.sha256(f"{subject_id}\n{told}".encode("utf-8", "replace")).hexdigest()[:24]
