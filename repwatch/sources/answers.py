"""Judges a service's answer by its definition: refusals, errors in disguise, hits to leave out."""

from __future__ import annotations

from collections.abc import Iterable

from repwatch.errors import Blocked, Misconfigured, SourceError, Unreachable, Unreadable
from repwatch.model import Page, Parsed
from repwatch.rules import text
from repwatch.sources import paths, template
from repwatch.sources.definition import Definition, Errors, Refusal, Rule
from repwatch.sources.json_body import load, words
from repwatch.sources.strange import retry_after, strange

_DENIALS = frozenset({401, 403, 429})


def read(definition: Definition, page: Page) -> object:
    """The JSON of the answer; None where the service says that it has no hits by an "error".

    Raises what it means when it is a true error, or not of this kind.
    """
    expected = f"the JSON of {definition.title}"
    answer = load(page, expected)
    if definition.errors and (code := _error_code(definition.errors, answer)):
        if _is_one_of(definition.errors.empty, code):
            return None
        raise _error(definition.title, definition.errors, code, answer)
    if definition.required and not paths.has(answer, definition.required):
        raise strange(page, expected)
    return answer


def refused(definition: Definition, page: Page) -> Parsed:
    """Nothing, where the service says "no hits" by a status; raises what any other status means."""
    for refusal in definition.refusals:
        if refusal.status == page.status and _fits(refusal, page):
            if refusal.means == "empty":
                return Parsed()
            raise _meaning(refusal, page, definition)
    if page.status in _DENIALS:
        raise Blocked(f"{definition.title} refuses us ({page.status})", retry_after=retry_after(page))
    raise strange(page, f"the JSON of {definition.title}")


def missing(definition: Definition, answer: object) -> tuple[str, ...]:
    """The service's own word that its answer lacks hits."""
    lacks = definition.incomplete and paths.first((answer,), definition.incomplete) is True
    return (f"{definition.title} says that its answer is incomplete",) if lacks else ()


def wanted(definition: Definition, chain: paths.Chain, page: Page) -> bool:
    """Whether the hit shows the names it must, and nothing that rules it out."""
    names = page.request.context
    shown = all(
        any(_holds(value, template.fill(form, names)) for value in paths.texts(chain, path))
        for path, form in definition.names.items()
    )
    return shown and not any(_matches(rule, chain) for rule in definition.drop)


def _error_code(errors: Errors, answer: object) -> str:
    """The code of the answer's error, "" where there is none."""
    code = next(iter(paths.texts((answer,), errors.path)), "")
    return "" if _is_one_of(errors.fine, code) else code


def _error(title: str, errors: Errors, code: str, answer: object) -> SourceError:
    said = next(iter(paths.texts((answer,), errors.text)), "") if errors.text else ""
    cause = f"{title} answers with an error: {text.clean(said or code, 200)}"
    if _is_one_of(errors.blocked, code):
        return Blocked(cause, errors.step)
    if _is_one_of(errors.unreachable, code):
        return Unreachable(cause)
    if _is_one_of(errors.misconfigured, code):
        return Misconfigured(cause, errors.step)
    return Unreadable(cause)


def _is_one_of(signs: Iterable[str], code: str) -> bool:
    """Whether a sign is the code or, being a piece of a sentence, stands in it."""
    return any(sign == code or (" " in sign and sign in code) for sign in signs)


def _fits(refusal: Refusal, page: Page) -> bool:
    headers = all(page.headers.get(name, "").strip() == value for name, value in refusal.headers.items())
    return headers and refusal.contains.encode() in page.body


def _meaning(refusal: Refusal, page: Page, definition: Definition) -> SourceError:
    if refusal.means == "error" and definition.errors:
        answer = load(page, f"the JSON of {definition.title}")
        code = _error_code(definition.errors, answer)
        return _error(definition.title, definition.errors, code, answer) if code else Unreadable(refusal.say)
    if refusal.means == "blocked":
        asked_for = retry_after(page)
        wait = refusal.wait if asked_for is None else asked_for
        return Blocked(refusal.say, refusal.step, retry_after=wait)
    error = Misconfigured if refusal.means == "misconfigured" else Unreadable
    return error(refusal.say, refusal.step)


def _holds(value: str, name: str) -> bool:
    """Whether the name stands in the value as whole words; a hyphen makes one word of two.

    A register that writes a compound name without its hyphen still holds it, never half of it.
    """
    shown, looked_for = f" {_words(value)} ", _words(name)
    parts = looked_for.replace("-", " ")
    return bool(looked_for) and (f" {looked_for} " in shown or ("-" in looked_for and f" {parts} " in shown))


def _words(value: str) -> str:
    """Folded words with single blanks; brackets and commas only separate."""
    return " ".join("".join(char if char not in "(),;" else " " for char in text.fold(value)).split())


def _matches(rule: Rule, chain: paths.Chain) -> bool:
    found = [_spelled(value) for value in paths.values(chain, rule.path)]
    if rule.equals is not None and rule.equals in found:
        return True
    return rule.contains is not None and any(rule.contains in value for value in found)


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else words(value)
