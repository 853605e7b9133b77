"""A parser that takes its time, in a module that a child imports in none."""

from __future__ import annotations

import time

from repwatch.model import Page, Parsed


class Slow:
    """Takes so many seconds over a page."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def parse(self, _page: Page) -> Parsed:
        time.sleep(self.seconds)
        return Parsed(title="whole")
