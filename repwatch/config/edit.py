"""Adds and removes sources in the YAML text; comments and every other byte stay as they are."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from repwatch.config.document import SIZE, Document, read
from repwatch.config.kinds import Kinds
from repwatch.config.load import build, check
from repwatch.config.problems import suggestion
from repwatch.config.settings import Config, SourceEntry
from repwatch.config.write import write
from repwatch.errors import ConfigError

_WIDE = 1_000_000  # an entry stays on one line


def add_source(path: Path, entry: Mapping[str, object], kinds: Kinds) -> Config:
    """Append an entry to ``sources`` and return the new Config.

    Raises ConfigError, and leaves the file as it is, if the result would not be valid.
    """
    return add_sources(path, [entry], kinds)


def add_sources(path: Path, entries: Sequence[Mapping[str, object]], kinds: Kinds) -> Config:
    """Append all of these entries to ``sources`` or none, like ``add_source``."""
    document = read(path)
    build(document, path, kinds)
    return _store(path, with_sources(document, entries), kinds)


def remove_source(path: Path, name: str, kinds: Kinds) -> Config:
    """Take out the entry with this id and return the new Config; raises ConfigError as above."""
    document = read(path)
    config = build(document, path, kinds)
    return _store(path, without_source(document, _index(config, name)), kinds)


def _store(path: Path, text: str, kinds: Kinds) -> Config:
    if len(text.encode()) > SIZE:
        raise ConfigError([f"{path}: the file would be larger than 1 MiB"], "add fewer sources at once")
    config = check(text, path, kinds)
    with path.open("rb") as file:
        bom = file.read(3) == codecs.BOM_UTF8
    write(path, text, bom=bom)
    return config


def _index(config: Config, name: str) -> int:
    """The position in the file of the entry with this id; raises ConfigError."""
    everything = (*config.sources, *config.disabled)
    ids = {entry.id for entry in everything} | {entry.entry for entry in everything}
    chosen = next((entry for entry in everything if name in {entry.entry, entry.id}), None)
    if chosen is None:
        raise ConfigError(
            [f"there is no source '{name}'{suggestion(name, ids)}"],
            f"known: {', '.join(sorted(ids)) or 'none'}",
        )
    if name != chosen.entry:
        raise ConfigError([_shared(config, chosen)], f"edit that line, or remove all of '{chosen.entry}'")
    return chosen.index


def _shared(config: Config, chosen: SourceEntry) -> str:
    return f"'{chosen.id}' is one of several in the entry on line {chosen.line} of {config.path}"


def with_sources(document: Document, entries: Sequence[Mapping[str, object]]) -> str:
    """The text with more sources at the end of the list, each on a line of its own where the list is one."""
    written = [_written(entry) for entry in entries]
    node = document.nodes.get(("sources",))
    lines = document.text.splitlines(keepends=True)
    if node is None:
        return _insert(lines, len(lines), ["sources:", *_dashed(written)])
    if not isinstance(node, yaml.SequenceNode):  # the key stands there without a value
        return _insert(lines, document.keys[("sources",)][0], _dashed(written))
    if node.flow_style and not node.value:  # `sources: []`, as removing the last one leaves it
        start, end = (_offset(lines, mark.line, mark.column) for mark in (node.start_mark, node.end_mark))
        lines = (document.text[:start].rstrip(" ") + document.text[end:]).splitlines(keepends=True)
        return _insert(lines, document.keys[("sources",)][0], _dashed(written))
    if node.flow_style:
        end = _offset(lines, node.end_mark.line, node.end_mark.column) - 1
        separator = ", " if node.value and not _ends_in_comma(document.text[:end]) else ""
        return document.text[:end].rstrip(" ") + separator + ", ".join(written) + document.text[end:]
    return _insert(lines, _last_line(node, lines) + 1, _dashed(written, node.start_mark.column))


def _written(entry: Mapping[str, object]) -> str:
    """The entry as YAML on one line."""
    text: str = yaml.safe_dump(
        dict(entry), default_flow_style=True, width=_WIDE, allow_unicode=True, sort_keys=False
    )
    return text.strip()


def _dashed(written: Sequence[str], indent: int = 2) -> list[str]:
    return [f"{' ' * indent}- {entry}" for entry in written]


def without_source(document: Document, index: int) -> str:
    """The text without the source at this position; a comment above it stays."""
    node = document.nodes[("sources",)]
    assert isinstance(node, yaml.SequenceNode)
    lines = document.text.splitlines(keepends=True)
    item = node.value[index]
    if node.flow_style:
        return _without_inline(document.text, lines, node, index)
    first, last = _dash_line(item, lines), _last_line(item, lines)
    kept = lines[:first] + lines[last + 1 :]
    if len(node.value) == 1:
        key = document.keys[("sources",)][0] - 1
        kept[key] = kept[key].replace("sources:", "sources: []", 1)
    return "".join(kept)


def _without_inline(text: str, lines: list[str], node: yaml.SequenceNode, index: int) -> str:
    spans = [
        tuple(_offset(lines, mark.line, mark.column) for mark in (item.start_mark, item.end_mark))
        for item in node.value
    ]
    start, end = spans[index]
    if index + 1 < len(spans):
        end = spans[index + 1][0]
    elif index:
        start = spans[index - 1][1]
    return text[:start] + text[end:]


def _ends_in_comma(text: str) -> bool:
    return text.rstrip().endswith(",")


def _insert(lines: list[str], at: int, fresh: list[str]) -> str:
    """The lines with fresh ones before position ``at``, in the line ends the file already uses."""
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    before = "".join(lines[:at])
    if before and not before.endswith(("\n", "\r")):
        before += end
    return before + "".join(f"{line}{end}" for line in fresh) + "".join(lines[at:])


def _dash_line(item: yaml.Node, lines: list[str]) -> int:
    """The line of the item's dash, which may stand alone above the item."""
    line: int = item.start_mark.line
    while not lines[line].lstrip().startswith("-"):
        line -= 1
    return line


def _last_line(node: yaml.Node, lines: list[str]) -> int:
    """The last line (from 0) that belongs to a node; PyYAML's own end runs on to the next token."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last, lines)
    line: int = node.end_mark.line
    if node.end_mark.column == 0 and line > node.start_mark.line:  # a block text
        line -= 1
        while not lines[line].strip():
            line -= 1
    return line


def _offset(lines: list[str], line: int, column: int) -> int:
    return sum(map(len, lines[:line])) + column
