"""How a value of ours that is written as one text is read by pydantic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from repwatch.errors import ConfigError

T = TypeVar("T")


def text_type(kind: type[T], parse: Callable[[str], T]) -> CoreSchema:
    """A schema that reads texts with ``parse``, takes a ``kind`` as it is and writes it with ``str``.

    ``parse`` raises ConfigError; its wording becomes the wording of the pydantic error.
    """

    def read(value: object) -> T:
        if isinstance(value, kind):
            return value
        try:
            return parse(value if isinstance(value, str) else str(value))
        except ConfigError as error:
            name = f"refused_{kind.__name__.lower()}"
            # The words travel as a parameter, because a brace in them would be read as a template.
            raise PydanticCustomError(name, "{words}", {"words": str(error)}) from error

    return core_schema.no_info_plain_validator_function(
        read, serialization=core_schema.to_string_ser_schema()
    )
