"""What a source may be asked in an hour, a day, a week or a month, and what happens when that is used up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from click.testing import CliRunner

from repwatch.cli.group import repwatch
from repwatch.config.budget import Budget
from repwatch.config.settings import Config
from repwatch.errors import ConfigError
from repwatch.model import Outcome, OwedKind, Run
from repwatch.store import budgets, sources
from tests.fakes import START
from tests.house import House, configured, house

PARIS = ZoneInfo("Europe/Paris")
SEARCH = "https://hn.algolia.com/api/v1/search_by_date"
THREE = """
language: en
timezone: Europe/Paris
contact: ada@example.org
database: sqlite:///house.db
subjects:
  - {id: ada, name: Ada Exemple, relation: self, aliases: [AEF Conseil]}
  - {id: mireille, name: Mireille Exemple, relation: consenting}
"""


def two_a_day(folder: Path, budget: str = "2/day", every: str = "6h") -> Config:
    feed = f"{{kind: hackernews, id: hn, every: {every}, interval: 0s, budget: {budget}, canary: false}}"
    return configured(folder, [feed], subjects=THREE)


def nothing_found(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"hits": []})


async def round_(home: House, later: float = 3600) -> list[Run]:
    """Both subjects one after the other, so that it is known whose turn is the last."""
    home.clock.advance(later)
    pairs = sorted(home.app.check.pairs, key=lambda pair: pair.subject)
    return [run for pair in pairs for run in await home.app.check.run([pair])]


# --- as it is written ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["100/day", "20 / hour", "5/WEEK", "2000/month"])
def test_a_budget_is_read_as_people_write_it(text: str) -> None:
    assert str(Budget.parse(text)) == text.lower().replace(" ", "")


@pytest.mark.parametrize("text", ["100", "0/day", "-1/day", "100/year", "ten/day", "1.5/day", "100/day/2"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ConfigError, match="100/day"):
        Budget.parse(text)


def test_a_wrong_budget_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        two_a_day(tmp_path, budget="many")
    (problem,) = raised.value.problems
    assert "budget" in problem
    assert "100/day" in problem


@pytest.mark.parametrize(
    ("budget", "since", "until"),
    [
        ("1/hour", "2026-11-23 09:00", "2026-11-23 10:00"),
        ("1/day", "2026-11-22 23:00", "2026-11-23 23:00"),
        ("1/week", "2026-11-22 23:00", "2026-11-29 23:00"),
        ("1/month", "2026-10-31 23:00", "2026-11-30 23:00"),
    ],
)
def test_a_period_is_that_of_the_local_calendar(budget: str, since: str, until: str) -> None:
    at = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)  # a Monday
    parsed = Budget.parse(budget)
    assert f"{parsed.since(at, PARIS):%Y-%m-%d %H:%M}" == since
    assert f"{parsed.until(at, PARIS):%Y-%m-%d %H:%M}" == until


def test_a_day_with_a_changed_clock_is_one_day() -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the night in which 02:30 comes twice
    day, hour = Budget.parse("1/day"), Budget.parse("1/hour")
    assert day.until(at, PARIS) - day.since(at, PARIS) == timedelta(hours=25)
    assert hour.since(at + timedelta(hours=1), PARIS) == hour.until(at, PARIS)


# --- as it is spent -----------------------------------------------------------------------------


async def test_within_its_budget_a_source_is_asked_and_no_further(tmp_path: Path) -> None:
    async with house(two_a_day(tmp_path)) as home:
        home.web.replies[SEARCH] = nothing_found
        ada, mireille = await round_(home)
        assert (ada.outcome, mireille.outcome) == (Outcome.EMPTY, Outcome.BLOCKED)
        assert len(home.web.requests) == 2
        assert "the budget of 2 a day is used up until 2026-11-24 00:00 CET" in mireille.cause


async def test_what_a_budget_forbids_is_no_failure_and_waits_for_the_next_period(tmp_path: Path) -> None:
    async with house(two_a_day(tmp_path)) as home:
        home.web.replies[SEARCH] = nothing_found
        for _ in range(4):  # more than make an outage
            await round_(home)
        state = next(
            state
            for pair, state in (await home.app.store.read(sources.states)).items()
            if pair.subject == "mireille"
        )
        assert (state.failures, state.failing_since) == (0, None)
        assert await home.news() == [OwedKind.BASELINE]  # ada's
        assert state.next_due == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)


async def test_a_name_that_no_budget_was_left_for_makes_the_run_partial(tmp_path: Path) -> None:
    async with house(two_a_day(tmp_path, budget="1/day")) as home:
        home.web.replies[SEARCH] = nothing_found
        ada, _ = await round_(home)
        assert ada.outcome is Outcome.PARTIAL
        assert "budget of 1 a day" in ada.cause


async def test_a_new_day_brings_a_new_budget(tmp_path: Path) -> None:
    async with house(two_a_day(tmp_path)) as home:
        home.web.replies[SEARCH] = nothing_found
        await round_(home)
        ada, _ = await round_(home, later=24 * 3600)
        assert ada.outcome is Outcome.EMPTY


async def test_a_restart_gives_no_budget_back(tmp_path: Path) -> None:
    async with house(two_a_day(tmp_path)) as home:
        home.web.replies[SEARCH] = nothing_found
        await round_(home)
    async with house(two_a_day(tmp_path), start=START + timedelta(hours=2)) as again:
        runs = await round_(again)
        assert [run.outcome for run in runs] == [Outcome.BLOCKED, Outcome.BLOCKED]
        assert again.web.requests == []


async def test_a_request_that_never_left_costs_nothing(tmp_path: Path) -> None:
    async with house(two_a_day(tmp_path)) as home:
        home.web.replies[SEARCH] = httpx.Response(200, json={"hits": []})
        home.web.unreachable = True
        await round_(home)
        assert await _used(home) == 0


async def test_a_redirect_costs_as_any_request_does(tmp_path: Path) -> None:
    async with house(two_a_day(tmp_path, budget="9/day")) as home:
        elsewhere = "https://hn.algolia.com/elsewhere"
        home.web.replies[SEARCH] = httpx.Response(302, headers={"location": elsewhere})
        home.web.replies[elsewhere] = nothing_found
        home.clock.advance(3600)
        await home.app.check.run([pair for pair in home.app.check.pairs if pair.subject == "mireille"])
        assert await _used(home) == 2


async def test_a_request_of_yesterday_that_ends_today_costs_today_nothing(tmp_path: Path) -> None:
    async with house(two_a_day(tmp_path)) as home:
        yesterday = Budget.parse("2/day").since(home.clock.now(), PARIS)
        today = yesterday + timedelta(days=1)
        await home.app.store.write(lambda tx: budgets.take(tx, "hn", yesterday, 2))
        for _ in range(2):
            await home.app.store.write(lambda tx: budgets.take(tx, "hn", today, 2))
        await home.app.store.write(lambda tx: budgets.correct(tx, "hn", yesterday, -1))
        assert await home.app.store.read(lambda tx: budgets.used(tx, "hn", today)) == 2


# --- as it is shown -----------------------------------------------------------------------------


async def test_status_shows_what_is_used_of_it(tmp_path: Path) -> None:
    config = two_a_day(tmp_path)
    now = datetime.now(UTC)
    async with house(config) as home:
        home.web.replies[SEARCH] = nothing_found
        await round_(home)
        since = Budget.parse("2/day").since(now, PARIS)
        await home.app.store.write(lambda tx: budgets.take(tx, "hn", since, 2))
    written = tmp_path / "repwatch.yaml"
    written.write_text(
        f"{THREE}sources: [{{kind: hackernews, id: hn, canary: false, every: 6h, budget: 2/day}}]\n",
        encoding="utf-8",
    )
    shown = CliRunner().invoke(repwatch, ["--config", str(written), "status"]).stdout
    told = json.loads(CliRunner().invoke(repwatch, ["--config", str(written), "status", "--json"]).stdout)
    assert "1 of 2 a day" in shown
    assert told["sources"][0]["budget"] == {"used": 1, "limit": 2, "period": "day"}


def test_a_cadence_that_outruns_its_budget_is_warned_of(tmp_path: Path) -> None:
    written = tmp_path / "repwatch.yaml"
    line = "{kind: hackernews, id: hn, canary: false, every: 6h, budget: 20/day}"
    written.write_text(f"{THREE}sources: [{line}]\n", encoding="utf-8")
    done = CliRunner().invoke(repwatch, ["--config", str(written), "config", "check"])
    assert "every 6h it asks up to 9 times, about 36 a day, and its budget is 20 a day" in done.stderr
    assert done.exit_code == 0


async def _used(home: House) -> int:
    since = Budget.parse("2/day").since(home.clock.now(), PARIS)
    return await home.app.store.read(lambda tx: budgets.used(tx, "hn", since))
