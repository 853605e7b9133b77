"""What findings mean to the subjects they may be about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from repwatch.model import Finding, Label, Priority, Subject
from repwatch.rules.assess import Assessor
from tests.samples import ADA

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MIREILLE = Subject("mireille", "Mireille Imaginaire", given="Mireille", family="Imaginaire")
POST = Finding("Ada Exemple opens a workshop", "https://blog.example/1", "At Atelier Fictif.", guid="1")


def test_a_finding_that_names_a_subject_is_a_candidate_with_all_its_decisions() -> None:
    assessor = Assessor([ADA], "blog")
    (item,) = assessor.identified([POST], NOW)
    candidate = assessor.candidate(item, "ada")
    assert candidate is not None
    assert candidate.verdict.label is Label.ME
    assert candidate.keys == ("url:https://blog.example/1", "guid:blog:1")
    assert candidate.story


def test_a_finding_that_names_nobody_is_no_candidate() -> None:
    assessor = Assessor([ADA], "blog")
    (item,) = assessor.identified([Finding("The weather", "https://blog.example/2")], NOW)
    assert assessor.candidate(item, "ada") is None


def test_each_subject_is_judged_by_itself() -> None:
    assessor = Assessor([ADA, MIREILLE], "blog")
    (item,) = assessor.identified([POST], NOW)
    assert assessor.subjects == ("ada", "mireille")
    assert [bool(assessor.candidate(item, who)) for who in assessor.subjects] == [True, False]


def test_guids_that_are_not_trusted_identify_nothing() -> None:
    twins = [POST, replace(POST, url="https://blog.example/2")]
    items = Assessor([ADA], "blog").identified(twins, NOW, guids=False)
    assert [item.keys for item in items] == [("url:https://blog.example/1",), ("url:https://blog.example/2",)]


def test_a_date_that_cannot_be_is_taken_off() -> None:
    dated = replace(POST, published=NOW + timedelta(days=400))
    (item,) = Assessor([ADA], "blog").identified([dated], NOW)
    assert item.finding.published is None


def test_grave_news_about_the_subject_are_pressing() -> None:
    assessor = Assessor([ADA], "blog")
    (item,) = assessor.identified([replace(POST, title="Ada Exemple accused of fraud")], NOW)
    candidate = assessor.candidate(item, "ada")
    assert candidate is not None
    assert candidate.priority is Priority.HIGH
