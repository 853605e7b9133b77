"""The configuration as others read it: a JSON Schema for editors, and the effective values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import yaml
from pydantic import BaseModel

from repwatch.config.kinds import MEMBERS_KEY, Kinds
from repwatch.config.schema import SLUG, ChannelKeys, File, SourceKeys
from repwatch.config.settings import Config, ReportEntry, SourceEntry
from repwatch.masking import hide
from repwatch.model import Context, Subject

Json: TypeAlias = dict[str, object]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{model}"


def json_schema(kinds: Kinds) -> Json:
    """The schema of the whole file, with one form of source and channel per kind."""
    schema, defs = _model(File)
    sources = [_form(name, kind.options, SourceKeys, defs) for name, kind in kinds.sources.items()]
    for umbrella, members in kinds.members.items():
        options = kinds.sources[members[0]].options
        form = _form(umbrella, options, SourceKeys, defs)
        finders = {"type": "array", "items": {"enum": list(members)}, "minItems": 1}
        form["properties"][MEMBERS_KEY] = finders | {"description": "Which of them; default: all"}
        sources.append(form)
    channels = [_form(name, options, ChannelKeys, defs) for name, options in kinds.channels.items()]
    properties = schema["properties"]
    assert isinstance(properties, dict)
    properties["sources"] |= {"items": _one_of(sources)}
    properties["channels"] |= {"patternProperties": {SLUG: _one_of(channels)}, "additionalProperties": False}
    return {"$schema": _DIALECT, **schema, "title": "repwatch.yaml", "$defs": defs}


def shown(config: Config) -> str:
    """The effective values as YAML, every default filled in, secrets as their references."""
    values: Json = {
        "language": config.language,
        "timezone": str(config.timezone),
        "contact": config.contact,
        "database": config.database,
        "catalog": str(config.catalog) if config.catalog else None,
        "subjects": [_subject(subject) for subject in config.subjects],
        "fetch": _dumped(config.fetch),
        "health": _dumped(config.health) if config.health else {"enabled": False},
        "sources": [_source(entry) for entry in (*config.sources, *config.disabled)],
        "channels": {
            name: {"kind": entry.kind, **_dumped(entry.options)} for name, entry in config.channels.items()
        },
        "reports": [_report(entry) for entry in config.reports],
        "retention": _dumped(config.retention),
    }
    return yaml.safe_dump(_filled(values), allow_unicode=True, sort_keys=False, width=110)


def _model(model: type[BaseModel]) -> tuple[Json, Json]:
    """A model's schema, and the definitions it refers to."""
    schema: Json = model.model_json_schema(ref_template=_REFERENCE)
    defs = schema.pop("$defs", {})
    assert isinstance(defs, dict)
    return schema, defs


def _form(
    kind: str, options: type[BaseModel], shared: type[BaseModel], defs: Json
) -> dict[str, dict[str, object]]:
    """An object schema of the shared keys and a kind's own, told apart by ``kind``."""
    form: dict[str, dict[str, object]] = {"properties": {}}
    required: list[object] = ["kind"]
    for model in (shared, options):
        schema, more = _model(model)
        defs.update(more)
        properties = schema.get("properties", {})
        needed = schema.get("required", [])
        assert isinstance(properties, dict)
        assert isinstance(needed, list)
        form["properties"].update(properties)
        required += [name for name in needed if name not in required]
    form["properties"]["kind"] = {"const": kind, "description": f"A {kind.replace('_', ' ')} entry"}
    rest: Json = {"type": "object", "required": required, "additionalProperties": False}
    return {**rest, **form}  # type: ignore[dict-item] # the object's head beside its properties


def _one_of(forms: Iterable[Mapping[str, object]]) -> Json:
    return {"oneOf": list(forms), "type": "object", "required": ["kind"]}


def _dumped(model: BaseModel) -> Json:
    """A model's values; what is secret in an address does not leave the file."""
    values: Json = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: hide(value) if isinstance(value, str) else value for key, value in values.items()}


def _filled(values: Json) -> Json:
    """Without the keys that have nothing to say."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}, ())}


def _subject(subject: Subject) -> Json:
    profiles = [
        _filled({"url": own.url, "persona": own.persona, "reviewed": own.reviewed})
        for own in subject.profiles
    ]
    return _filled(
        {
            "id": subject.id,
            "name": subject.name,
            "relation": subject.relation.value,
            "given": subject.given,
            "family": subject.family,
            "aliases": list(subject.aliases),
            "context": _context(subject.context),
            "not_me": _context(subject.not_me),
            "profiles": profiles,
        }
    )


def _context(context: Context) -> Json:
    groups = ("employers", "places", "topics", "works")
    return _filled({name: list(getattr(context, name)) for name in groups})


def _source(entry: SourceEntry) -> Json:
    shared: Json = {
        "kind": entry.kind,
        "id": entry.id,
        "name": entry.title,
        "subject": list(entry.subjects),
        "every": str(entry.every),
        "budget": str(entry.budget) if entry.budget else None,
        "allow_private": [str(network) for network in entry.allow_private],
        "proxy": hide(entry.proxy),
        "interval": entry.interval,
        "user_agent": entry.user_agent,
        "enabled": entry.enabled,
    }
    return _filled(shared | _dumped(entry.options))


def _report(entry: ReportEntry) -> Json:
    return _filled(
        {
            "id": entry.id,
            "channel": entry.channel,
            "to": list(entry.recipients),
            "every": str(entry.every),
            "instant": {"priority": entry.instant.value} if entry.instant else None,
            "language": entry.language,
        }
    )
