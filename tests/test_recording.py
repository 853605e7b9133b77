"""`repwatch source record` keeps answers without secrets; `replay` reads them again."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, quote_plus

import pytest
from click.testing import CliRunner, Result

from repwatch import recording
from repwatch.cli.group import repwatch
from repwatch.cli.recording import save, summary
from repwatch.errors import RepwatchError
from repwatch.masking import hidden_in
from repwatch.model import Page, Parsed, Request
from repwatch.rules.cleanse import cleansed, cleanser, secrets_in
from tests.recorded import NOW

KEY = "pl/an&t<e>d+4711=é"
CONTACT = "owner+watch@example.org"
GRANTED = "granted-4711-abcdef"

REGISTER = """
title: An echoing register
about: An invented register that says whatever it is told. Each name is sent.
base: http://127.0.0.1:1
request:
  path: /api
  params: {q: '"{name}"', api_key: "{key}", mail: "{contact}"}
  headers: {authorization: "Bearer {key}"}
keyless: false
required: notices
items: notices[]
fields: {title: heading, url: link, summary: text}
page: {param: page, first: 1, pages: 2}
"""


class Echo(BaseHTTPRequestHandler):
    """Says back all it was told, in every spelling, and sets a cookie."""

    def do_GET(self) -> None:
        told = self.headers["authorization"] or ""
        spelled = [form(KEY) for form in SPELLINGS]
        answer = {
            "notices": [{"heading": "Ada Exemple opens the market", "link": "/1", "text": f"asked: {told}"}],
            "you": {"path": self.path, "contact": CONTACT, "login": dict(self.headers), "key": spelled},
            "access_token": GRANTED,
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("set-cookie", f"session={GRANTED}-cookie")
        self.send_header("x-your-key", quote(KEY))
        self.send_header("link", f"<http://127.0.0.1/next?token={GRANTED}>; rel=next")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


SPELLINGS = (
    str,
    quote,
    quote_plus,
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="").lower(),
    html.escape,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    lambda text: base64.b64encode(text.encode()).decode(),
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a configuration that asks an echoing server on loopback, as the current one."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "register.yaml").write_text(REGISTER)
    address = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "repwatch.yaml").write_text(f"""
contact: {CONTACT}
database: sqlite:///{tmp_path}/memory.db
catalog: kinds
subjects: [{{id: ada, name: Ada Exemple, relation: self}}]
sources:
  - {{kind: register, key: "env:REGISTER_KEY", base_url: "{address}", allow_private: [loopback], interval: 0}}
