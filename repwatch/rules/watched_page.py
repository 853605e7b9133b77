"""Says whom a watched page concerns, and as what mention it is kept for them.

The owner asked to watch it: a page that names one of the subjects concerns those whom it names; one that
names none of them concerns all those for whom it is watched. No verdict is needed, so none is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from repwatch.model import Candidate, Change, Finding, Kind, Label, Reason, Snapshot, Verdict
from repwatch.rules.blocks import Blocks, plain
from repwatch.rules.difference import named_in, names_in
from repwatch.rules.identity import keys
from repwatch.rules.names import Names
from repwatch.rules.priority import rate
from repwatch.rules.reasons import Code
from repwatch.rules.story import story_key
from repwatch.rules.text import SUMMARY, clean
from repwatch.rules.url import host

_PROBABILITY = 0.99
_FORMS = {
    "full": Code.NAME_FULL,
    "inverted": Code.NAME_INVERTED,
    "alias": Code.NAME_ALIAS,
    "initial": Code.NAME_INITIAL,
    "surname": Code.NAME_SURNAME,
}
_AROUND = 600  # characters of the page that stand for it as a mention


class WatchedPages:
    """The pages of one source, for those whom it watches: their names by their ids."""

    def __init__(self, names: Mapping[str, Names], source: str) -> None:
        self.names = names
        self._source = source

    def concerned(self, subjects: Iterable[str], *texts: Blocks) -> tuple[str, ...]:
        """Which of these subjects the page, in these wordings, concerns."""
        wanted = tuple(subjects)
        named = tuple(each for each in wanted if any(named_in(text, self.names[each]) for text in texts))
        return named or wanted

    def candidate(self, snapshot: Snapshot, subject: str, news: str = "") -> Candidate:
        """The page as a mention of the subject; ``news`` are the words that came, which rate it."""
        passage = self._passage(snapshot.blocks, subject)
        finding = Finding(
            title=snapshot.title or host(snapshot.url),
            url=snapshot.url,
            summary=passage,
            kind=Kind.LINK,
            site=host(snapshot.url),
            language=snapshot.language,
        )
        verdict = Verdict(Label.ME, _PROBABILITY, tuple(self._reasons(passage, subject)))
        priority, reasons = rate(Finding("", summary=clean(news, SUMMARY)), verdict, Change.EDITED)
        return Candidate(
            subject=subject,
            finding=finding,
            keys=keys(finding, self._source),
            verdict=verdict,
            priority=priority,
            priority_reasons=reasons,
            story=story_key(finding, subject),
        )

    def _reasons(self, passage: str, subject: str) -> Iterable[Reason]:
        yield Reason(Code.WATCHED_PAGE, weight=5.0)
        found = self.names[subject].find(passage)
        if found and found.form in _FORMS:
            yield Reason(_FORMS[found.form], found.text, 0.3)

    def _passage(self, blocks: Blocks, subject: str) -> str:
        """The first paragraph that names the subject, else what the page begins with."""
        texts = list(map(plain, blocks))
        named = next((block for block in texts if names_in(block, self.names[subject])), "")
        found = self.names[subject].find(named) if named else None
        start = max(0, found.start - _AROUND // 2) if found else 0
        return clean(named[start:] if named else " ".join(texts[:5]), _AROUND)
