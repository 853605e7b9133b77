"""The invented web and its mailbox, with a configuration that watches them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repwatch.demo.mailbox import Mailbox
from repwatch.demo.settings import config_text
from repwatch.demo.web import Web
from repwatch.demo.world import World


@dataclass
class Stage:
    """Where the program plays."""

    home: Path
    config: str
    web: Web
    mailbox: Mailbox


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Mailbox() as mailbox, Web(World(datetime.now(UTC))) as web:
        path = tmp_path / "repwatch.yaml"
        path.write_text(config_text(web, mailbox, tmp_path), encoding="utf-8")
        path.chmod(0o600)
        yield Stage(tmp_path, str(path), web, mailbox)
