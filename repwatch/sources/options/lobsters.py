"""The options of ``lobsters``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from repwatch.sources.options.base import HttpUrl, Options

Tag = Annotated[str, Field(pattern=r"^[\w+-]+$", max_length=40)]
Domain = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]


class LobstersOptions(Options):
    """Feeds of lobste.rs."""

    comments: bool = Field(default=True, description="Whether to read the newest comments too")
    tags: tuple[Tag, ...] = Field(default=(), description="Tags whose stories to read further back")
    domains: tuple[Domain, ...] = Field(
        default=(), description="Domains, your own for example: every story that links to them"
    )
    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")
