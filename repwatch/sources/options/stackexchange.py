"""The options of ``stackexchange``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from repwatch.config.secret import Secret
from repwatch.sources.options.base import CANARY, CanaryWords, HttpUrl, Options

Site = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,60}$")]


class StackExchangeOptions(Options):
    """Sites of the StackExchange network."""

    sites: tuple[Site, ...] = Field(
        default=("stackoverflow",),
        min_length=1,
        description="Names of the sites, as in stackoverflow, academia, french",
    )
    key: Secret | None = Field(
        default=None, description="Key of an application, for ten thousand requests a day in place of 300"
    )
    canary: CanaryWords = Field(default="question", description=CANARY)
    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")
