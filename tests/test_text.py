"""Text is cleaned at the border, made plain, and folded for comparing."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repwatch.rules.text import SUMMARY, TITLE, clean, fold, original_span, plain

anything = st.text(alphabet=st.characters(exclude_categories=()))


@given(anything)
def test_clean_leaves_no_control_surrogate_or_bidi_character(text: str) -> None:
    left = clean(text, TITLE)
    assert not {unicodedata.category(char) for char in left} & {"Cc", "Cs"}
    assert not set(left) & set("\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff")


@given(anything, st.integers(min_value=1, max_value=40))
def test_clean_keeps_the_limit_and_is_idempotent(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert len(once) <= limit
    assert clean(once, limit) == once


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ada\x00 Exem\x08ple", "Ada Exemple"),
        ("  Ada \t\r\n  Exemple\u2028ici ", "Ada Exemple ici"),
        ("Ada\u202eelpmexE", "AdaelpmexE"),
        ("E\u0301lan", "Élan"),
        ("cou\ud800pé", "coupé"),
        ("Exem\u00adple", "Exemple"),
        ("vague \U0001f469\u200d\U0001f52c ici", "vague \U0001f469\u200d\U0001f52c ici"),
    ],
)
def test_clean_normalises(raw: str, expected: str) -> None:
    assert clean(raw, SUMMARY) == expected


def test_clean_breaks_an_encoded_word_so_that_no_header_decodes_it() -> None:
    assert "=?" not in clean("=?utf-8?q?=0ABcc:_x=40example.org?=", TITLE)


def test_clean_cuts_before_a_character_that_belongs_to_the_last() -> None:
    flag = "\U0001f1eb\U0001f1f7"
    assert clean("abcd" + flag + "efgh", 6) == "abcd…"
    assert clean("abcdx\u0323\u0307yz", 6) == "abcd…"


def test_clean_thins_piled_up_accents() -> None:
    assert len(clean("a" + "\u0335" * 500, TITLE)) < 8


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("Rien &agrave; <b>Ada&nbsp;Exemple</b>&#39;s", "Rien à Ada Exemple's"),
        ("<p>Un</p><p>deux</p>", "Un deux"),
        ("mi<b>ra</b>ge", "mirage"),
        ("avant<script>alert('<b>')</script>après", "avant après"),
        ("<STYLE>p{}</STYLE >texte", "texte"),
        ("a < b et 1<2", "a < b et 1<2"),
        ('<img alt="x > y" src=z>image', "image"),
        ("a<!-- <b>caché</b> -->b", "ab"),
        ("fin <a href='", "fin"),
        ("&lt;script&gt;", "<script>"),
        ("un<br/>deux", "un deux"),
        ("<script/>suite", "suite"),
    ],
)
def test_plain_gives_what_a_reader_sees(markup: str, expected: str) -> None:
    assert plain(markup) == expected


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "<a '", '<a b="', "<script>", "&", "<![", "</", '<a b=">']
)
def test_plain_is_not_hung_by_hostile_markup(piece: str) -> None:
    started = time.process_time()
    plain(piece * 200_000)
    assert time.process_time() - started < 3


@given(anything)
def test_plain_never_raises(markup: str) -> None:
    assert isinstance(plain("<p>" + markup), str)


@given(anything)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Éloïse ŒUVRARD", "eloise oeuvrard"),
        ("Straße", "STRASSE"),
        ("L\u2019Aire", "l'aire"),
        ("Jean\u2011Noël", "jean-noel"),
        ("Exem\u00adp\u200ble", "exemple"),
        ("\u0130stanbul \u0131\u015f\u0131k", "istanbul isik"),
        ("Smørrebrød", "smorrebrod"),
        ("ﬁction", "fiction"),
        ("e\u0301tude", "étude"),
        ("Ada\u00a0Exemple", "ada exemple"),
    ],
)
def test_fold_makes_spellings_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_fold_keeps_scripts_without_case() -> None:
    assert fold("東京") == "東京"


@pytest.mark.parametrize("text", ["Un mot d'Œuvrard, ici", "œœ Straße ŒUVRARD", "E\u0301 e\u0301 OEUVRARD"])
def test_a_folded_match_leads_back_to_the_original(text: str) -> None:
    start = fold(text).index("oeuvrard")
    first, last = original_span(text, start, start + len("oeuvrard"))
    assert fold(text[first:last]) == "oeuvrard"
