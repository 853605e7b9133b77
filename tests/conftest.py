"""What every test finds and leaves as it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command run within a test sets the root logger's level; the next test must not inherit it."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
