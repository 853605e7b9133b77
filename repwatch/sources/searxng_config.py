"""Compares what we ask of a SearXNG instance with what its /config says that it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from repwatch.errors import Misconfigured
from repwatch.model import Page, Parsed
from repwatch.sources.json_body import load, mapping, words

# An instance may hide its configuration; then the results themselves are all we can go by.
UNKNOWN = frozenset({401, 403, 404, 405, 429})

_Engine = Mapping[str, object]


class Wishes(Protocol):
    """What a search asks for."""

    engines: tuple[str, ...]
    categories: tuple[str, ...]
    time_range: str
    pages: int


def check(page: Page, wishes: Wishes) -> Parsed:
    """No findings; ``missing`` names the engines that cannot do all we want.

    Raises Misconfigured for an unknown engine or category, and for a filter that no engine supports.
    """
    if page.status in UNKNOWN:
        return Parsed()
    config = mapping(load(page, "the configuration of a SearXNG instance"))
    listed = config.get("engines")
    engines = [mapping(engine) for engine in listed] if isinstance(listed, list) else []
    if not engines:
        return Parsed()
    _know("engine", wishes.engines, [words(engine.get("name")) for engine in engines])
    _know("category", wishes.categories, [name for engine in engines for name in _categories(engine)])
    used = [engine for engine in engines if _is_used(engine, wishes)]
    notes = _able(used, "time_range_support", "filter by time", raises=True) if wishes.time_range else ()
    paging = _able(used, "paging", "give a second page", raises=False) if wishes.pages > 1 else ()
    return Parsed(missing=(*notes, *paging))


def _know(noun: str, wanted: Sequence[str], offered: Sequence[str]) -> None:
    unknown = [name for name in wanted if name not in offered]
    if unknown:
        raise Misconfigured(
            f"the instance has no {noun} named {', '.join(unknown)}",
            f"it has: {', '.join(sorted(set(filter(None, offered)))[:40])}",
        )


def _categories(engine: _Engine) -> list[str]:
    listed = engine.get("categories")
    return [words(name) for name in listed] if isinstance(listed, list) else []


def _is_used(engine: _Engine, wishes: Wishes) -> bool:
    """SearXNG asks the named engines and, beside them, the enabled ones of the named categories."""
    named = words(engine.get("name")) in wishes.engines
    categories = wishes.categories or (() if wishes.engines else ("general",))
    return named or (engine.get("enabled") is not False and bool(set(categories) & set(_categories(engine))))


def _able(engines: Sequence[_Engine], power: str, deed: str, *, raises: bool) -> tuple[str, ...]:
    """A note on each engine without ``power``; where none has it, an error if ``raises``."""
    weak = [words(engine.get("name")) for engine in engines if engine.get(power) is False]
    if raises and weak and len(weak) == len(engines):
        raise Misconfigured(
            f"no engine that is asked can {deed}: {', '.join(weak)}",
            "leave time_range out, or name engines that support it",
        )
    return tuple(f"{name} cannot {deed}" for name in weak)
