"""What every test finds and leaves as it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from repwatch import masking


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command run within a test sets the root logger's level; the next test must not inherit it."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)


@pytest.fixture(autouse=True)
def secrets_as_before() -> Iterator[None]:
    """A secret of one test may be an ordinary word in the next."""
    kept, passing = set(masking._kept), dict(masking._passing)
    yield
    masking._kept.clear()
    masking._kept.update(kept)
    masking._passing.clear()
    masking._passing.update(passing)
