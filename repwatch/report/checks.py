"""Says what was really checked, what could not be, and since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from repwatch.model import Outcome, Owed, OwedKind
from repwatch.report.material import Checked, Material
from repwatch.report.shapes import News, Row, Tone
from repwatch.report.words import Words
from repwatch.rules import tidings
from repwatch.rules.text import clean

ROWS = 40
NEWS = 30
_CAUSE = 240  # characters of a cause that are worth reading

_TONES: Mapping[Outcome | None, Tone] = {
    Outcome.OK: "good",
    Outcome.EMPTY: "good",
    Outcome.PARTIAL: "warn",
    Outcome.MISCONFIGURED: "bad",
    Outcome.BLOCKED: "bad",
    Outcome.UNREACHABLE: "bad",
    Outcome.UNREADABLE: "bad",
    None: "calm",
}
_NEWS_TONES: Mapping[OwedKind, Tone] = {
    OwedKind.OUTAGE: "bad",
    OwedKind.GAP: "warn",
    OwedKind.PAUSED: "warn",
    OwedKind.QUIET: "warn",
    OwedKind.MOVED: "calm",
    OwedKind.RECOVERED: "good",
}


class CheckTeller:
    """Words the checks of one report."""

    def __init__(self, material: Material, words: Words) -> None:
        self._material = material
        self._words = words
        self._names = {subject.id: subject.name for subject in material.subjects}

    def rows(self) -> tuple[Row, ...]:
        """A row a pair, those in trouble first, as many as anybody would read."""
        return tuple(self._row(check) for check in self._sorted()[:ROWS])

    def unlisted(self) -> Mapping[str, int]:
        """How many pairs beyond the rows ended how, by the outcome's word."""
        return Counter(self._outcome(check) for check in self._sorted()[ROWS:])

    def news(self) -> tuple[News, ...]:
        """What happened to sources, the worst first; what happened to one again and again is said once."""
        order = list(_NEWS_TONES)
        told = [line for line in self._material.owed if line.kind in _NEWS_TONES]
        told.sort(key=lambda line: order.index(line.kind))
        last = {(line.kind, line.source, line.subject, _apart(line)): line for line in told}
        return tuple(map(self._news, last.values()))

    def answered(self) -> str:
        """One sentence: how many sources answered."""
        checked = self._material.checked
        if not checked:
            return self._words.say("checked.none")
        if all(check.outcome is not None and check.outcome.whole for check in checked):
            return self._words.count("checked.all", len(checked))
        return self._words.count("checked.some", answering(checked), total=len(checked))

    def _sorted(self) -> list[Checked]:
        return sorted(self._material.checked, key=lambda check: (_trouble(check), check.title, check.subject))

    def _row(self, check: Checked) -> Row:
        return Row(
            source=self._title(check),
            outcome=self._outcome(check),
            tone=_tone(check),
            facts=" · ".join(self._facts(check)),
            trouble=self._trouble(check),
            next_step=clean(check.next_step, _CAUSE),
        )

    def _title(self, check: Checked) -> str:
        title = clean(check.title or check.source, _CAUSE)
        if len(self._names) < 2 or not check.subject:  # noqa: PLR2004 - with one subject there is no doubt
            return title
        return self._words.say(
            "checked.pair", source=title, subject=self._names.get(check.subject, check.subject)
        )

    def _outcome(self, check: Checked) -> str:
        if check.paused:
            return self._words.say("outcome.paused")
        if check.quiet:
            return self._words.say("outcome.quiet")
        return self._words.say(f"outcome.{check.outcome or 'never'}")

    def _facts(self, check: Checked) -> list[str]:
        words = self._words
        facts = [words.say("checked.when", moment=words.moment(check.last_run))] if check.last_run else []
        if check.outcome and not check.failing:
            facts += [words.count("checked.read", check.read), words.count("checked.new", check.new)]
        if check.baseline:
            facts.append(words.say("checked.first"))
        if check.quiet and check.quiet_since:
            facts.append(words.say("checked.quiet", moment=words.moment(check.quiet_since)))
        if check.next_try and not check.paused:
            facts.append(words.say("checked.next", moment=words.moment(check.next_try)))
        return facts

    def _trouble(self, check: Checked) -> str:
        cause = clean(check.paused or check.cause, _CAUSE)
        since = self._since(check) if check.failing else ""
        return " · ".join(part for part in (cause, since, self._last_answer(check)) if part)

    def _last_answer(self, check: Checked) -> str:
        if not check.failing or check.last_answer is None:
            return ""
        return self._words.say("checked.answered", moment=self._words.moment(check.last_answer))

    def _since(self, check: Checked) -> str:
        start = check.failing_since
        if start is None:
            return ""
        return self._words.say("checked.since", moment=self._words.moment(start), ago=self._words.ago(start))

    def _news(self, line: Owed) -> News:
        check = self._check(line)
        text, detail = self._told(line, check)
        return News(
            tone=_NEWS_TONES[line.kind],
            word=self._words.say(f"news.{line.kind}"),
            source=self._title(check) if check else self._material.titled(line.source),
            text=text,
            detail=clean(detail, _CAUSE),
            next_step=clean(check.next_step, _CAUSE) if check else "",
        )

    def _told(self, line: Owed, check: Checked | None) -> tuple[str, str]:
        """What happened in a sentence, and the detail that goes with it."""
        words = self._words
        if line.kind is OwedKind.OUTAGE:
            since = self._since(check) if check else ""
            return words.say("news.outage_text" if since else "news.outage_plain", since=since), line.detail
        if line.kind is OwedKind.RECOVERED:
            return self._recovered(line), ""
        if line.kind is OwedKind.QUIET:
            return self._quiet(line), ""
        return words.say(f"news.{line.kind}_text", moment=words.moment(line.at)), line.detail

    def _recovered(self, line: Owed) -> str:
        words = self._words
        said = words.say("news.recovered_text", moment=words.moment(line.at))
        if not (known := tidings.read(line.detail)):
            return said
        since, missed = known
        return f"{said} {words.count('news.missed', missed, since=words.moment(since))}"

    def _quiet(self, line: Owed) -> str:
        words = self._words
        if not (known := tidings.read(line.detail)):
            return words.say("news.quiet_plain")
        since, usual = known
        moment, ago = words.moment(since), words.ago(since)
        return words.say("news.quiet_text", moment=moment, ago=ago, gap=words.span(usual))

    def _check(self, line: Owed) -> Checked | None:
        checks = [check for check in self._material.checked if check.source == line.source]
        exact = (check for check in checks if check.subject == line.subject)
        return next(exact, checks[0] if checks else None)


def answering(checked: Sequence[Checked]) -> int:
    """How many pairs answered at their last run, in full or in part."""
    return sum(check.outcome is not None and not check.failing for check in checked)


def failing(checked: Sequence[Checked]) -> int:
    """How many pairs could not be read at their last run."""
    return sum(check.failing for check in checked)


def _apart(line: Owed) -> int:
    """What keeps lines of one kind apart: an outage each, but a window may run over every hour."""
    return 0 if line.kind is OwedKind.GAP else line.id


def _tone(check: Checked) -> Tone:
    if check.paused:
        return "calm"
    return "warn" if check.quiet else _TONES[check.outcome]


def _trouble(check: Checked) -> int:
    """0 for what only the owner can mend, then failures, half answers, the unchecked, and the rest."""
    if check.failing:
        return 0 if check.outcome is Outcome.MISCONFIGURED else 1
    if check.outcome is Outcome.PARTIAL or check.paused or check.quiet:
        return 2
    return 3 if check.outcome is None else 4
