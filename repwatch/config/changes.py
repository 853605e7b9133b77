"""Says in words what differs between two configurations, for the log of a reload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from repwatch.config.settings import Config

_PLACE = frozenset({"line", "index"})  # an entry that moved within the file has not changed
_NAMED = ("sources", "disabled", "channels", "reports", "subjects")


def differences(old: Config, new: Config) -> list[str]:
    """One line for each thing added, changed or removed; none when both say the same."""
    found = [
        line
        for part in ("subjects", "sources", "channels", "reports")
        for line in _entries(part.removesuffix("s"), _by_id(old, part), _by_id(new, part))
    ]
    found += [
        f"{field.name} changed"
        for field in fields(Config)
        if field.name not in (*_NAMED, "path", "warnings")
        and getattr(old, field.name) != getattr(new, field.name)
    ]
    return found


def _entries(noun: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    yield from (f"{noun} {name} added" for name in new if name not in old)
    yield from (f"{noun} {name} changed" for name in new if name in old and new[name] != old[name])
    yield from (f"{noun} {name} removed" for name in old if name not in new)


def _by_id(config: Config, part: str) -> dict[str, object]:
    entries = getattr(config, part)
    values = entries.values() if isinstance(entries, Mapping) else entries
    return {entry.id: _said(entry) for entry in values}


def _said(entry: object) -> dict[str, object]:
    """What an entry says, wherever in the file it stands."""
    names = [name for name in entry.__dataclass_fields__ if name not in _PLACE]  # type: ignore[attr-defined]
    return {name: getattr(entry, name) for name in names}
