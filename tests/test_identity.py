"""A finding is recognised by its page, then by its guid, then by its headline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from repwatch.model import Finding, Kind
from repwatch.rules.identity import commonplace, keys, trustworthy_guids

DAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
PLAIN = Finding("Ada Exemple expose ses toiles à Lyon", "https://journal.example/ada", guid="tag:1")
OPAQUE = Finding(
    "Ada Exemple expose ses toiles à Lyon - Le Journal",
    "https://news.google.com/rss/articles/CBMiAAAA?oc=5",
    site="Le Journal",
    guid="CBMiAAAA",
    published=DAY,
)


def test_the_page_comes_first_then_the_guid() -> None:
    assert keys(PLAIN, "feed") == ("url:https://journal.example/ada", "guid:feed:tag:1")


def test_a_guid_holds_within_its_source_only() -> None:
    assert set(keys(PLAIN, "one")) & set(keys(PLAIN, "two")) == {"url:https://journal.example/ada"}


@pytest.mark.parametrize("wrapped", ["cd=one", "cd=two&usg=x"])
def test_a_redirect_is_keyed_on_its_target(wrapped: str) -> None:
    link = f"https://www.google.com/url?url=https://journal.example/ada&{wrapped}"
    assert keys(Finding("Ada", link), "alert")[0] == "url:https://journal.example/ada"
    assert keys(Finding("Ada", "", wrapped_url=link), "alert")[0] == "url:https://journal.example/ada"


def test_an_opaque_link_is_never_a_key_and_the_headline_stands_in() -> None:
    found = keys(OPAQUE, "news")
    assert found == (
        "guid:news:CBMiAAAA",
        "soft:ada exemple expose ses toiles a lyon|le journal|2026-11-20",
    )


def test_a_story_that_is_republished_under_another_link_and_guid_is_recognised() -> None:
    again = replace(OPAQUE, url=OPAQUE.url.replace("AAAA", "BBBB"), guid="CBMiBBBB")
    assert set(keys(again, "news")) & set(keys(OPAQUE, "news"))


def test_a_publisher_is_its_host_whatever_its_name_is_spelled() -> None:
    one = replace(OPAQUE, guid="1", fields={"publisher": "journal.example"})
    two = replace(one, guid="CBMiBBBB", site="Le Journal (Lyon)", title=PLAIN.title)
    assert keys(one, "news")[1] == "soft:ada exemple expose ses toiles a lyon|journal.example|2026-11-20"
    assert set(keys(one, "news")) & set(keys(two, "news"))


def test_another_day_or_publisher_is_another_finding() -> None:
    other_day = replace(OPAQUE, guid="", published=DAY.replace(day=21))
    other_site = replace(OPAQUE, guid="", title=PLAIN.title, site="La Gazette")
    assert not set(keys(OPAQUE, "news")) & {*keys(other_day, "news"), *keys(other_site, "news")}


def test_guids_that_look_like_links_are_compared_without_their_scheme() -> None:
    one = replace(PLAIN, url="", guid="http://journal.example/?p=1")
    two = replace(PLAIN, url="", title="Autre", guid="https://journal.example/?p=1")
    assert keys(one, "feed")[0] == keys(two, "feed")[0]


def test_a_white_guid_is_none_and_an_endless_one_is_bounded() -> None:
    assert keys(replace(PLAIN, guid="  "), "feed") == ("url:https://journal.example/ada",)
    assert all(len(key) < 300 for key in keys(replace(PLAIN, guid="x" * 9000), "feed"))


@pytest.mark.parametrize(
    "finding", [Finding(""), Finding("", summary="Un mot. " * 500), Finding("…", "javascript:x")]
)
def test_even_a_bare_finding_has_a_bounded_key(finding: Finding) -> None:
    found = keys(finding, "feed")
    assert found
    assert len(found[0]) < 300


def test_a_profile_is_its_uid_and_its_page() -> None:
    profile = Finding("Ada", "https://forge.example/ada", kind=Kind.PROFILE, fields={"uid": "42"})
    assert keys(profile, "people") == ("uid:people:42", "url:https://forge.example/ada")


def test_guids_that_items_share_are_not_to_be_trusted() -> None:
    other = replace(PLAIN, url="https://journal.example/bob")
    assert not trustworthy_guids([PLAIN, other])


def test_guids_are_trusted_when_they_tell_items_apart() -> None:
    other = replace(PLAIN, url="https://journal.example/bob", guid="tag:2")
    nameless = replace(PLAIN, url="https://journal.example/eve", guid="")
    assert trustworthy_guids([PLAIN, PLAIN, other, nameless, replace(nameless, url="https://a.example/")])


EPISODES = [Finding(f"Episode {n}", "https://radio.example/", guid=str(n)) for n in range(5)]


def test_an_address_that_most_items_share_tells_none_of_them_apart() -> None:
    assert commonplace([*EPISODES, PLAIN]) == "https://radio.example/"
    found = keys(EPISODES[0], "feed", commonplace(EPISODES))
    assert found == ("guid:feed:0", "soft:episode 0||")


@pytest.mark.parametrize(
    "findings",
    [
        [],
        EPISODES[:4],
        [replace(item, guid="") for item in EPISODES],
        [replace(item, title="One article") for item in EPISODES],
        [*EPISODES, *(replace(PLAIN, url=f"https://journal.example/{n}") for n in range(5))],
    ],
    ids=["nothing", "few", "no guids", "one title", "half"],
)
def test_an_address_is_trusted_otherwise(findings: list[Finding]) -> None:
    assert commonplace(findings) == ""
