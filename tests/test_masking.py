"""Secrets are hidden wherever something is shown or kept."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from repwatch import masking
from repwatch.cli.group import repwatch
from repwatch.cli.log import JsonLine, OneLine
from repwatch.config.document import parse
from repwatch.config.export import shown
from repwatch.config.load import check
from repwatch.config.secret import Secret
from repwatch.errors import ConfigError, DeliveryError, Unreadable
from repwatch.masking import hide, keep_secret, keep_secrets_of, keep_token, mask, redact
from repwatch.rules.outcome import conclude
from repwatch.store import outbox
from tests.fake_kinds import KINDS, SMALL
from tests.fakes import rss
from tests.house import BLOG, SUBJECTS, House, article, configured, house

TOKEN = "planted-token-1"
FEED = f"https://user:{TOKEN}@blog.example/feed?key={TOKEN}"
KEYED = f"https://blog.example/feed?key={TOKEN}"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_kept", set())
    monkeypatch.setattr(masking, "_passing", {})


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://www.google.com/alerts/feeds/01234567890123456789/98", "/alerts/feeds/***/98"),
        ("https://x.example/private/AbC1d2E3f4g5H6i7/rss", "/private/***/rss"),
        ("https://x.example/.rss?feed=0a1b2c3d4e5f60718293&user=ada", "/.rss?feed=***&user=ada"),
        ("https://x.example/.rss?feed=an-invented-token&user=ada", "/.rss?feed=***&user=ada"),
        ("https://x.example/?feed=rss2", "/?feed=rss2"),
        ("https://x.example/2026/a-long-title-of-2026-in-lyon", "/2026/a-long-title-of-2026-in-lyon"),
        ("https://x.example/?q=ada-exemple-in-lyon-2026", "/?q=ada-exemple-in-lyon-2026"),
    ],
)
def test_a_token_is_known_by_its_looks_and_a_title_is_none(url: str, told: str) -> None:
    assert mask(url).endswith(told)


def test_the_token_of_a_session_is_hidden_while_it_is_among_the_newest() -> None:
    for number in range(100):
        keep_token({"authorization": f"Bearer session-token-{number}"})
    assert redact("session-token-99 and session-token-40") == "*** and ***"
    assert redact("session-token-3 ended") == "session-token-3 ended"
    keep_token({"accept": "text/html"})
    keep_token({"authorization": "Bearer short"})
    assert redact("short") == "short"


def test_an_address_inside_a_text_is_masked() -> None:
    assert hide(f"GET {FEED} failed") == "GET https://***@blog.example/feed?key=*** failed"


def test_a_secret_that_was_read_is_hidden_in_any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "hunter2 hunter2")
    Secret.parse("env:PLANTED").reveal()
    assert hide("535 'hunter2 hunter2' and hunter2%20hunter2 are wrong") == "535 '***' and *** are wrong"


def test_a_short_word_is_not_looked_for() -> None:
    keep_secret("lyon")
    assert hide("a trip to lyon") == "a trip to lyon"


def test_what_is_redacted_keeps_its_addresses() -> None:
    keep_secrets_of(FEED)
    other = "https://other.example/?code=abc"
    assert redact(f"{other} {TOKEN}") == f"{other} ***"


def test_a_cause_never_quotes_a_secret() -> None:
    errors = [Unreadable(f"cannot read {FEED}")]
    for answered in (0, 1):
        _, cause = conclude(answered=answered, findings=0, missing=(FEED,), errors=errors, gap=False)
        assert "***@blog.example" in cause
        assert TOKEN not in cause


@pytest.mark.parametrize("formatter", [OneLine("%(message)s"), JsonLine()])
def test_the_log_never_shows_a_secret(formatter: logging.Formatter) -> None:
    keep_secret(TOKEN)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, f"{FEED} {TOKEN}", None, None)
    record.exc_info = (KeyError, KeyError(FEED), None)
    record.fields = {"cause": FEED}
    text = formatter.format(record)
    assert TOKEN not in text
    assert text.count("***") >= 5


def test_a_defect_shows_its_traceback_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(FEED)

    monkeypatch.setattr("repwatch.cli.config.load_config", broken)
    result = CliRunner().invoke(repwatch, ["config", "check"])
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "please report it" in result.stderr
    assert TOKEN not in result.output


def test_what_is_shown_of_the_configuration_hides_the_secrets_of_addresses() -> None:
    proxy = f"fetch: {{proxy: 'http://proxy.example/?key={TOKEN}'}}\n"
    text = SMALL.replace("https://blog.example.org/feed", KEYED) + proxy
    told = shown(check(text, Path("/invented/repwatch.yaml"), KINDS))
    assert TOKEN not in told
    assert "url: https://blog.example/feed?key=***" in told
    assert told.count("http://proxy.example/?key=***") == 2


@pytest.mark.parametrize("part", ["sources", "fetch"])
def test_a_password_in_an_address_is_refused_and_not_repeated(part: str) -> None:
    text = SMALL.replace("https://blog.example.org/feed", FEED) if part == "sources" else SMALL
    proxy = f"fetch: {{proxy: 'http://me:{TOKEN}@proxy.example'}}\n" if part == "fetch" else ""
    with pytest.raises(ConfigError) as caught:
        check(text + proxy, Path("bad.yml"), KINDS)
    assert "must not carry a user name or password" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_line_with_such_an_address_is_not_repeated_in_an_error() -> None:
    text = SMALL.replace('"https://blog.example.org/feed"', f'"{FEED}", evry: 1h')
    with pytest.raises(ConfigError) as caught:
        check(text, Path("bad.yml"), KINDS)
    assert "unknown key 'evry'" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert parse(SMALL, "x").told((6, 1), "words").count("\n") == 2  # any other line is shown


async def test_neither_the_database_nor_a_mail_holds_the_token_of_a_feed(tmp_path: Path) -> None:
    config = configured(tmp_path, (f'{{kind: feed, id: blog, url: "{KEYED}"}}',), subjects=SUBJECTS)
    async with house(config) as home:
        await first_look(home)
        title, _, about = article(2)
        itself = (title, f"https://blog.example/feed?key={TOKEN}#2", about)
        home.web.replies["https://blog.example/feed"] = rss(itself, article(1))
        await home.check()
        raw = await home.report()
    held = b"".join(file.read_bytes() for file in tmp_path.glob("house.db*"))
    assert raw
    assert TOKEN.encode() not in raw + held
    assert b"workshop number 2" in raw


async def first_look(home: House) -> None:
    home.web.replies["https://blog.example/feed"] = rss()
    await home.check()


async def test_a_delivery_s_cause_hides_a_password_that_the_server_repeats(tmp_path: Path) -> None:
    keep_secret(TOKEN)
    async with house(configured(tmp_path), failures=[DeliveryError(f"535 {TOKEN} is wrong")]) as home:
        home.web.replies = {BLOG: rss(article(1))}
        await home.check("blog")
        await home.report()
        await home.app.deliver.run()
        (waiting,) = await home.app.store.read(outbox.open_ones)
        assert waiting.cause == "535 *** is wrong"


async def test_the_new_address_of_a_feed_is_told_without_its_token(tmp_path: Path) -> None:
    async with house(configured(tmp_path)) as home:
        home.web.replies = {
            BLOG: httpx.Response(301, headers={"location": f"http://blog.example/new?key={TOKEN}"}),
            "http://blog.example/new": rss(),
        }
        await home.check("blog")
        assert (await home.state("blog")).moved_to == "http://blog.example/new?key=***"
