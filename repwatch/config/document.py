"""Strict YAML: plain data with the place of every key and value, and nothing that surprises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

import yaml

from repwatch.errors import ConfigError
from repwatch.masking import hide

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
Keys: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]

SIZE = 1024 * 1024
ALIASES = 100
EXPANSION = 10_000
DEPTH = 50
_SHOWN = 110

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}")
# A line that seems to hold a secret is never repeated in an error.
_SECRET = re.compile(r"(?i)(pas|secret|token|key)\w*[\"']?\s*:\s*[\"']?(?!env:|file:|credential:|[\s\"'])")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML text, understood. Places are (line, column), counted from 1."""

    name: str
    text: str
    data: dict[str, Plain]
    nodes: Mapping[Keys, yaml.Node] = field(default_factory=dict)
    keys: Mapping[Keys, Place] = field(default_factory=dict)

    def place(self, path: Keys, *, key: bool = False) -> Place:
        """Where the value (or the key) at ``path`` stands, or its nearest parent."""
        while path and path not in self.nodes:
            path, key = path[:-1], False
        if key and path in self.keys:
            return self.keys[path]
        return _place(self.nodes[path].start_mark) if path in self.nodes else (1, 1)

    def told(self, place: Place, words: str, *, quiet: bool = False) -> str:
        """``name:line:column: words``, then the line and a caret unless ``quiet``."""
        line, column = place
        head = f"{self.name}:{line}:{column}: {words}"
        lines = self.text.splitlines()
        if quiet or line > len(lines) or _is_private(lines[line - 1]):
            return head
        start = max(0, column - _SHOWN // 2) if len(lines[line - 1]) > _SHOWN else 0
        shown = lines[line - 1][start : start + _SHOWN].replace("\t", " ")
        return f"{head}\n  {shown}\n  {' ' * (column - 1 - start)}^"


def _is_private(line: str) -> bool:
    """Whether it seems to hold a secret, literally or within an address."""
    return _SECRET.search(line) is not None or hide(line) != line


def read(path: Path) -> Document:
    """The document in a file; raises ConfigError for what cannot be read or understood."""
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text of a file of at most 1 MiB of UTF-8, line ends untouched; raises ConfigError."""
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"], "check the path and who may read it") from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path}:{line}:1: this is not UTF-8"], "save the file as UTF-8") from error
    if len(raw) > SIZE:
        raise ConfigError([f"{path}: the file is larger than 1 MiB"], "split it or shorten it")
    return text


def parse(text: str, name: str) -> Document:
    """Understand a text; raises ConfigError with every problem that could be told apart."""
    empty = Document(name, text, {})
    try:
        _guard(empty)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise ConfigError([f"{name}:{line}:1: this character is not allowed in YAML"]) from error
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax(empty, error)]) from error
    if root is None:
        return empty
    builder = _Builder(empty)
    data = builder.build(root, ())
    if not isinstance(data, dict):
        builder.complain(root, "the file must hold keys, as in 'language: en'")
    if builder.problems or not isinstance(data, dict):
        raise ConfigError(builder.problems)
    return Document(name, text, data, builder.nodes, builder.keys)


def _guard(document: Document) -> None:
    """Refuse, before anything is built, what could exhaust the machine or run code."""
    depth = aliases = 0
    for event in yaml.parse(document.text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        reason = _unwelcome(event, depth, aliases)
        if reason:
            raise ConfigError([document.told(_place(event.start_mark), reason)])


def _unwelcome(event: yaml.Event, depth: int, aliases: int) -> str:
    if depth > DEPTH:
        return f"this is nested more than {DEPTH} levels deep"
    if aliases > ALIASES:
        return f"more than {ALIASES} aliases (*name) are refused"
    tag = getattr(event, "tag", None)
    return f"tags are refused ({tag}): write plain values, texts in quotes" if tag else ""


def _syntax(document: Document, error: yaml.MarkedYAMLError) -> str:
    """PyYAML's complaint in our form; a tab in the indentation is named as such."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"{document.name}: {error.problem}"
    line = (document.text + "\n\n").splitlines()[mark.line]  # the mark may stand after the end
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return document.told((mark.line + 1, 1), "a tab is used for indentation: use spaces")
    return document.told(_place(mark), error.problem or "this is not YAML")


class _Mark(Protocol):
    """What PyYAML's two kinds of mark have in common; counted from 0."""

    line: int
    column: int


def _place(mark: _Mark | None) -> Place:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


class _Builder:
    """Turns nodes into plain data, remembering places and collecting problems."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[str] = []
        self.nodes: dict[Keys, yaml.Node] = {}
        self.keys: dict[Keys, Place] = {}
        self._seen: set[int] = set()
        self._expanded = 0

    def complain(self, node: yaml.Node, words: str) -> None:
        self.problems.append(self.document.told(_place(node.start_mark), words))

    def build(self, node: yaml.Node, path: Keys, parents: tuple[int, ...] = ()) -> Plain:
        if id(node) in parents:
            self.complain(node, "this alias contains itself")
            return None
        self._count(node)
        self.nodes[path] = node
        above = (*parents, id(node))
        if isinstance(node, yaml.MappingNode):
            return {key: self.build(child, (*path, key), above) for key, child in self._pairs(node, path)}
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index), above) for index, child in enumerate(node.value)]
        return _scalar(node)

    def _count(self, node: yaml.Node) -> None:
        """A node met again was reached through an alias: the expansion has a limit."""
        if id(node) in self._seen:
            self._expanded += 1
        self._seen.add(id(node))
        if self._expanded > EXPANSION:
            raise ConfigError([f"{self.document.name}: the aliases (*name) expand to too many values"])

    def _pairs(self, node: yaml.MappingNode, path: Keys) -> Iterator[tuple[str, yaml.Node]]:
        first: dict[str, int] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain(key_node, "a key must be a plain text")
                continue
            key = key_node.value
            if key in first:
                self.complain(key_node, f"the key '{key}' is here twice, first on line {first[key]}")
                continue
            first[key] = key_node.start_mark.line + 1
            self.keys[(*path, key)] = _place(key_node.start_mark)
            yield key, child


def _scalar(node: yaml.Node) -> Plain:
    """Only null, true, false and plain numbers are more than text: ``no``, 010 and dates stay as written."""
    value = str(node.value)
    if getattr(node, "style", None):  # quoted or a block
        return value
    if value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if _INT.fullmatch(value):
        return int(value)
    return float(value) if _FLOAT.fullmatch(value) else value
