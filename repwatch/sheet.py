"""What there is to say of each kind of source: for ``repwatch sources --kinds`` and docs/sources.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from repwatch.config.secret import Secret
from repwatch.plugins import SourcePlugin
from repwatch.sources import template
from repwatch.sources.definition import Definition, Group

GROUPS: Mapping[Group, str] = {
    "search": "Searches for a name",
    "news": "Alerts, news and feeds",
    "forum": "Forums and networks",
    "people": "Registers of people and firms",
    "page": "Pages",
    "web": "Others",
}
"""Every group with its heading, in the order in which they are shown."""

KEYS = {"needed": "Needs a key.", "optional": "Takes a key.", "none": ""}


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``default`` is as YAML writes it, "" for nothing, or where ``what`` speaks of it."""

    name: str
    what: str
    default: str
    required: bool
    secret: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind. ``key``: whether it needs one, takes one, or has no use for it."""

    kind: str
    title: str
    group: Group
    about: str
    every: str
    key: Literal["needed", "optional", "none"]
    canary: str
    ranks: bool
    finder: bool
    options: tuple[Option, ...]

    @property
    def short(self) -> str:
        """What it reads, in one sentence."""
        return self.about.partition(". ")[0].rstrip(".")


def sheets(plugins: Mapping[str, SourcePlugin]) -> list[Sheet]:
    """Every kind there is, by group and name."""
    found = (_sheet(name, plugin) for name, plugin in plugins.items())
    order = list(GROUPS)
    return sorted(found, key=lambda sheet: (order.index(sheet.group), sheet.kind))


def option(name: str, field: FieldInfo) -> Option:
    """What there is to say of one option."""
    what = field.description or ""
    return Option(
        name=field.alias or name,
        what=what,
        default="" if "default:" in what else _default(field),
        required=field.is_required(),
        secret=Secret in (field.annotation, *get_args(field.annotation)),
    )


def _sheet(name: str, plugin: SourcePlugin) -> Sheet:
    definition = plugin.definition
    options = tuple(sorted(_options(plugin.options, definition), key=lambda each: not each.required))
    return Sheet(
        kind=name,
        title=plugin.title,
        group=plugin.group,
        about=" ".join(plugin.about.split()),
        every=plugin.every,
        key=_key(options, definition),
        canary=_canary(options, definition),
        ranks=plugin.ranks,
        finder=plugin.people,
        options=options,
    )


def _canary(options: tuple[Option, ...], definition: Definition | None) -> str:
    own = next((each.default for each in options if each.name == "canary"), "")
    return own or (definition.canary if definition else "")


def _key(options: tuple[Option, ...], definition: Definition | None) -> Literal["needed", "optional", "none"]:
    secrets = [each for each in options if each.secret]
    if (definition and not definition.keyless) or any(each.required for each in secrets):
        return "needed"
    return "optional" if secrets else "none"


def _options(model: type[BaseModel], definition: Definition | None) -> Iterator[Option]:
    """The options that do something."""
    for name, field in model.model_fields.items():
        if definition is None or name in _used(definition):
            yield option(name, field)


def _used(definition: Definition) -> frozenset[str]:
    """What a catalog entry makes use of: the options that its request names, and a few by its nature."""
    ask = definition.request
    named = template.used([definition.base, ask.path, ask.params, ask.headers, ask.json])
    powers = {"base_url": True, "canary": definition.canary, "pages": definition.page}
    return named | {name for name, there in powers.items() if there}


def _default(field: FieldInfo) -> str:
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
