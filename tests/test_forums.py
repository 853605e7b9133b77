"""Forums and networks: what each is asked, and what its odd answers mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from repwatch.app import all_watched
from repwatch.errors import Blocked, Misconfigured, Unreadable
from repwatch.model import Finding, Parsed, Request
from repwatch.parsing.handle import ParserChild
from repwatch.plugins import source_plugins
from repwatch.rules.identity import keys
from repwatch.sources.base import Canary
from repwatch.testing import Conformance
from tests.forums import (
    ADA,
    HTML,
    OPTIONS,
    REDDIT_API,
    SEARCH_TOKEN,
    answer,
    answered,
    behind_log_in,
    first,
    named,
    source,
)
from tests.house import configured
from tests.recorded import PAGES

FORUMS = [
    "bluesky",
    "discourse",
    "github_code",
    "github_issues",
    "hackernews",
    "lemmy",
    "lobsters",
    "mastodon",
]
FORUMS += ["reddit", "stackexchange", "telegram", "wikipedia"]


class TestRedditByItsApi(Conformance):
    """The other way into Reddit, which is a kind of its own in all but its name."""

    kind = "reddit"
    options = REDDIT_API
    pages = "pages/reddit_api"
    light = True


def asked(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def canary(kind: str) -> Request:
    made = source(kind)
    assert isinstance(made, Canary)
    request = made.canary()
    assert request is not None
    return request


def same_page(one: Finding, other: Finding) -> bool:
    return bool(set(keys(one, "s")) & set(keys(other, "s")))


@pytest.mark.parametrize("kind", FORUMS)
def test_a_forum_is_listed_as_one_and_paces_itself(kind: str) -> None:
    assert source_plugins()[kind].group == "forum"
    assert getattr(source(kind), "rate") >= 1.0  # noqa: B009 - a third party's kind need not have one


def test_the_pace_of_a_forum_holds_at_the_address_that_it_must_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB", "an-invented-token")
    sources = [
        '{kind: discourse, base_url: "https://forum.example.org"}',
        "{kind: reddit, user: un_compte, feed_token: env:LAB}",
        '{kind: lemmy, base_url: "https://lab.example.org"}',  # one's own instance, in place of a public one
    ]
    watched = all_watched(configured(tmp_path, sources))
    assert [each.policy.interval for each in watched] == [8.0, 60.0, 1.0]


async def test_the_page_of_a_channel_is_read_within_the_limits_of_the_parser_child() -> None:
    child = ParserChild()
    try:
        page = answer(first("telegram"), (PAGES / "telegram" / "channel.html").read_text("utf-8"))
        assert (await child.parse(source("telegram"), page)).findings
    finally:
        await child.close()


# --- GitHub -------------------------------------------------------------------------------------


def test_github_is_asked_for_issues_and_for_pull_requests_apart() -> None:
    queries = [asked(request)["q"] for request in source("github_issues").plan([ADA])]
    assert queries == ['"Ada Exemple" is:issue', '"Ada Exemple" is:pull-request']


def test_a_query_that_github_cannot_take_is_the_owners_to_mend() -> None:
    with pytest.raises(Misconfigured, match="256 characters"):
        answered("github_issues", {"message": "Validation Failed"}, 422)


def test_a_file_that_another_commit_touched_is_the_same_file() -> None:
    def seen(commit: str) -> Finding:
        url = f"https://github.com/o/r/blob/{commit}/a/b.md"
        hit = {"path": "a/b.md", "html_url": url, "repository": {"full_name": "o/r"}}
        return answered("github_code", {"items": [hit]}).findings[0]

    assert same_page(seen("0" * 40), seen("1" * 40))


def test_code_is_not_asked_for_without_a_token() -> None:
    with pytest.raises(ValidationError, match="key"):
        source("github_code", {})


# --- Wikipedia ----------------------------------------------------------------------------------


def test_wikipedia_is_the_one_in_the_language_of_the_source_with_its_talk_pages() -> None:
    request = first("wikipedia", {"language": "fr"})
    assert urlsplit(request.url).hostname == "fr.wikipedia.org"
    assert asked(request)["srnamespace"] == "0|1"


def test_an_edit_of_an_article_is_no_new_mention() -> None:
    def seen(title: str, edited: str) -> Finding:
        hit = {"pageid": 7, "title": title, "snippet": edited, "timestamp": edited}
        return answered("wikipedia", {"query": {"search": [hit]}}).findings[0]

    before, after = seen("Networks", "2026-11-01T10:00:00Z"), seen("Nets", "2026-11-22T10:00:00Z")
    assert same_page(before, after)
    assert after.published is None


# --- Reddit -------------------------------------------------------------------------------------


def test_the_feed_of_reddit_is_asked_once_a_minute_with_the_accounts_token() -> None:
    request = first("reddit")
    assert getattr(source("reddit"), "rate") >= 60  # noqa: B009 - as above
    assert (asked(request)["feed"], asked(request)["user"]) == ("planted-secret-4711", "un_compte")


@pytest.mark.parametrize(
    "options",
    [{}, {"user": "a"}, {"feed_token": "env:LAB"}, {"client_id": "a"}, {**OPTIONS["reddit"], **REDDIT_API}],
)
def test_reddit_wants_exactly_one_way_in(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="expected user and feed_token, or client_id and client_secret"):
        source("reddit", options)


@pytest.mark.parametrize("options", [OPTIONS["reddit"], REDDIT_API])
def test_the_block_page_of_reddit_is_a_refusal(options: dict[str, object]) -> None:
    with pytest.raises((Blocked, Unreadable), match=r"access denied|403"):
        answered("reddit", HTML, 403, options=options)


@pytest.mark.parametrize(
    ("body", "status"), [({"message": "Unauthorized", "error": 401}, 401), ({"error": "x"}, 200)]
)
def test_an_application_that_reddit_does_not_know_is_the_owners_to_mend(body: object, status: int) -> None:
    with pytest.raises(Misconfigured, match="client_id"):
        answered("reddit", body, status, options=REDDIT_API)


def test_the_wait_that_reddits_api_asks_for_is_told() -> None:
    request = behind_log_in("reddit", REDDIT_API)
    limited = answer(request, "{}", 429, x_ratelimit_remaining="0.0", x_ratelimit_reset="344")
    with pytest.raises(Blocked) as refused:
        source("reddit", REDDIT_API).parse(limited)
    assert refused.value.retry_after == 344


# --- Mastodon -----------------------------------------------------------------------------------


def access(local: str, remote: str = "public") -> object:
    feeds = {"hashtag_feeds": {"local": local, "remote": remote}}
    return {"domain": "social.example.org", "configuration": {"timelines_access": feeds}}


def question() -> Request:
    """What an empty timeline leads to."""
    (request,) = answered("mastodon", []).follow
    return request


def test_an_empty_timeline_leads_to_the_question_whether_it_is_open() -> None:
    assert question().url == "https://social.example.org/api/v2/instance"
    assert answered("mastodon", access("public"), request=question()) == Parsed()


def test_a_timeline_that_is_empty_for_strangers_is_no_empty_one() -> None:
    with pytest.raises(Misconfigured, match="members only; give a token"):
        answered("mastodon", access("authenticated"), request=question())


def test_a_timeline_that_hides_what_others_wrote_is_told_as_missing() -> None:
    assert answered("mastodon", access("public", "disabled"), request=question()).missing


def test_a_closed_timeline_is_the_owners_to_mend() -> None:
    with pytest.raises(Misconfigured, match="give a token"):
        answered("mastodon", {"error": "This method requires an authenticated user"}, 401)


def test_a_tag_that_nobody_used_yet_is_empty() -> None:
    assert answered("mastodon", {"error": "Record not found"}, 404) == Parsed()


def test_a_404_of_another_server_is_not() -> None:
    with pytest.raises(Unreadable, match='the web page "Not here"'):
        answered("mastodon", "<html><title>Not here</title></html>", 404)


def test_the_moment_at_which_mastodons_limit_ends_is_read() -> None:
    headers = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "2026-11-23T09:04:00.000000Z"}
    limited = answer(first("mastodon"), {"error": "Too many requests"}, 429, **headers)
    with pytest.raises(Blocked) as refused:
        source("mastodon").parse(limited)
    assert refused.value.retry_after == 240


def test_a_post_seen_on_two_instances_is_one() -> None:
    def seen(number: str) -> Finding:
        there = "https://a.example.net/users/x/statuses/5"
        post = {"id": number, "uri": there, "url": "https://a.example.net/@x/5", "content": "<p>Ada</p>"}
        return answered("mastodon", [post]).findings[0]

    assert seen("1") == seen("2")


def test_names_are_sent_to_mastodon_only_with_a_token() -> None:
    (tag,) = source("mastodon").plan([ADA])
    (search,) = source("mastodon", SEARCH_TOKEN).plan([ADA])
    assert (tag.subject, search.subject) == (None, "ada")
    assert search.headers["authorization"].startswith("Bearer ")


def test_a_token_that_mastodon_does_not_accept_is_the_owners_to_mend() -> None:
    with pytest.raises(Misconfigured, match="does not accept the token"):
        answered("mastodon", {"error": "The access token is invalid"}, 401, options=SEARCH_TOKEN)


def test_mastodon_wants_something_to_watch() -> None:
    with pytest.raises(ValidationError, match="expected tags or accounts, or a token"):
        source("mastodon", {"base_url": "https://social.example.org"})


# --- Bluesky ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["AuthenticationRequired", "AuthFactorTokenRequired", "AccountTakedown"])
def test_a_log_in_that_bluesky_refuses_is_the_owners_to_mend(code: str) -> None:
    with pytest.raises(Misconfigured):
        answered("bluesky", {"error": code, "message": "no"}, 401)


def test_a_web_page_with_403_says_nothing_about_the_password() -> None:
    for request in (first("bluesky"), behind_log_in("bluesky")):
        with pytest.raises(Blocked, match="says nothing about the password"):
            answered("bluesky", "<html><title>403</title>Forbidden</html>", 403, request=request)


def test_a_session_that_ended_is_a_refusal_of_now() -> None:
    with pytest.raises(Blocked, match="expired"):
        answered(
            "bluesky",
            {"error": "ExpiredToken", "message": "expired"},
            400 + 1,
            request=behind_log_in("bluesky"),
        )


def test_the_token_travels_in_a_header_and_to_one_host() -> None:
    request = behind_log_in("bluesky")
    assert request.headers == {"authorization": "Bearer invented-token"}
    assert "invented-token" not in request.url
    assert not request.follow_off_host


@pytest.mark.parametrize("token", ["", None, "with a blank in it", "line\nbreak: yes", "é" * 20, "x" * 9000])
def test_a_token_that_cannot_be_one_is_not_sent_nor_told(token: object) -> None:
    with pytest.raises(Unreadable, match=r"no token that can be sent$"):
        answered("bluesky", {"accessJwt": token})


# --- StackExchange ------------------------------------------------------------------------------


def test_a_back_off_in_a_good_answer_is_a_wish_for_peace() -> None:
    assert answered("stackexchange", {"items": [], "backoff": 12}).wait == 12


def test_a_quota_that_is_used_up_ends_the_day() -> None:
    read = answered("stackexchange", {"items": [], "has_more": True, "quota_remaining": 0})
    assert read.follow == ()
    assert read.wait == 15 * 3600  # the recorded moment is 09:00, the quota begins anew at midnight


def test_the_throttle_of_stackexchange_says_for_how_long() -> None:
    said = "too many requests from this IP, more requests available in 4321 seconds"
    error = {"error_id": 502, "error_name": "throttle_violation", "error_message": said}
    with pytest.raises(Blocked, match="too many requests") as refused:
        answered("stackexchange", error, 400)
    assert refused.value.retry_after == 4321


def test_a_site_that_does_not_exist_is_the_owners_to_mend() -> None:
    error = {"error_id": 400, "error_name": "bad_parameter", "error_message": "No site found for name `x`"}
    with pytest.raises(Misconfigured, match="No site found"):
        answered("stackexchange", error, 400)


def test_each_site_is_asked_for_each_name() -> None:
    made = source("stackexchange", {"sites": ["academia", "french"]}).plan(
        [named("Ada Exemple", "A. Exemple")]
    )
    assert [asked(request)["site"] for request in made] == ["academia", "french"] * 2


# --- Discourse ----------------------------------------------------------------------------------


def test_a_name_too_short_for_discourse_is_told_and_not_asked() -> None:
    (request,) = source("discourse").plan([named("Ada Exemple", "AE")])
    assert asked(request)["q"] == '"Ada Exemple" order:latest'
    read = answered("discourse", {"posts": [], "grouped_search_result": {}}, request=request)
    assert read.missing == ("the name AE is too short for the search of a Discourse forum",)


def test_a_subject_with_short_names_only_is_the_owners_to_mend() -> None:
    request = first("discourse", subject=named("AE"))
    with pytest.raises(Misconfigured, match="AE is too short"):
        answered("discourse", {"posts": [], "grouped_search_result": {}}, request=request)


def test_a_forum_for_members_wants_a_key() -> None:
    error = {"errors": ["You need to be logged in to do that."], "error_type": "not_logged_in"}
    with pytest.raises(Misconfigured, match=r"logged in to do that.*api_key"):
        answered("discourse", error, 403)


def test_the_wait_that_a_forum_asks_for_is_told() -> None:
    error = {"errors": ["Slow down."], "error_type": "rate_limit", "extras": {"wait_seconds": 9}}
    with pytest.raises(Blocked) as refused:
        answered("discourse", error, 429)
    assert refused.value.retry_after == 9


def test_a_key_goes_into_the_headers() -> None:
    options = {**OPTIONS["discourse"], "api_key": "env:LAB", "api_username": "ada"}
    request = first("discourse", options)
    assert (request.headers["api-key"], request.headers["api-username"]) == ("planted-secret-4711", "ada")
    assert "planted" not in request.url


# --- Telegram, Lobsters -------------------------------------------------------------------------


@pytest.mark.parametrize("location", ["https://t.me/exemples", "/exemples", ""])
def test_a_channel_without_preview_is_the_owners_to_mend(location: str) -> None:
    with pytest.raises(Misconfigured, match="no preview of exemples"):
        answered("telegram", "", 302, location=location)


def test_another_redirect_of_telegram_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="redirect to another page"):
        answered("telegram", "", 302, location="https://telegram.org/faq")


def test_a_search_in_a_channel_may_find_nothing() -> None:
    body = (
        '<html><body><section class="tgme_channel_history"><div>No posts found</div></section></body></html>'
    )
    assert answered("telegram", body) == Parsed()


def test_lobsters_is_told_no_name() -> None:
    made = source("lobsters", {"domains": ["example.org"], "tags": ["email"]}).plan([ADA])
    assert [urlsplit(request.url).path for request in made] == [
        "/newest.rss", "/comments.rss", "/t/email.rss", "/domains/example.org.rss",
    ]  # fmt: skip
    assert {request.subject for request in made} == {None}


# --- what is common -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bluesky", "reddit", "stackexchange"])
def test_a_canary_asks_for_no_subject(kind: str) -> None:
    request = canary(kind)
    assert request.subject is None
    assert request.context["canary"]
    assert "Ada" not in f"{request.url}{request.context}"


def test_a_canary_behind_a_log_in_stays_nobodys() -> None:
    request = canary("bluesky")
    (search,) = source("bluesky").parse(answer(request, {"accessJwt": "invented-token"})).follow
    assert (search.subject, asked(search)["q"]) == (None, '"bluesky"')


def test_dates_without_zone_are_utc() -> None:
    post = {"post": {"name": "A", "ap_id": "https://l.example/post/1", "published": "2026-11-20T10:00:00.5"}}
    (item,) = answered("lemmy", {"posts": [post], "comments": []}).findings
    assert item.published == datetime(2026, 11, 20, 10, 0, 0, 500_000, tzinfo=UTC)


def test_an_expected_page_is_read_whatever_the_name_is() -> None:
    sly = replace(ADA, name='Ada" OR "everybody')
    assert asked(first("stackexchange", subject=sly))["q"] == '"Ada OR everybody"'
