"""What a reload says differs between two configurations."""

from __future__ import annotations

from pathlib import Path

import pytest

from repwatch.config.changes import differences
from repwatch.config.load import check
from tests.fake_kinds import KINDS, SMALL

SECOND = '  - {kind: feed, url: "https://town.example.org/feed", id: town}\n'


def changed(old: str, new: str) -> list[str]:
    path = Path("/nowhere/repwatch.yaml")
    return differences(check(old, path, KINDS), check(new, path, KINDS))


def test_the_same_file_changes_nothing_wherever_its_entries_stand() -> None:
    assert changed(SMALL, f"# a comment\n\n{SMALL}") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("channels:", f"{SECOND}channels:", "source town added"),
        ("name: Ada Exemple", "name: Ada Fictive", "subject ada changed"),
        ("every: day at 07:00", "every: day at 08:00", "report mail changed"),
        ("host: smtp.example.org", "host: mail.example.org", "channel mail changed"),
        ("contact: ada@example.org", "contact: me@example.org", "contact changed"),
        ("contact:", "timezone: Europe/Paris\ncontact:", "timezone changed"),
    ],
)
def test_each_change_is_said_in_words(old: str, new: str, said: str) -> None:
    after = SMALL.replace(old, new)
    assert after != SMALL
    assert said in changed(SMALL, after)


def test_what_is_gone_is_said_to_be_removed() -> None:
    assert changed(SMALL.replace("channels:", f"{SECOND}channels:"), SMALL) == ["source town removed"]


def test_a_source_that_is_switched_off_is_removed_from_what_is_watched() -> None:
    off = SMALL.replace('feed"}', 'feed", enabled: false}')
    assert [line.split()[-1] for line in changed(SMALL, off)] == ["removed"]
