"""The options of ``telegram``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from repwatch.sources.options.base import HttpUrl, Options

Channel = Annotated[str, Field(pattern=r"^[A-Za-z]\w+$", min_length=4, max_length=32)]


class TelegramOptions(Options):
    """Public channels of Telegram that have a web preview."""

    channels: tuple[Channel, ...] = Field(
        min_length=1, description="Names of the channels, as in https://t.me/<name>, without the @"
    )
    base_url: HttpUrl | None = Field(default=None, description="Another address of the same service")
