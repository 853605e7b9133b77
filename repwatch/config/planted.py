"""Puts a stand-in in place of each secret of a kind's options: one that is nobody's, to be looked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel

from repwatch.config.secret import Secret

M = TypeVar("M", bound=BaseModel)

PLANTED = "planted-secret-4711"


class Planted(Secret):
    """A secret that nobody needs to keep."""

    def reveal(self) -> str:
        """The stand-in, whatever the reference says."""
        return PLANTED


def planted(options: M) -> M:
    """The options with every secret in them, however deep, replaced by the stand-in."""
    return options.model_copy(update=dict(_replaced(options)))


def _replaced(options: BaseModel) -> Iterator[tuple[str, Any]]:
    for name, value in options:
        new = _plant(value)
        if new != value:
            yield name, new


def _plant(value: Any) -> Any:  # noqa: ANN401 - an option may be of any type
    if isinstance(value, Secret):
        return Planted(value.reference)
    if isinstance(value, BaseModel):
        return planted(value)
    if isinstance(value, tuple | list):
        return type(value)(map(_plant, value))
    return {key: _plant(part) for key, part in value.items()} if isinstance(value, dict) else value
