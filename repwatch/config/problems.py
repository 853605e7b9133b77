"""What is wrong with a configuration, in plain words, each at its place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from repwatch.config.document import Document, Keys, Place
from repwatch.errors import ConfigError

_WORDS: Mapping[str, str] = {
    "string_type": "expected a text; put it in quotes",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "finite_number": "expected a number",
    "list_type": "expected a list, as in [one, two]",
    "tuple_type": "expected a list, as in [one, two]",
    "set_type": "expected a list, as in [one, two]",
    "frozen_set_type": "expected a list, as in [one, two]",
    "dict_type": "expected keys with values, as in {{key: value}}",
    "mapping_type": "expected keys with values, as in {{key: value}}",
    "model_type": "expected keys with values, as in {{key: value}}",
    "model_attributes_type": "expected keys with values, as in {{key: value}}",
    "string_too_short": "this text is too short (at least {min_length} characters)",
    "string_too_long": "this text is too long (at most {max_length} characters)",
    "string_pattern_mismatch": "this text does not have the expected form ({pattern})",
    "too_short": "this list is too short (at least {min_length})",
    "too_long": "this list is too long (at most {max_length})",
    "greater_than": "expected a number above {gt}",
    "greater_than_equal": "expected {ge} or more",
    "less_than": "expected a number below {lt}",
    "less_than_equal": "expected {le} or less",
    "literal_error": "expected one of {expected}",
    "enum": "expected one of {expected}",
    "url_parsing": "expected an address such as https://example.org/",
    "url_type": "expected an address such as https://example.org/",
    "url_scheme": "expected an address that starts with {expected_schemes}",
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``quiet``: the line may hold a secret and is not shown."""

    path: Keys
    words: str
    key: bool = False
    quiet: bool = False

    def place(self, document: Document) -> Place:
        """Line and column in the file."""
        return document.place(self.path, key=self.key)

    def told(self, document: Document) -> str:
        """The whole text: place, dotted path, words, source line and caret."""
        where = dotted(self.path)
        words = f"{where}: {self.words}" if where else self.words
        return document.told(self.place(document), words, quiet=self.quiet)


def refuse(problems: Iterable[Problem], document: Document) -> None:
    """Raise one ConfigError with every problem, sorted by line; do nothing if there is none."""
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: problem.place(document))
    if ordered:
        raise ConfigError([problem.told(document) for problem in ordered])


def dotted(path: Keys) -> str:
    """``subjects[0].name`` for ("subjects", 0, "name")."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def suggestion(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'every'?)`` when a known word is near, else nothing."""
    near = get_close_matches(word, list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def explain(error: ValidationError, models: tuple[type[BaseModel], ...], prefix: Keys = ()) -> list[Problem]:
    """The problems behind a pydantic error; ``models`` say which keys exist (for "did you mean")."""
    return [_problem(details, models, prefix) for details in error.errors(include_url=False)]


def _problem(details: ErrorDetails, models: tuple[type[BaseModel], ...], prefix: Keys) -> Problem:
    loc = details["loc"]
    kind = details["type"]
    if kind == "extra_forbidden":
        word = str(loc[-1])
        known = [name for model in models for name in _fields(model, loc[:-1])]
        return Problem((*prefix, *loc), f"unknown key '{word}'{suggestion(word, known)}", key=True)
    if kind == "missing":
        return Problem((*prefix, *loc[:-1]), _missing(str(loc[-1]), models, loc[:-1]))
    secret = kind == "refused_secret" or "password" in map(str, loc)
    meant = _meaning(models, loc) if kind == "string_pattern_mismatch" else ""
    return Problem((*prefix, *loc), worded(details) + meant, quiet=secret)


def _missing(name: str, models: tuple[type[BaseModel], ...], loc: Keys) -> str:
    return f"'{name}' is missing" + (f" ({said})" if (said := _description(name, models, loc)) else "")


def _meaning(models: tuple[type[BaseModel], ...], loc: Keys) -> str:
    """What the key is for, behind a form that says it to programmers only."""
    names = [place for place, step in enumerate(loc) if isinstance(step, str)]
    if not names:
        return ""
    said = _description(str(loc[names[-1]]), models, loc[: names[-1]])
    return f": {said}" if said else ""


def _description(name: str, models: tuple[type[BaseModel], ...], loc: Keys) -> str:
    described = {key: info for model in models for key, info in _fields(model, loc).items()}
    return (described[name].description if name in described else None) or ""


def worded(details: ErrorDetails) -> str:
    """Our words where we have some, else pydantic's own."""
    template = _WORDS.get(details["type"])
    if template is None:
        return details["msg"]
    context = {name: _readable(value) for name, value in details.get("ctx", {}).items()}
    words = template.format(**context)
    found = details["input"]
    near = details["type"] in {"literal_error", "enum"} and isinstance(found, str)
    choices = context.get("expected", "").replace(" or ", ", ").split(", ")
    return words + (suggestion(str(found), [choice.strip("'") for choice in choices]) if near else "")


def _readable(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _fields(annotation: object, loc: Keys) -> dict[str, FieldInfo]:
    """The fields, by the name that is written in the file, of the model found at ``loc``."""
    origin = get_origin(annotation)
    arguments = get_args(annotation)
    if origin in {Union, UnionType, Annotated}:
        return {name: info for part in arguments for name, info in _fields(part, loc).items()}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        named = {str(info.alias or name): info for name, info in annotation.model_fields.items()}
        if not loc:
            return named
        return _fields(named[str(loc[0])].annotation, loc[1:]) if loc[0] in named else {}
    if not loc or not arguments:
        return {}
    return _fields(arguments[0] if isinstance(loc[0], int) else arguments[-1], loc[1:])
