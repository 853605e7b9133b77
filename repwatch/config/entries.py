"""From the entries as they are written to sources and channels, checked against their kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from repwatch.config.cadence import Cadence
from repwatch.config.document import Document, Keys, Plain
from repwatch.config.kinds import MEMBERS_KEY, Kinds, SourceKind
from repwatch.config.networks import host, refusal
from repwatch.config.problems import Problem, explain, suggestion
from repwatch.config.schema import ChannelKeys, FetchKeys, SourceKeys
from repwatch.config.settings import ChannelEntry, SourceEntry
from repwatch.masking import keep_secrets_of

M = TypeVar("M", bound=BaseModel)

_ADDRESS_KEYS = ("url", "feed")  # what tells two sources of one kind apart
_ASKED_KEYS = (*_ADDRESS_KEYS, "base_url")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads entries of one document; what is wrong is added to ``problems``."""

    document: Document
    kinds: Kinds
    fetch: FetchKeys
    problems: list[Problem]

    def sources(self) -> list[SourceEntry]:
        """Every source, disabled ones too, umbrellas spread out."""
        written = self.document.data.get("sources")
        if not isinstance(written, list):
            return []
        found = [
            entry
            for index, item in enumerate(written)
            if isinstance(item, dict)
            for entry in self._entry(item, index)
        ]
        self._unique(found)
        return told_apart(found)

    def channels(self) -> dict[str, ChannelEntry]:
        """Every channel by its id."""
        written = self.document.data.get("channels")
        items = written.items() if isinstance(written, dict) else ()
        found = (self._channel(name, item) for name, item in items if isinstance(item, dict))
        return {entry.id: entry for entry in found if entry}

    def _channel(self, name: str, item: Mapping[str, Plain]) -> ChannelEntry | None:
        path: Keys = ("channels", name)
        kind = item.get("kind")
        if not self._known(path, kind, tuple(self.kinds.channels)):
            return None
        rest = {key: value for key, value in item.items() if key != "kind"}
        options = self._valid(self.kinds.channels[str(kind)], rest, path, ChannelKeys)
        if options is None:
            return None
        return ChannelEntry(name, str(kind), options, self.document.place(path)[0])

    def _entry(self, item: Mapping[str, Plain], index: int) -> Iterator[SourceEntry]:
        path: Keys = ("sources", index)
        kind = item.get("kind")
        if not self._known(path, kind, self.kinds.source_names):
            return
        shared = {key: value for key, value in item.items() if key in SourceKeys.model_fields}
        rest = {key: value for key, value in item.items() if key not in shared}
        keys = self._valid(SourceKeys, shared, path)
        if kind in self.kinds.members:
            members = self._members(str(kind), rest.pop(MEMBERS_KEY, None), path)
        else:
            members = (str(kind),)
        for member in members:
            options = self._valid(self.kinds.sources[member].options, rest, path, SourceKeys)
            if keys is not None and options is not None:
                entry = self._source(keys, member, options, index)
                self._reachable(entry, path)
                yield entry

    def _members(self, kind: str, chosen: Plain, path: Keys) -> tuple[str, ...]:
        """The kinds that an umbrella entry stands for: those it names, or all."""
        known = self.kinds.members[kind]
        if chosen is None:
            return known
        if not isinstance(chosen, list) or not chosen:
            words = f"expected a list of {', '.join(known)}"
            self.problems.append(Problem((*path, MEMBERS_KEY), words))
            return ()
        for index, member in enumerate(chosen):
            if member not in known:
                hint = suggestion(str(member), known)
                words = f"unknown finder '{member}'{hint}; known: {', '.join(known)}"
                self.problems.append(Problem((*path, MEMBERS_KEY, index), words))
        return tuple(dict.fromkeys(str(member) for member in chosen if member in known))

    def _source(self, keys: SourceKeys, member: str, options: BaseModel, index: int) -> SourceEntry:
        kind = self.kinds.sources[member]
        entry = keys.id or default_id(keys.kind, options)
        inside = member != keys.kind
        return SourceEntry(
            id=f"{entry}-{member}" if inside else entry,
            entry=entry,
            kind=member,
            options=options,
            title=_title(keys, member, kind, options),
            every=keys.every or Cadence.parse(kind.every),
            subjects=tuple(dict.fromkeys(keys.subject)),
            allow_private=(*self.fetch.allow_private, *keys.allow_private),
            proxy=keys.proxy or self.fetch.proxy or "",
            interval=self.fetch.interval if keys.interval is None else keys.interval,
            user_agent=keys.user_agent or "",
            line=self.document.place(("sources", index))[0],
            index=index,
            enabled=keys.enabled,
            budget=keys.budget,
        )

    def _reachable(self, entry: SourceEntry, path: Keys) -> None:
        for key in _ASKED_KEYS:
            address = getattr(entry.options, key, None)
            if address and (why := refusal(str(address), entry.allow_private)):
                self.problems.append(Problem((*path, key), why))
        for _, value in entry.options:
            if isinstance(value, str):
                keep_secrets_of(value)
        keep_secrets_of(entry.proxy)
        own_proxy = entry.proxy != self.fetch.proxy and entry.proxy
        if own_proxy and (why := refusal(own_proxy, entry.allow_private)):
            self.problems.append(Problem((*path, "proxy"), why))

    def _unique(self, found: list[SourceEntry]) -> None:
        lines: dict[str, int] = {}
        for entry in found:
            if entry.id in lines:
                words = f"line {lines[entry.id]} has a source '{entry.id}' too: give one an `id:` of its own"
                self.problems.append(Problem(("sources", entry.index), words))
            lines.setdefault(entry.id, entry.line)

    def _known(self, path: Keys, kind: Plain, known: tuple[str, ...]) -> bool:
        names = ", ".join(sorted(known))
        if kind is None:
            self.problems.append(Problem(path, f"'kind' is missing; known: {names}"))
        elif kind not in known:
            words = f"unknown kind '{kind}'{suggestion(str(kind), known)}; known: {names}"
            self.problems.append(Problem((*path, "kind"), words))
        return kind in known

    def _valid(
        self, model: type[M], data: Mapping[str, Plain], path: Keys, *also: type[BaseModel]
    ) -> M | None:
        """The model, or None after its problems were noted; keys of ``also`` may be suggested."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.problems.extend(explain(error, (model, *also), path))
            return None


def default_id(kind: str, options: BaseModel) -> str:
    """The kind, and four hex digits of the address if its kind has one."""
    address = _address(options)
    digest = blake2s(address.encode(), digest_size=2).hexdigest()
    return f"{kind}-{digest}" if address else kind


def told_apart(entries: Sequence[SourceEntry]) -> list[SourceEntry]:
    """The entries; those of one title have their id in it, or nobody could say which of them is meant."""
    called = Counter(entry.title for entry in entries)
    return [replace(entry, title=_with_id(entry)) if called[entry.title] > 1 else entry for entry in entries]


def with_subjects(entries: list[SourceEntry], known: tuple[str, ...]) -> Iterator[Problem]:
    """The problems of sources that look for a subject nobody described."""
    for entry in entries:
        for name in entry.subjects:
            if name not in known:
                words = f"unknown subject '{name}'{suggestion(name, known)}; known: {', '.join(known)}"
                yield Problem(("sources", entry.index, "subject"), words)


def enabled(entries: list[SourceEntry], *, wanted: bool) -> tuple[SourceEntry, ...]:
    """The entries that are checked (``wanted``), or those that are only kept."""
    return tuple(entry for entry in entries if entry.enabled is wanted)


def _address(options: BaseModel) -> str:
    return next((str(value) for key in _ADDRESS_KEYS if (value := getattr(options, key, None))), "")


def _title(keys: SourceKeys, member: str, kind: SourceKind, options: BaseModel) -> str:
    called = kind.title or member.replace("_", " ")
    if keys.name:
        return keys.name if member == keys.kind else f"{keys.name}: {called}"
    where = host(_address(options))
    return f"{called} ({where})" if where else called


def _with_id(entry: SourceEntry) -> str:
    title, inside = entry.title, entry.title.endswith(")")
    return f"{title[:-1]}, {entry.id})" if inside else f"{title} ({entry.id})"
