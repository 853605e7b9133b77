"""What the end of a run means for its pair, and what the owner is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from repwatch.model import Outcome, OwedKind, Pair, SourceState, Validators
from repwatch.rules.transition import Ending, after, of_kind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KNOWN = SourceState(
    Pair("blog"),
    last_answer=NOW - HOUR,
    baseline_done=True,
    window=("url:a",),
    pages={"GET a": Validators(etag="v1")},
)


def ending(outcome: Outcome, **changes: Any) -> Ending:
    plain = Ending(at=NOW, outcome=outcome, cause="why", every=3600, next_due=NOW + HOUR)
    return replace(plain, **changes)


def test_a_failure_keeps_what_the_last_answer_left() -> None:
    state, news = after(KNOWN, ending(Outcome.BLOCKED, window=("url:b",), pages={}))
    assert (state.window, state.pages, state.last_answer) == (KNOWN.window, KNOWN.pages, KNOWN.last_answer)
    assert (state.failures, state.failing_since, news) == (1, NOW, ())


def test_a_failure_before_the_first_answer_leaves_the_first_look_to_come() -> None:
    state, _ = after(SourceState(Pair("blog")), ending(Outcome.UNREACHABLE))
    assert not state.baseline_done


def test_the_third_failure_in_a_row_is_an_outage() -> None:
    failing = replace(KNOWN, failures=2, failing_since=NOW - 2 * HOUR)
    state, news = after(failing, ending(Outcome.UNREACHABLE))
    assert news == ((OwedKind.OUTAGE, "why"),)
    assert state.outage_told


def test_a_second_failure_after_a_day_is_an_outage_too() -> None:
    failing = replace(KNOWN, failures=1, failing_since=NOW - 24 * HOUR)
    assert after(failing, ending(Outcome.UNREACHABLE))[1] == ((OwedKind.OUTAGE, "why"),)


def test_an_outage_that_was_told_is_not_told_again() -> None:
    failing = replace(KNOWN, failures=7, failing_since=NOW - HOUR, outage_told=True)
    assert after(failing, ending(Outcome.UNREACHABLE))[1] == ()


def test_the_end_of_a_told_outage_is_told_with_its_beginning() -> None:
    failing = replace(KNOWN, failures=7, failing_since=NOW - HOUR, outage_told=True)
    state, news = after(failing, ending(Outcome.OK))
    assert news == ((OwedKind.RECOVERED, (NOW - HOUR).isoformat()),)
    assert (state.failures, state.failing_since, state.outage_told) == (0, None, False)


def test_the_end_of_a_lone_failure_is_not_told() -> None:
    assert after(replace(KNOWN, failures=1, failing_since=NOW), ending(Outcome.OK))[1] == ()


def test_what_is_gone_for_good_is_paused_and_told() -> None:
    state, news = after(KNOWN, ending(Outcome.MISCONFIGURED, gone=True))
    assert (state.paused, news) == ("why", ((OwedKind.PAUSED, "why"),))


def waits(outcome: Outcome) -> list[timedelta]:
    found = []
    state = KNOWN
    for _ in range(4):
        state, _ = after(state, ending(outcome))
        assert state.next_due is not None
        found.append(state.next_due - NOW)
    return found


def test_a_source_that_refuses_is_asked_less_and_less_often() -> None:
    assert waits(Outcome.BLOCKED) == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]


def test_a_source_that_cannot_be_reached_is_tried_again_soon() -> None:
    assert waits(Outcome.UNREACHABLE) == [HOUR / 4, HOUR / 2, HOUR, 2 * HOUR]


def test_a_service_that_asks_for_a_longer_wait_gets_it() -> None:
    state, _ = after(KNOWN, ending(Outcome.BLOCKED, retry_after=10_000.0))
    assert state.next_due == NOW + timedelta(seconds=10_000)


def test_an_answer_replaces_window_and_validators() -> None:
    state, _ = after(KNOWN, ending(Outcome.OK, window=("url:b",), pages={}))
    assert (state.window, state.pages, state.next_due) == (("url:b",), {}, NOW + HOUR)


def test_validators_stay_when_an_answer_brought_none_to_keep() -> None:
    assert after(KNOWN, ending(Outcome.PARTIAL, pages=None))[0].pages == KNOWN.pages


def test_a_gap_is_told() -> None:
    assert after(KNOWN, ending(Outcome.PARTIAL, gap=True))[1] == ((OwedKind.GAP, "why"),)


def test_a_new_address_is_told_once() -> None:
    moved = ending(Outcome.OK, moved_to="https://new.example/")
    state, news = after(KNOWN, moved)
    assert news == ((OwedKind.MOVED, "https://new.example/"),)
    assert after(state, moved)[1] == ()


def test_a_gap_brings_the_next_check_forward() -> None:
    state, news = after(KNOWN, ending(Outcome.PARTIAL, gap=True))
    assert state.next_due == NOW + HOUR / 2
    assert news == ((OwedKind.GAP, "why"),)


def test_guids_that_were_shared_are_remembered_as_such() -> None:
    assert after(KNOWN, ending(Outcome.OK, guids_shared=True))[0].guids_shared


def test_a_used_up_budget_is_no_failure_and_is_waited_for() -> None:
    until = NOW + 10 * HOUR
    state, news = after(KNOWN, ending(Outcome.BLOCKED, spent_until=until, jitter=0.5))
    assert (state.failures, state.failing_since, state.outcome, news) == (0, None, Outcome.BLOCKED, ())
    assert state.next_due == until + timedelta(minutes=5)
    assert state.pages == KNOWN.pages


def test_a_run_that_used_the_budget_up_waits_for_the_next_one() -> None:
    until = NOW + 10 * HOUR
    assert after(KNOWN, ending(Outcome.PARTIAL, spent_until=until))[0].next_due == until
    assert after(KNOWN, ending(Outcome.PARTIAL, spent_until=NOW))[0].next_due == NOW + HOUR


def test_a_source_of_another_kind_has_its_first_look_to_come() -> None:
    known = replace(KNOWN, kind="searxng", failures=4, failing_since=NOW, outage_told=True, rhythm=(5.0,))
    swapped = of_kind(known, "brave")
    assert (swapped.kind, swapped.baseline_done, swapped.window, swapped.pages) == ("brave", False, (), {})
    assert (swapped.failures, swapped.failing_since, swapped.outage_told) == (4, NOW, True)


def test_a_source_of_the_same_kind_stays_as_it_was() -> None:
    known = replace(KNOWN, kind="brave")
    assert of_kind(known, "brave") is known
    assert of_kind(KNOWN, "brave") == known  # nobody wrote the kind down before
