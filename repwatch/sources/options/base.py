"""What the options of every kind are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from repwatch.rules import url as links


def absolute_http(url: str) -> str:
    """The URL as given, if it is an absolute http(s) one."""
    url = url.strip()
    if not links.canonical(url):
        raise ValueError("expected an absolute http:// or https:// address")
    return url


HttpUrl = Annotated[str, AfterValidator(absolute_http)]
CANARY = "Words that must find something, asked for when a check finds nothing; false: never ask"
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


def _words_or_false(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """One error for the union, where pydantic would name one for each of its members."""
    try:
        return handler(value)
    except ValidationError:
        raise ValueError("expected words that must find something (2 to 60 characters), or false") from None


CanaryWords = Annotated[
    Annotated[str, Field(min_length=2, max_length=60, pattern=r"\S")] | Literal[False],
    WrapValidator(_words_or_false),
]


class Options(BaseModel):
    """Frozen, and strict about unknown keys: a typing error must not be an option that does nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")
