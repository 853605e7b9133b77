"""The options of ``google_alerts``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from repwatch.sources.options.base import Options, absolute_http

_ALERT_PATH = re.compile(r"/alerts/feeds/\d+/\d+/?$")
_READER_ALERT = re.compile(r"^http://user/(\d+)/state/com\.google/alerts/(\d+)$")


def _alert(url: str) -> str:
    """The feed's address; Google Reader's old form of it is rewritten."""
    url = _READER_ALERT.sub(r"https://www.google.com/alerts/feeds/\1/\2", url.strip())
    if not _ALERT_PATH.search(absolute_http(url)):
        raise ValueError("expected https://www.google.com/alerts/feeds/<number>/<number>")
    return url


class GoogleAlertsOptions(Options):
    """A Google Alert whose "Deliver to" is an RSS feed."""

    feed: Annotated[str, AfterValidator(_alert)] = Field(
        description="Address of the alert's feed: https://www.google.com/alerts/feeds/<number>/<number>"
    )
