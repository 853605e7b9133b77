"""Feeds from and for a feed reader: what is added, what is known, what is refused, what stays secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from repwatch.cli.group import repwatch
from repwatch.config.load import load
from repwatch.errors import SourceError
from repwatch.plugins import all_kinds
from repwatch.sources.opml import MOST, Opml
from tests.recorded import page

ALERT = "https://www.google.com/alerts/feeds/01234567890123456789/9876543210"
CONFIG = f"""\
# mine
contact: me@example.org
subjects: [{{id: ada, name: Ada Exemple, relation: self}}]
sources:
  # the blog
  - {{kind: feed, url: "https://blog.example.org/feed"}}   # often
  - {{kind: google_alerts, feed: "{ALERT}", name: Ada's alert}}
  - {{kind: feed, url: "https://private.example.org/feed?token=s3same-0pen-n0w", enabled: false}}
channels:
  mail: {{kind: email, host: smtp.example.org, from: me@example.org}}
reports: [{{channel: mail, to: me@example.org, every: 1h}}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "repwatch.yaml"
    path.write_text(f"database: sqlite:///{tmp_path}/memory.db\n{CONFIG}", "utf-8")
    path.chmod(0o600)
    return path


def call(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(repwatch, ["--config", str(config), *arguments])


def outline(*urls: str, form: str = '<outline type="rss" text="A feed" xmlUrl="{}"/>') -> str:
    body = "".join(form.format(url) for url in urls)
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{body}</body></opml>'


def file(folder: Path, *urls: str) -> str:
    path = folder / "feeds.opml"
    path.write_text(outline(*urls), "utf-8")
    return str(path)


def read(text: str | bytes) -> list[tuple[str, str]]:
    return [(item.title, item.url) for item in Opml().parse(page(text)).findings]


def test_feeds_are_found_at_any_depth_however_their_address_is_spelled() -> None:
    text = """<opml><body><outline text="News"><outline title="One" text="x" xmlUrl="https://a.example/1"/>
      <outline text="Deep"><outline text="Two" xmlurl="https://a.example/2" type="atom"/></outline></outline>
      <OUTLINE text="Three" XMLURL=" https://a.example/3 "/><outline text="No feed" htmlUrl="https://a.example"/>
      <outline text="Empty" xmlUrl=""/></body></opml>"""
    urls = [f"https://a.example/{number}" for number in (1, 2, 3)]
    assert read(text) == list(zip(("One", "Two", "Three"), urls, strict=True))


def test_an_ampersand_that_nobody_escaped_stays_in_the_address() -> None:
    text = outline("https://a.example/rss?a=1&b=2&amp;c=3")
    assert read(text) == [("A feed", "https://a.example/rss?a=1&b=2&c=3")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_accents_survive_the_encoding_of_the_file(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="Réseaux" xmlUrl="https://a.example"/></body></opml>'
    assert read(text.encode(encoding))[0][0] == "Réseaux"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty answer"),
        ("<html><title>Sign in</title></html>", 'the web page "Sign in"'),
        ('<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "another kind of XML"),
        ("<opml><body><outline", "line 1 of this OPML file is broken"),
        ('<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "declares entities"),
        (outline(*["https://a.example"] * (MOST + 1)), f"there are {MOST + 1} feeds"),
    ],
)
def test_what_is_no_outline_is_told_as_what_it_is(text: str, said: str) -> None:
    with pytest.raises(SourceError) as raised:
        read(text)
    assert said in raised.value.cause


def test_outlines_without_end_do_not_end_the_program() -> None:
    with pytest.raises(SourceError):
        read("<opml><body>" + "<outline>" * 100_000)


def test_a_preview_changes_nothing(config: Path, tmp_path: Path) -> None:
    before = config.read_bytes()
    done = call(config, "import", "opml", file(tmp_path, "https://new.example/feed"))
    assert done.exit_code == 0
    assert "1 source to add:\n  feed           https://new.example/feed (A feed)" in done.stdout
    assert "Nothing is written yet." in done.stdout
    assert config.read_bytes() == before


def test_feeds_are_added_behind_the_others_and_comments_stay(config: Path, tmp_path: Path) -> None:
    before = config.read_text("utf-8")
    done = call(
        config, "import", "opml", file(tmp_path, "https://a.example/1", "https://a.example/2"), "--yes"
    )
    assert done.exit_code == 0
    added = [f"  - {{kind: feed, url: 'https://a.example/{number}', name: A feed}}\n" for number in (1, 2)]
    assert config.read_text("utf-8") == before.replace("channels:", "".join(added) + "channels:")
    assert len(load(config, all_kinds(config)).sources) == 4


def test_what_is_configured_or_comes_twice_is_known(config: Path, tmp_path: Path) -> None:
    urls = ("http://blog.example.org/feed/", ALERT, "https://private.example.org/feed?token=s3same-0pen-n0w")
    done = call(config, "import", "opml", file(tmp_path, *urls, "https://a.example", "https://a.example"))
    assert "1 source to add:" in done.stdout
    assert "4 feeds known already:" in done.stdout


def test_importing_again_adds_nothing(config: Path, tmp_path: Path) -> None:
    path = file(tmp_path, "https://a.example/1", ALERT[:-1])
    call(config, "import", "opml", path, "--yes")
    before = config.read_bytes()
    assert "There is nothing to add." in call(config, "import", "opml", path, "--yes").stdout
    assert config.read_bytes() == before


def test_a_google_alert_is_recognised(config: Path, tmp_path: Path) -> None:
    old = "http://user/01234567890123456789/state/com.google/alerts/111"
    call(config, "import", "opml", file(tmp_path, ALERT[:-1] + "7", old), "--yes")
    kinds = [entry.kind for entry in load(config, all_kinds(config)).sources]
    assert kinds.count("google_alerts") == 3


def test_a_youtube_channel_is_recognised_and_exported_as_its_feed(config: Path, tmp_path: Path) -> None:
    url = "https://www.youtube.com/feeds/videos.xml?channel_id=UC" + "x" * 22
    call(config, "import", "opml", file(tmp_path, url, url.replace("xxx", "yyy")), "--yes")
    added = load(config, all_kinds(config)).sources[-2:]
    assert [entry.kind for entry in added] == ["youtube", "youtube"]
    assert url in [each for _, each in read(call(config, "export", "opml").stdout)]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://a.example/feed", "only http:// and https://"),
        ("javascript:alert(1)", "only http:// and https://"),
        ("http://192.168.1.4/feed", "is a private address"),
        ("https://me:s3same@a.example/feed", "must not carry a user name or password"),
        ("feeds.xml", "only http:// and https://"),
        ("https://[broken/feed", "this is not an address"),
    ],
)
def test_a_feed_that_cannot_be_asked_is_left_out_with_its_reason(
    config: Path, tmp_path: Path, url: str, why: str
) -> None:
    done = call(config, "import", "opml", file(tmp_path, url, "https://a.example/1"), "--yes")
    assert done.exit_code == 0
    assert "1 feed left out:" in done.stdout
    assert why in done.stdout
    assert "s3same" not in done.stdout
    assert len(load(config, all_kinds(config)).sources) == 3


def test_many_feeds_get_ids_that_differ_and_a_preview_of_one_screen(config: Path, tmp_path: Path) -> None:
    path = file(tmp_path, *(f"https://a.example/{number}" for number in range(1000)))
    done = call(config, "import", "opml", path, "--yes")
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) < 24
    assert "and 988 more" in done.stdout
    assert len({entry.id for entry in load(config, all_kinds(config)).sources}) == 1002


def test_a_broken_file_is_one_line_and_names_the_file(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text("<html><title>Sign in</title></html>")
    done = call(config, "import", "opml", str(path))
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert f'{path}: expected an OPML file, got the web page "Sign in"' in done.stderr


def test_an_export_has_the_feeds_and_alerts_and_leaves_secrets_out(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.opml"
    done = call(config, "export", "opml", str(path))
    assert done.exit_code == 0
    assert done.stdout == f"Wrote 2 feeds to {path}.\n"
    assert "1 feed left out" in done.stderr
    assert read(path.read_bytes()) == [
        ("Feed (blog.example.org)", "https://blog.example.org/feed"),
        ("Ada's alert", ALERT),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_export_with_secrets_has_all_of_them(config: Path) -> None:
    done = call(config, "export", "opml", "--with-secrets")
    assert [url for _, url in read(done.stdout)][-1].endswith("token=s3same-0pen-n0w")
    assert done.stderr == ""


def test_an_export_comes_back_as_known(config: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "out.opml")
    call(config, "export", "opml", path)
    assert "There is nothing to add." in call(config, "import", "opml", path).stdout


@pytest.mark.parametrize("arguments", [["--subject", "ada"], ["subject", "--subject", "ada"]])
def test_the_export_of_a_subject_is_still_the_default(config: Path, arguments: list[str]) -> None:
    done = call(config, "export", *arguments)
    assert (done.exit_code, "memory.db" in done.stderr) == (78, True)  # it went to look for her data
