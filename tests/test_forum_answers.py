"""What forums answer when they do not answer: each has the outcome that its cause deserves."""

from __future__ import annotations

import pytest

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.model import Request
from tests.forums import HTML, OPTIONS, REDDIT_API, SEARCH_TOKEN, answered, behind_log_in, first

JSON_KINDS = [
    "bluesky", "discourse", "github_code", "github_issues", "hackernews", "lemmy", "mastodon",
    "stackexchange", "wikipedia",
]  # fmt: skip
LIMIT = "API rate limit exceeded for user"


def search(kind: str) -> Request:
    """The request whose answer holds the hits."""
    return behind_log_in(kind) if kind == "bluesky" else first(kind)


# (kind, body, status, what it means)
ERRORS: list[tuple[str, object, int, type[SourceError]]] = [
    # JSON that is an error, with status 200
    ("bluesky", {"error": "UpstreamFailure", "message": "try later"}, 200, Blocked),
    ("discourse", {"errors": ["The search is closed."], "error_type": "invalid_access"}, 200, Unreadable),
    ("discourse", {"posts": [], "grouped_search_result": {"error": "the query is broken"}}, 200, Unreadable),
    ("hackernews", {"message": "Invalid Application-ID", "status": 403}, 200, Unreadable),
    ("lemmy", {"error": "rate_limit_error"}, 200, Blocked),
    ("lemmy", {"error": "unknown", "message": "Record not found"}, 200, Unreadable),
    ("mastodon", {"error": "Remote data could not be fetched"}, 200, Unreadable),
    ("stackexchange", {"error_id": 502, "error_name": "throttle_violation"}, 200, Blocked),
    ("stackexchange", {"error_id": 500, "error_name": "internal_error"}, 200, Unreachable),
    (
        "wikipedia",
        {"error": {"code": "maxlag", "info": "Waiting for a host: 6 seconds lagged"}},
        200,
        Unreachable,
    ),
    ("wikipedia", {"error": {"code": "cirrussearch-too-busy-error", "info": "Too busy"}}, 200, Blocked),
    ("wikipedia", {"batchcomplete": True}, 200, Unreadable),
    # a status of 4xx that says what is wrong
    ("bluesky", {"error": "InvalidRequest", "message": "q must be a string"}, 400, Unreadable),
    ("bluesky", {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, Blocked),
    (
        "discourse",
        {"errors": ["The parameter q is invalid."], "error_type": "invalid_parameters"},
        400,
        Unreadable,
    ),
    ("github_code", {"message": "Bad credentials"}, 401, Misconfigured),
    ("github_issues", {"message": LIMIT}, 403, Blocked),
    ("github_issues", {"message": "The search is longer than 256 characters."}, 422, Misconfigured),
    ("lemmy", {"error": "rate_limit_error"}, 400, Blocked),
    ("lemmy", {"error": "instance_is_private"}, 400, Misconfigured),
    ("lemmy", {"error": "invalid_query"}, 400, Unreadable),
    ("lemmy", "", 404, Misconfigured),
    ("mastodon", {"error": "This method requires an authenticated user"}, 422, Misconfigured),
    ("stackexchange", {"error_id": 403, "error_message": "key is not valid"}, 400, Misconfigured),
    ("stackexchange", {"error_id": 777, "error_message": "who knows"}, 400, Unreadable),
]


@pytest.mark.parametrize(("kind", "body", "status", "meaning"), ERRORS)
def test_an_error_means_what_its_service_means(
    kind: str, body: object, status: int, meaning: type[SourceError]
) -> None:
    with pytest.raises(SourceError) as raised:
        answered(kind, body, status, request=search(kind))
    assert type(raised.value) is meaning


@pytest.mark.parametrize("kind", [*JSON_KINDS, "reddit", "telegram", "lobsters"])
@pytest.mark.parametrize(
    "body",
    ["Internal error: try again later.", "rate limited", "", HTML, "null", "7", '{"hits": ', "[" * 20_000],
    ids=["text", "short text", "nothing", "a page", "null", "a number", "cut", "an attack"],
)
def test_what_is_no_answer_is_never_read_as_empty(kind: str, body: str) -> None:
    with pytest.raises((Unreadable, Blocked)):
        answered(kind, body, request=search(kind))


@pytest.mark.parametrize("body", ["Internal error", "", HTML, "null", "{}", "[]", '{"error": 1}'])
@pytest.mark.parametrize("kind", ["bluesky", "reddit"])
def test_a_log_in_that_brings_no_token_leads_nowhere(kind: str, body: str) -> None:
    options = REDDIT_API if kind == "reddit" else None
    with pytest.raises(SourceError):
        answered(kind, body, options=options)


@pytest.mark.parametrize("body", ["Internal error", "", HTML, "null", "{}", "[]", '{"data": {}}'])
def test_a_search_of_reddits_api_is_never_read_as_empty_by_mistake(body: str) -> None:
    with pytest.raises((Unreadable, Blocked)):
        answered("reddit", body, request=behind_log_in("reddit", REDDIT_API), options=REDDIT_API)


@pytest.mark.parametrize("body", ["{}", "[]", '{"statuses": null}', "Internal error"])
def test_a_search_of_mastodon_is_never_read_as_empty_by_mistake(body: str) -> None:
    with pytest.raises(Unreadable):
        answered("mastodon", body, options=SEARCH_TOKEN)


# (kind, an answer whose single hit lacks everything or has it null)
BARE: list[tuple[str, object]] = [
    ("bluesky", {"posts": [None, {}, {"uri": None, "record": None, "author": 7, "indexedAt": "soon"}]}),
    ("discourse", {"posts": [None, {}, {"topic_id": None}], "topics": None, "grouped_search_result": {}}),
    ("discourse", [None, {"results": [None, {}, {"url": None, "title": None}]}]),
    ("github_code", {"items": [None, {}, {"html_url": None, "repository": None}]}),
    ("github_issues", {"items": [None, {}, {"html_url": None, "user": None, "body": None}]}),
    ("lemmy", {"posts": [None, {}, {"post": None}], "comments": [{"comment": {"ap_id": None}}]}),
    ("mastodon", [None, {}, {"uri": None, "url": None, "content": None, "account": None}]),
    ("stackexchange", {"items": [None, {}, {"link": None, "title": None, "owner": None}]}),
    ("wikipedia", {"query": {"search": [None, {}, {"pageid": None, "title": None}]}}),
]


@pytest.mark.parametrize(("kind", "body"), BARE)
def test_hits_that_are_null_throughout_do_no_harm(kind: str, body: object) -> None:
    assert all(item.url == "" for item in answered(kind, body, request=search(kind)).findings)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-11-20T10:00:00", "2026-11-20T10:00:00+00:00"),
        ("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00+00:00"),
        ("3 hours ago", "2026-11-23T06:00:00+00:00"),
        *((said, "") for said in ("some time ago", "2091-01-01T00:00:00Z", "", None, True)),
    ],
)
@pytest.mark.parametrize("kind", ["bluesky", "mastodon", "discourse"])
def test_a_date_is_utc_where_it_has_no_zone_and_none_where_it_cannot_be_read(
    kind: str, said: object, read: str
) -> None:
    bodies: dict[str, object] = {
        "bluesky": {"posts": [{"indexedAt": said, "record": {"text": "Ada"}}]},
        "mastodon": [{"created_at": said, "content": "Ada", "uri": "https://a.example/1"}],
        "discourse": {
            "posts": [{"created_at": said, "topic_id": 1, "blurb": "Ada"}],
            "grouped_search_result": {},
        },
    }
    (item,) = answered(kind, bodies[kind], request=search(kind)).findings
    assert (item.published.isoformat() if item.published else "") == read


def test_the_table_speaks_of_every_kind_that_answers_in_json() -> None:
    assert {kind for kind, *_ in ERRORS} == set(JSON_KINDS) | (OPTIONS.keys() - {"reddit", "telegram"})