""")
    (tmp_path / "repwatch.yaml").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGISTER_KEY", KEY)
    yield tmp_path
    server.shutdown()
    server.server_close()
    thread.join()


def call(*arguments: str) -> Result:
    return CliRunner().invoke(repwatch, ["source", *arguments])


def kept(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in (folder / "recorded" / "register").iterdir()}


def test_a_source_is_recorded_and_replayed_without_its_secret(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = call("record", "register")
    assert recorded.exit_code == 0, recorded.output
    assert "page-1.json: 1 finding\n" in recorded.output
    assert "Kept 2 pages." in recorded.output
    names = {f"page-{number}.{kind}" for number in (1, 2) for kind in ("json", "page.json", "expected.json")}
    assert set(kept(place)) == names
    monkeypatch.delenv("REGISTER_KEY")
    replayed = call("replay", "register")
    assert (replayed.exit_code, replayed.output.count("1 finding, as expected")) == (0, 2), replayed.output


def test_no_secret_is_in_any_file_of_a_recording(place: Path) -> None:
    assert call("record", "register").exit_code == 0
    planted = {form(secret) for form in SPELLINGS for secret in (KEY, CONTACT)} | {GRANTED}
    for name, text in kept(place).items():
        found = [secret for secret in planted if secret in text]
        assert found == [], name
        assert "cookie" not in text.lower() or name == "page-1.json"
    around = json.loads(kept(place)["page-1.page.json"])
    assert "headers" not in around["request"]
    assert set(around["headers"]) <= {"content-type", "link"}


def test_a_recording_is_for_its_owner_alone_and_is_in_the_query_log(place: Path) -> None:
    call("record", "register")
    assert {file.stat().st_mode & 0o777 for file in (place / "recorded" / "register").iterdir()} == {0o600}
    queries = CliRunner().invoke(repwatch, ["queries", "--json"])
    assert [query["name"] for query in json.loads(queries.stdout)] == ["Ada Exemple"] * 2
    mentions = CliRunner().invoke(repwatch, ["mentions", "list"])
    assert "Ada Exemple opens" not in mentions.output


def test_a_recording_is_never_written_over(place: Path) -> None:
    call("record", "register", "--to", "mine")
    before = (place / "mine" / "page-1.json").read_bytes()
    again = call("record", "register", "--to", "mine")
    assert again.exit_code == 1
    assert "holds a recording already" in again.output
    assert (place / "mine" / "page-1.json").read_bytes() == before


def test_replay_shows_what_changed_until_it_is_updated(place: Path) -> None:
    call("record", "register")
    beside = place / "recorded" / "register" / "page-2.expected.json"
    beside.write_text(beside.read_text().replace("the market", "the fair"))
    changed = call("replay", "register")
    assert changed.exit_code == 3
    assert '-   "title": "Ada Exemple opens the fair",' in changed.output
    assert '+   "title": "Ada Exemple opens the market",' in changed.output
    updated = call("replay", "register", "--update")
    assert (updated.exit_code, "which was not what was expected; now it is:" in updated.output) == (0, True)
    assert call("replay", "register").exit_code == 0


def test_a_body_alone_is_the_answer_to_the_first_request(place: Path) -> None:
    (place / "some.json").write_text('{"notices": [{"heading": "A notice", "link": "/2"}]}')
    first = call("replay", "register", "some.json")
    assert (first.exit_code, "1 finding, and nothing is expected yet" in first.output) == (3, True)
    assert call("replay", "register", "some.json", "--update").exit_code == 0
    assert call("replay", "register", "some.json").exit_code == 0


def test_a_watched_page_is_a_text_and_no_list_of_findings() -> None:
    assert summary(b'{"snapshots": [{}, {}]}') == "2 watched texts"


def test_nothing_is_left_behind_where_nothing_could_be_kept(tmp_path: Path) -> None:
    save([], tmp_path / "recorded" / "wall")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_recorded_as_what_it_is(place: Path) -> None:
    (place / "wall.html").write_text("<html><title>Log in</title><form><input type=password></form></html>")
    call("replay", "register", "wall.html", "--update")
    assert json.loads((place / "wall.expected.json").read_text())["raises"] == "Blocked"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["replay", "register"], "no recorded page: recorded/register; 'repwatch source record ID'"),
        (["replay", "register", "none.json"], "no recorded page: none.json"),
        (["replay", "other"], "there is no source 'other'; sources: register"),
        (["record", "other"], "there is no source 'other'; sources: register"),
    ],
)
def test_a_mistake_is_one_line(place: Path, arguments: list[str], told: str) -> None:
    del place
    result = call(*arguments)
    assert (result.exit_code, told in result.output.splitlines()[-1]) == (1, True)


# --- the form, and what is taken out --------------------------------------------------------------


def a_page(**changes: object) -> Page:
    request = Request(
        "https://register.example/api?q=Ada",
        "ada",
        "POST",
        {"accept": "application/json"},
        b'{"q": "Ada"}',
        frozenset({404}),
        context={"page": "2"},
    )
    page = Page(request, 200, request.url, {"content-type": "application/json"}, b"{}", NOW)
    return replace(page, **changes)  # type: ignore[arg-type]


def test_a_page_comes_back_from_its_files_as_it_was(tmp_path: Path) -> None:
    for name, data in recording.files("one", a_page(), recording.written({})).items():
        (tmp_path / name).write_bytes(data)
    (body,) = recording.recordings(tmp_path)
    assert recording.load(body, Request("https://elsewhere.example")) == a_page()
    assert recording.expected(body) == {}


@pytest.mark.parametrize("around", ['{"request": {"adress": "x"}}', '{"status": "fine"}', "[", "[1]"])
def test_what_stands_beside_a_body_and_is_wrong_is_told(tmp_path: Path, around: str) -> None:
    (tmp_path / "one.json").write_text("{}")
    (tmp_path / "one.page.json").write_text(around)
    with pytest.raises(RepwatchError, match=r"one\."):
        recording.load(tmp_path / "one.json", a_page().request)


def test_a_token_that_a_log_in_grants_is_taken_out_wherever_it_is_used() -> None:
    login = a_page(
        body=b'{"accessJwt": "eyJhbGciOi.4711", "did": "did:plc:x", "nextPageToken": "cursor-4711"}'
    )
    search = a_page(request=Request("https://register.example/?at=eyJhbGciOi.4711", "ada"), body=b"{}")
    clean = cleanser(set(secrets_in([login, search])))
    assert b"eyJ" not in cleansed(login, clean).body
    assert b"cursor-4711" in cleansed(login, clean).body
    assert "eyJ" not in cleansed(search, clean).request.url


def test_the_numbers_of_an_alert_are_taken_out_of_its_feed_too() -> None:
    url = "https://www.google.com/alerts/feeds/01234567890123456789/9876543210987654321"
    page = a_page(request=Request(url), url=url, body=b"<id>user/01234567890123456789/alerts</id>")
    kept_page = cleansed(page, cleanser(set(secrets_in([page]))))
    assert (kept_page.request.url, kept_page.body) == (
        "https://www.google.com/alerts/feeds/***/***",
        b"<id>user/***/alerts</id>",
    )
    assert set(hidden_in(url)) == {"01234567890123456789", "9876543210987654321"}


def test_a_password_in_an_address_is_taken_out_with_its_user() -> None:
    page = a_page(request=Request("https://ada:pass%2Fword@register.example/"), body=b"welcome, pass/word")
    kept_page = cleansed(page, cleanser(set(secrets_in([page]))))
    assert kept_page.request.url == "https://***@register.example/"
    assert kept_page.body == b"welcome, ***"


def test_nothing_secret_leaves_a_page_as_it_was() -> None:
    page = a_page(body=b'{"title": "Ada Exemple"}')
    assert cleansed(page, cleanser(set(secrets_in([page])))) == page


def test_what_is_empty_is_not_shown() -> None:
    assert recording.shown(Parsed()) == {}
