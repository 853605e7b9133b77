"""Takes from a title what does not belong to the headline: the site's name, the mark of a cut."""

from __future__ import annotations

import re
from functools import lru_cache

from repwatch.rules.text import fold

_SUFFIX = re.compile(r"\s+(?:[-–—|·»:]|::)\s+([^-–—|·»]{2,60})$")  # noqa: RUF001 - dashes as sites set them
_CUT = re.compile(r"\s*(?:…|\.{3,})\s*$")
_SQUEEZED = re.compile(r"[\W_]+")
_MIN_WORDS = 4  # what is left must still be a headline, not "Ada Exemple"
_MAX_SITE_WORDS = 5
_LONGEST = 1000  # characters: sources cap titles, but one of a third party may forget
_REMEMBERED = 1024  # answers: verdict, priority and story all ask about the same title


@lru_cache(_REMEMBERED)
def headline(title: str, site: str = "", host: str = "") -> str:
    """The title without its site suffix and without the ellipsis of a cut.

    A suffix that names ``site`` or is found in ``host`` always goes; an unknown one only when it is
    short and leaves a whole headline.
    """
    title = _CUT.sub("", title[:_LONGEST])
    found = _SUFFIX.search(title)
    if found is None:
        return title
    rest, suffix = title[: found.start()], found[1]
    if _names_site(suffix, site, host) or _looks_like_a_site(rest, suffix):
        return _CUT.sub("", rest)
    return title


@lru_cache(_REMEMBERED)
def folded_headline(title: str, site: str = "", host: str = "") -> str:
    """The headline in the form in which headlines are compared: folded, words and numbers only."""
    return " ".join(re.findall(r"\w+", fold(headline(title, site, host))))


def _names_site(suffix: str, site: str, host: str) -> bool:
    squeezed = _squeeze(suffix)
    return bool(squeezed) and (squeezed == _squeeze(site) or squeezed in _squeeze(host))


def _looks_like_a_site(rest: str, suffix: str) -> bool:
    return suffix[0].isupper() and len(suffix.split()) <= _MAX_SITE_WORDS and len(rest.split()) >= _MIN_WORDS


def _squeeze(text: str) -> str:
    return _SQUEEZED.sub("", fold(text))
