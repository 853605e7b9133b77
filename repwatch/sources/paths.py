"""Walks exact dotted paths through a JSON answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from repwatch.sources.json_body import mapping, words
from repwatch.sources.template import fill_with

Chain = tuple[object, ...]
"""An item, preceded by the items around it."""

_UP = "../"
_PLAIN_IN_URL = ":@"


def items(document: object, path: str) -> Iterator[Chain]:
    """The items at ``path`` ("hits[]", "results[].people[]"), each with those that it lies in."""
    yield from _items((document,), path.split("."))


def _items(chain: Chain, steps: Sequence[str]) -> Iterator[Chain]:
    """Only a list makes a new link of the chain; plain keys are walked through."""
    value = chain[-1]
    for index, step in enumerate(steps):
        value = mapping(value).get(step.removesuffix("[]")) if step != "[]" else value
        if step.endswith("[]"):
            for item in value if isinstance(value, list) else ():
                rest = steps[index + 1 :]
                yield from _items((*chain, item), rest) if rest else ((*chain, item),)
            return
    yield (*chain[:-1], value)


def all_items(document: object, paths: str | tuple[str, ...]) -> Iterator[Chain]:
    """The items at each of the paths in turn."""
    for path in (paths,) if isinstance(paths, str) else paths:
        yield from items(document, path)


def values(chain: Chain, path: str) -> list[object]:
    """Everything at ``path`` as seen from the last item of the chain."""
    up = 0
    while path.startswith(_UP):
        path, up = path.removeprefix(_UP), up + 1
    if up >= len(chain):
        return []
    return [found[-1] for found in items(chain[-1 - up], path)]


def texts(chain: Chain, path: str) -> list[str]:
    """The strings and numbers at ``path``, as text."""
    return [text for text in map(words, values(chain, path)) if text]


def first(chain: Chain, paths: str | tuple[str, ...]) -> object:
    """The first value that is not empty; a path with braces is a template whose every part must exist."""
    for path in (paths,) if isinstance(paths, str) else paths:
        if "{" in path:
            found: object = _filled(chain, path)
        else:
            found = next((value for value in values(chain, path) if value not in (None, "")), None)
        if found not in (None, "", [], {}):
            return found
    return None


def _filled(chain: Chain, template: str) -> str:
    holes: list[str] = []
    is_url = template.startswith("http")

    def part(path: str) -> str:
        found = next(iter(texts(chain, path)), "")
        holes.extend([] if found else [path])
        return quote(found, safe=_PLAIN_IN_URL) if is_url else found

    filled = fill_with(template, part)
    return "" if holes else filled


def has(document: object, path: str) -> bool:
    """Whether the key exists, be its value null."""
    *above, key = path.split(".")
    holder = values((document,), ".".join(above)) if above else [document]
    return any(isinstance(value, dict) and key in value for value in holder)
