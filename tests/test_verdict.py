"""A finding is judged by the name's form and by what else the text says, and the verdict says why."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from repwatch.model import Context, Finding, Kind, Label, OwnProfile, Relation, Subject, Verdict
from repwatch.rules.context import Terms
from repwatch.rules.reasons import CODES, Code
from repwatch.rules.verdict import Judge

ADA = Subject(
    "ada",
    "Ada Exemple",
    given="Ada",
    family="Exemple",
    aliases=("AE Conseil",),
    context=Context(
        employers=("Cabinet Mirage",),
        places=("Lyon",),
        topics=("architecte", "bois"),
        works=("La Maison rêvée",),
    ),
    not_me=Context(places=("Québec",), topics=("patinage",)),
    profiles=(
        OwnProfile("https://www.linkedin.com/in/ada-ex"),
        OwnProfile("https://ada-exemple.example/moi"),
    ),
)
FIRM = Subject("firm", "Mirage", Relation.OWN_ORGANISATION, context=Context(topics=("peinture",)))


def judge(title: str, summary: str = "", *, subject: Subject = ADA, **more: object) -> Verdict:
    verdict = Judge(subject).judge(replace(Finding(title, summary=summary), **more))  # type: ignore[arg-type]  # free fields
    assert verdict is not None
    return verdict


def codes(verdict: Verdict) -> set[str]:
    return {reason.code for reason in verdict.reasons}


@pytest.mark.parametrize(
    ("title", "summary", "label"),
    [
        ("Ada Exemple, architecte à Lyon, expose", "", Label.ME),
        ("Le prix va à Ada Exemple", "L'associée du cabinet Mirage est ravie.", Label.ME),
        ("« La Maison rêvée » : rencontre avec EXEMPLE Ada", "", Label.ME),
        ("Mme Exemple récompensée", "L'architecte du cabinet Mirage, à Lyon.", Label.ME),
        ("Ada Exemple visite une école", "", Label.UNSURE),
        ("Ada Exemple bat le record du 100 m", "", Label.UNSURE),
        ("Ada Exemple, championne de patinage à Québec", "", Label.NOT_ME),
        ("Adam Exemple, architecte à Lyon", "", Label.NOT_ME),
        ("Selon Exemple, rien ne presse", "", Label.NOT_ME),
    ],
)
def test_findings_fall_into_their_lane(title: str, summary: str, label: Label) -> None:
    assert judge(title, summary).label is label


def test_what_does_not_name_the_subject_is_left_out() -> None:
    assert Judge(ADA).judge(Finding("Un architecte du cabinet Mirage à Lyon")) is None


def test_what_a_service_asserts_is_judged_though_the_name_is_unseen() -> None:
    verdict = judge("Un chantier exemplaire", asserted=True)
    assert verdict.label is Label.UNSURE
    assert Code.NAME_UNSEEN in codes(verdict)


def test_the_reasons_add_up_to_the_probability() -> None:
    verdict = judge("Ada Exemple, architecte", "Un projet à Lyon.")
    log_odds = sum(reason.weight for reason in verdict.reasons)
    assert math.isclose(verdict.probability, 1 / (1 + math.exp(-log_odds)))


def test_each_reason_names_what_was_seen() -> None:
    seen = {(reason.code, reason.detail) for reason in judge("Ada EXEMPLE à Lyon").reasons}
    assert {("name_full", "Ada EXEMPLE"), ("context_place", "Lyon")} <= seen


def test_every_code_that_is_used_is_listed() -> None:
    titles = [
        "Ada Exemple, architecte",
        "Exemple Ada",
        "A. Exemple",
        "Mme Exemple",
        "Bob Exemple",
        "AE Conseil",
    ]
    used = set().union(*(codes(judge(title)) for title in titles))
    assert used <= set(CODES)
    assert len(set(CODES)) == len(CODES)


def test_another_introduction_counts_against_a_namesake() -> None:
    stranger, known = judge("Ada Exemple, romancière, signe"), judge("Ada Exemple, architecte, signe")
    assert Code.INTRODUCED_OTHERWISE in codes(stranger)
    assert (stranger.label, known.label) == (Label.NOT_ME, Label.ME)


def test_no_introduction_is_missed_where_nothing_is_known_of_the_work() -> None:
    someone = replace(ADA, context=Context(places=("Lyon",)))
    assert Code.INTRODUCED_OTHERWISE not in codes(judge("Ada Exemple, romancière, signe", subject=someone))


def test_the_own_profile_is_the_subject_even_without_the_name() -> None:
    verdict = judge("Profil", url="http://linkedin.com/in/ada-ex/?utm_source=x")
    assert verdict.label is Label.ME
    assert Code.OWN_PROFILE in codes(verdict)


def test_an_own_site_counts_but_a_shared_host_does_not() -> None:
    assert Code.OWN_HOST in codes(judge("Ada Exemple", url="https://ada-exemple.example/blog"))
    assert Code.OWN_HOST not in codes(judge("Ada Exemple", url="https://www.linkedin.com/in/other"))


def test_a_profile_is_judged_by_what_it_says_of_itself() -> None:
    fields = {"employer": "Cabinet Mirage", "location": "Lyon", "uid": "7"}
    assert judge("Ada Exemple", kind=Kind.PROFILE, fields=fields).label is Label.ME


def test_the_site_suffix_is_no_context() -> None:
    assert Code.CONTEXT_PLACE not in codes(
        judge("Ada Exemple visite une école - Lyon Hebdo", site="Lyon Hebdo")
    )


@pytest.mark.parametrize(
    ("title", "common"),
    [
        ("Le Mirage fête ses dix ans", True),
        ("Mirage Noir entre au port", True),
        ("Un contrat pour Mirage", False),
    ],
)
def test_a_one_word_firm_is_told_from_the_common_word(title: str, *, common: bool) -> None:
    assert (Code.NAME_COMMON_WORD in codes(judge(title, subject=FIRM))) is common


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("architecte", "two architects spoke", True),
        ("avocate pénaliste", "un avocat pénaliste", True),
        ("Cabinet Mirage", "le cabinet Dupré", False),
        ("Lyon", "un lyonnais", False),
        ("Tours", "des tourbillons", False),
        ("Pau", "une pause", False),
        ("C++", "en c++", True),
        ("C++", "c'est bien", False),
    ],
)
def test_a_term_is_met_in_its_inflections(term: str, text: str, *, found: bool) -> None:
    assert bool(Terms(Context(topics=(term,))).hits(text)) is found
