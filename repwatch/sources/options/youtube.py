"""The options of ``youtube``."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from repwatch.sources.options.base import HttpUrl, Options

_CHANNEL = re.compile(r"UC[\w-]{22}")
_PLAYLIST = re.compile(r"(?:UU(?:LF|SH|LV)?|PL|OL|FL)[\w-]{10,62}")


def _channel(name: str) -> str:
    """The id of a channel; a handle cannot be turned into one without asking YouTube."""
    if name and not _CHANNEL.fullmatch(name):
        raise ValueError(
            "expected a channel's id, UC and 22 characters (on the channel's page: About, Share channel, "
            "Copy channel ID)"
        )
    return name


def _playlist(name: str) -> str:
    """The id of a playlist."""
    if name and not _PLAYLIST.fullmatch(name):
        raise ValueError("expected a playlist's id, as it stands behind list= in its address: UU..., PL...")
    return name


class YoutubeOptions(Options):
    """A channel or a playlist, one of both."""

    channel: Annotated[str, AfterValidator(_channel)] = Field(
        default="", description="Id of a channel: UC and 22 characters"
    )
    playlist: Annotated[str, AfterValidator(_playlist)] = Field(
        default="",
        description="Id of a playlist: PL..., UU... (all of a channel) or UULF... (all but its Shorts)",
    )
    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.channel) == bool(self.playlist):
            raise ValueError("expected either channel or playlist")
        return self
