"""What the end of a run means for its pair, and what the owner is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from repwatch.model import Outcome, OwedKind, Pair, SourceState, Validators
from repwatch.rules import tidings
from repwatch.rules.canary import Heard
from repwatch.rules.transition import Ending, after, of_kind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 86_400  # seconds
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


def test_a_full_house_is_never_an_outage_however_long_it_lasts() -> None:
    state = KNOWN
    for hour in range(48):
        state, news = after(state, ending(Outcome.BLOCKED, at=NOW + hour * HOUR, crowded=True))
        assert news == ()
    assert (state.failures, state.failing_since, state.outcome) == (0, NOW, Outcome.BLOCKED)
    assert not state.outage_told


def test_a_full_house_does_not_make_an_outage_of_a_lone_failure_before_it() -> None:
    failed, _ = after(KNOWN, ending(Outcome.UNREADABLE))
    state, news = after(failed, ending(Outcome.BLOCKED, at=NOW + 30 * HOUR, crowded=True))
    assert (state.outage_told, news) == (False, ())


def test_an_outage_that_was_told_is_not_told_again() -> None:
    failing = replace(KNOWN, failures=7, failing_since=NOW - HOUR, outage_told=True)
    assert after(failing, ending(Outcome.UNREACHABLE))[1] == ()


def test_the_end_of_a_told_outage_is_told_with_its_beginning() -> None:
    failing = replace(KNOWN, failures=7, failing_since=NOW - HOUR, outage_told=True)
    state, news = after(failing, ending(Outcome.OK))
    assert news == ((OwedKind.RECOVERED, tidings.told(NOW - HOUR, 1)),)
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


def test_a_gap_brings_the_next_check_forward() -> None:
    state, _ = after(KNOWN, gap(NOW))
    assert state.next_due == NOW + HOUR / 2


def gap(at: datetime) -> Ending:
    """A round in which everything was new."""
    window = tuple(f"url:{at:%H%M}-{number}" for number in range(6))
    changes = {"at": at, "next_due": at + HOUR, "window": window, "new": 6}
    return ending(Outcome.PARTIAL, gap=True, **changes)


def calm(at: datetime, new: int = 1) -> Ending:
    """A round in which some of six items were new."""
    return ending(Outcome.OK, at=at, next_due=at + HOUR, window=("url:a",) * 6, new=new)


def test_gap_after_gap_it_is_asked_more_often_but_not_without_end() -> None:
    state, waits = KNOWN, []
    for _ in range(5):
        state, _ = after(state, gap(NOW))
        assert state.next_due is not None
        waits.append(state.next_due - NOW)
    assert waits == [HOUR / 2, HOUR / 4, HOUR / 8, HOUR / 8, HOUR / 8]


def test_a_quick_source_is_not_asked_more_often_than_every_five_minutes() -> None:
    state, _ = after(KNOWN, replace(gap(NOW), every=480, next_due=NOW + timedelta(seconds=480)))
    assert state.next_due == NOW + timedelta(minutes=5)


def test_calm_rounds_bring_the_cadence_back_slowly() -> None:
    state = replace(KNOWN, pace=1 / 8)
    paces = []
    for _ in range(30):
        state, _ = after(state, calm(NOW))
        paces.append(state.pace)
    assert paces[0] < 0.15
    assert paces == sorted(paces)
    assert (state.pace, state.next_due) == (1.0, NOW + HOUR)


def test_a_round_that_was_nearly_all_new_does_not_slow_it_down() -> None:
    assert after(replace(KNOWN, pace=0.5), calm(NOW, new=5))[0].pace == 0.5


def test_a_paced_source_with_a_time_of_day_is_not_asked_faster_and_faster_towards_it() -> None:
    soon = replace(calm(NOW, new=5), every=86_400, next_due=NOW + timedelta(hours=20))
    assert after(replace(KNOWN, pace=0.5), soon)[0].next_due == NOW + timedelta(hours=12)


def test_a_publisher_that_wants_to_be_left_alone_is_though_its_window_ran_over() -> None:
    wished = replace(gap(NOW), earliest=NOW + timedelta(minutes=50))
    assert after(KNOWN, wished)[0].next_due == NOW + timedelta(minutes=50)


# --- the end of an outage ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "missed"), [(0.25, 1), (1.0, 1), (1.05, 1), (1.75, 2), (3.0, 3), (3.08, 3), (72.0, 72)]
)
def test_the_end_of_an_outage_says_how_many_rounds_it_cost(hours: float, missed: int) -> None:
    since = NOW - timedelta(hours=hours)
    failing = replace(KNOWN, failures=7, failing_since=since, outage_told=True)
    assert after(failing, ending(Outcome.OK))[1] == ((OwedKind.RECOVERED, tidings.told(since, missed)),)


# --- a new address ----------------------------------------------------------------------------

NEW = "https://new.example/"


def days(count: float) -> dict[str, datetime]:
    at = NOW + timedelta(days=count)
    return {"at": at, "next_due": at + HOUR}


def moved(count: float, to: str = NEW, outcome: Outcome = Outcome.OK) -> Ending:
    return ending(outcome, moved_to=to, **days(count))


def lived(*endings: Ending) -> list[OwedKind]:
    """The kinds of all that these endings, one after the other, gave to tell."""
    state, told = KNOWN, []
    for each in endings:
        state, news = after(state, each)
        told += [kind for kind, _ in news]
    return told


def test_a_new_address_is_proposed_once_after_seven_days_and_not_before() -> None:
    assert lived(moved(0), moved(3), moved(6.9)) == []
    assert lived(moved(0), moved(3), moved(7), moved(8), moved(20)) == [OwedKind.MOVED]


def test_the_proposal_names_the_address() -> None:
    waiting = replace(KNOWN, moved_to=NEW, moved_since=NOW - timedelta(days=7))
    assert after(waiting, moved(0))[1] == ((OwedKind.MOVED, NEW),)


def test_an_address_that_leads_elsewhere_meanwhile_starts_anew() -> None:
    assert lived(moved(0), moved(5, "https://other.example/"), moved(8)) == []
    assert lived(moved(0), moved(5, ""), moved(8), moved(10)) == []


@pytest.mark.parametrize("outcome", [Outcome.BLOCKED, Outcome.UNREADABLE])
def test_an_address_that_does_not_bring_the_page_meanwhile_starts_anew(outcome: Outcome) -> None:
    assert lived(moved(0), moved(5, outcome=outcome), moved(8), moved(10)) == []


def test_a_server_that_is_away_for_a_moment_does_not_start_the_seven_days_anew() -> None:
    assert lived(moved(0), moved(5, outcome=Outcome.UNREACHABLE), moved(8)) == [OwedKind.MOVED]


# --- silence ----------------------------------------------------------------------------------


def brought(count: float, new: int = 1, outcome: Outcome = Outcome.OK) -> Ending:
    return ending(outcome, window=("url:a",) * 9, new=new, **days(count))


def test_a_source_learns_the_gaps_between_its_new_items() -> None:
    state = KNOWN
    for day in (0, 2, 3, 4, 7):
        state, _ = after(state, brought(day, new=0 if day == 3 else 1))
    assert (state.rhythm, state.last_new) == ((2 * DAY, 2 * DAY, 3 * DAY), NOW + timedelta(days=7))


def test_what_an_outage_held_back_teaches_nothing() -> None:
    state = replace(KNOWN, last_new=NOW - timedelta(days=9), failures=3, failing_since=NOW - HOUR)
    state, _ = after(state, brought(0))
    assert (state.rhythm, state.last_new) == ((), NOW)


def test_an_unusual_silence_is_told_once_and_the_next_one_too() -> None:
    daily = [brought(day) for day in range(7)]
    silent = [brought(day, new=0) for day in range(7, 20)]
    again = [brought(20), *(brought(day, new=0) for day in range(21, 60))]
    assert lived(*daily, *silent[:3]) == []
    assert lived(*daily, *silent) == [OwedKind.QUIET]
    assert lived(*daily, *silent, *again) == [OwedKind.QUIET, OwedKind.QUIET]


def test_half_an_answer_proves_no_silence() -> None:
    daily = [brought(day) for day in range(7)]
    assert lived(*daily, brought(30, new=0, outcome=Outcome.PARTIAL)) == []


def test_a_silence_says_since_when_and_what_is_usual() -> None:
    silent = replace(KNOWN, last_new=NOW, rhythm=(float(DAY),) * 6)
    _, ((kind, detail),) = after(silent, brought(4, new=0))
    assert (kind, tidings.read(detail)) == (OwedKind.QUIET, (NOW, DAY))


# --- canaries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.EMPTY, Outcome.UNREADABLE])
def test_what_a_canary_said_is_remembered(outcome: Outcome) -> None:
    state, _ = after(KNOWN, ending(outcome, canary=Heard("Paris", NOW, Outcome.OK)))
    assert (state.canary, state.canary_at) == (Outcome.OK, NOW)


def test_a_round_without_a_canary_keeps_what_is_known_of_it() -> None:
    known = replace(KNOWN, canary=Outcome.OK, canary_at=NOW - HOUR)
    assert after(known, ending(Outcome.OK))[0].canary_at == NOW - HOUR


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
