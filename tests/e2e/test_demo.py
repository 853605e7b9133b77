"""``repwatch demo`` as a newcomer sees it."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.e2e.program import run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def done(home: Path) -> CompletedProcess[str]:
    return run(home, "demo")


@pytest.fixture
def digest(home: Path, done: CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    last = max((home / "demo-report").glob("*.eml"))
    mail = message_from_bytes(last.read_bytes(), _class=EmailMessage, policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_it_exits_zero_and_says_nothing_on_stderr(done: CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (0, "")


def test_each_mail_is_left_as_eml_and_html(home: Path, done: CompletedProcess[str]) -> None:
    assert done.returncode == 0
    mails = {path.stem for path in (home / "demo-report").glob("*.eml")}
    assert mails
    assert {path.stem for path in (home / "demo-report").glob("*.html")} == mails


def test_its_lines_fit_eighty_columns(home: Path, done: CompletedProcess[str]) -> None:
    tables = done.stdout.partition("3. ")[0]
    assert [line for line in tables.splitlines() if len(line) > 80 and str(home) not in line] == []


@pytest.mark.parametrize("word", ["ok", "empty", "partial", "blocked", "unreadable"])
def test_its_tables_show_every_kind_of_answer(done: CompletedProcess[str], word: str) -> None:
    rows = done.stdout.splitlines()
    assert any(word in row.split() for row in rows)


def test_new_things_are_in_the_mail(digest: str) -> None:
    assert "to keynote the Nowhere Reputation Summit" in digest


def test_a_story_that_two_sources_tell_is_one_card(digest: str) -> None:
    assert digest.count("Trois règles de Mireille") == 1


def test_a_namesake_is_not_shown_as_me(digest: str) -> None:
    assert "remporte l'or à la Coupe de Québec" not in digest


def test_an_edited_title_is_told(digest: str) -> None:
    assert "retire son guide des profils oubliés" in digest


def test_an_old_page_is_labelled_as_resurfaced(digest: str) -> None:
    assert "Quand Mireille Exemple-Fictive fermait" in digest
    assert "an old page came back" in digest
    assert "we see it for the first time" in digest


@pytest.mark.parametrize("source", ["Forum that answers 429", "Magazine behind a CAPTCHA", "Nowhere Wire"])
def test_what_could_not_be_read_is_told(digest: str, source: str) -> None:
    assert source in digest
