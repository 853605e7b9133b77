from __future__ import annotations

from pathlib import Path

import pytest

from repwatch.config.load import check
from repwatch.config.settings import Config
from repwatch.config.starter import FIRST_LINE, Answers, starter, subject_id
from repwatch.model import Relation
from tests.fake_kinds import KINDS

FULL = Answers(
    name="Jean-Noël Fictif",
    contact="jn@example.org",
    language="fr",
    timezone="Europe/Paris",
    aliases=('J.-N. "Jano" Fictif',),
    places=("Lyon", "no"),
    employers=("Fictif & Fils: conseil",),
    namesake_topics=("patinage",),
    alert_feed="https://www.google.com/alerts/feeds/1/2",
    searxng="http://localhost:8888",
    smtp_host="smtp.example.org",
    smtp_port=587,
    smtp_user="jn",
    sender="repwatch@example.org",
    at="06:45",
)


def config(answers: Answers) -> Config:
    return check(starter(answers), Path("/invented/repwatch.yaml"), KINDS)


def test_full_answers_make_a_valid_file_without_warnings() -> None:
    found = config(FULL)
    assert found.warnings == ()
    assert {source.kind for source in found.sources} >= {"google_alerts", "searxng", "wikidata"}
    assert str(found.reports[0].every) == "day at 06:45"
    assert found.reports[0].recipients == ("jn@example.org",)


def test_texts_come_back_as_they_were_answered() -> None:
    subject = config(FULL).subjects[0]
    assert subject.name == "Jean-Noël Fictif"
    assert subject.aliases == ('J.-N. "Jano" Fictif',)
    assert subject.context.places == ("Lyon", "no")
    assert subject.context.employers == ("Fictif & Fils: conseil",)
    assert subject.not_me.topics == ("patinage",)


def test_the_fewest_answers_make_a_valid_file_that_sends_nothing_yet() -> None:
    found = config(Answers(name="Ada Exemple", contact="https://ada.example/"))
    assert found.channels == {}
    assert found.warnings == ("no report is configured: nothing will be sent",)


def test_an_organisation_is_not_looked_for_in_registers_of_people() -> None:
    answers = Answers(name="AEF Conseil", contact="aef@example.org", relation=Relation.OWN_ORGANISATION)
    assert {source.kind for source in config(answers).sources} == {"google_news", "bing_news"}


def test_what_was_skipped_stays_as_a_comment_to_complete() -> None:
    text = starter(Answers(name="Ada Exemple", contact="ada@example.org"))
    assert "# - {kind: google_alerts" in text
    assert "#     host:" in text


def test_editors_find_the_schema_on_the_first_line() -> None:
    assert (
        starter(FULL).splitlines()[0] == FIRST_LINE == "# yaml-language-server: $schema=repwatch.schema.json"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Zoé Imaginaire", "zoe"), ("L'Exemple", "l"), ("李明", "subject"), ("", "subject")],
)
def test_a_subjects_short_name_is_plain(name: str, expected: str) -> None:
    assert subject_id(name) == expected
