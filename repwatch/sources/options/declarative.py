"""The options of every catalog entry."""

from __future__ import annotations

from pydantic import Field

from repwatch.config.secret import Secret
from repwatch.sources.options.base import CanaryWords, HttpUrl, Options


class DeclarativeOptions(Options):
    """What every catalog entry takes."""

    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")
    language: str = Field(
        default="en",
        pattern=r"^[a-z]{2,3}$",
        description="Language of results, as in fr; default: the reports'",
    )
    country: str = Field(
        default="US",
        pattern=r"^[A-Z]{2}$",
        description="Country of results, as in FR; default: by the language",
    )
    contact: str = Field(default="", description="Address for services that want one; default: the file's")
    key: Secret | None = Field(default=None, description="env:NAME or file:/PATH, where a key is needed")
    canary: CanaryWords | None = Field(
        default=None,
        description="Words that must find something, asked for when a check finds nothing; "
        "false: never ask; default: the kind's own",
    )
    pages: int | None = Field(
        default=None, ge=1, le=10, description="How many pages of results to read; default: the kind's"
    )


class KeyedOptions(DeclarativeOptions):
    """Those of a service that answers nobody without a key."""

    key: Secret = Field(description="The service's key: env:NAME or file:/PATH")
