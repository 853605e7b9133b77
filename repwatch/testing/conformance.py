"""The checks that every kind of source has to pass, ours and third parties'."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from repwatch.config.planted import PLANTED
from repwatch.errors import SourceError
from repwatch.masking import mask
from repwatch.model import Parsed, Request
from repwatch.parsing import codec
from repwatch.recording import MOMENT, expected, expected_file, shown
from repwatch.rules.asked import name_sent
from repwatch.sources.base import Signs
from repwatch.sources.definition import Group
from repwatch.testing.kit import Kit, follow
from repwatch.testing.strangers import FOREIGN, REFUSALS

MOST_REQUESTS = 50  # from one page: a run makes ten beside those that were planned


class Conformance(Kit):
    """Derive a test class from it, name the kind and its recorded pages, and run pytest (or unittest).

        class TestTownArchive(Conformance):
            kind = "town_archive.yaml"
            pages = "pages/town_archive"

    ``any_page``: the kind reads whatever page there is, so none is foreign to it. ``key_in_address``:
    the service takes its key nowhere else. ``light``: it imports nothing that the parser child has not.
    """

    any_page = False
    key_in_address = False
    light = False

    # --- what it says of itself ---------------------------------------------------------------

    def test_it_says_what_it_is(self) -> None:
        """Title, group and what it reads; every option with a description."""
        plugin = self.plugin
        demand(plugin.title, "it has no title")
        demand(plugin.about, "it does not say what it reads, and whether a name is sent (about)")
        demand(plugin.group in get_args(Group), f"its group {plugin.group!r} is none of {get_args(Group)}")
        bare = [name for name, field in options_of(plugin.options) if not field.description]
        demand(not bare, f"these options have no description: {', '.join(bare)}")

    # --- what it asks -------------------------------------------------------------------------

    def test_it_plans_the_same_twice(self) -> None:
        """A plan is made of the subjects and the options alone."""
        again = tuple(self.source.plan(self.subjects))
        for seen in (again, self.sealed.planned):
            demand(seen == self.planned, f"it plans otherwise the next time: {addresses(seen)}")

    def test_a_request_with_a_name_says_whose(self) -> None:
        """Else the query log would not hold it."""
        nameless = {request.key for request in self.source.plan(())}
        for request in self.asked:
            for subject in self.subjects:
                name = name_sent(request.url, request.body, subject)
                if name and request.key not in nameless:
                    cause = f"a request carries {name!r}, and its subject is {request.subject!r}"
                    demand(request.subject == subject.id, f"{cause}: {mask(request.url)}")

    def test_no_secret_is_told(self) -> None:
        """Neither in an address, where servers log it, nor in what is read or said of a page."""
        for request in self.asked:
            shown_as = mask(request.url) if self.key_in_address else request.url
            demand(PLANTED not in shown_as, f"a secret is in the address {request.url}")
        for _, page in self.answers((*REFUSALS, *FOREIGN)):
            result = self.parse(page)
            said = f"{result} {result.__cause__}" if isinstance(result, SourceError) else str(result.findings)
            demand(PLANTED not in said, f"a secret is in what it says: {said}")

    def test_signing_keeps_the_request(self) -> None:
        """What is signed late may change headers, not what is asked."""
        if isinstance(self.source, Signs):
            for request in self.planned:
                signed = self.source.sign(request, MOMENT)
                demand(signed.key == request.key, f"signed, it asks for something else: {mask(signed.url)}")

    # --- what it reads ------------------------------------------------------------------------

    def test_a_recorded_page_gives_what_stands_beside_it(self) -> None:
        """There is one at least, and each has its expected findings."""
        demand(self.recorded, f"there is no recorded page in {self.path(self.pages)}")
        for file, result in self.read.items():
            wanted, got = expected(file), shown(result)
            demand(wanted is not None, f"{expected_file(file)} is missing")
            demand(wanted == got, f"{file.name} was to give\n{wanted}\nand gives\n{got}")

    def test_a_page_reads_the_same_twice(self) -> None:
        """In this process, and in fresh ones."""
        for number, (file, page) in enumerate(self.recorded.items()):
            for other in (self.parse(page), self.sealed.read[number]):
                demand(shown(other) == shown(self.read[file]), f"{file.name} reads otherwise: {shown(other)}")

    def test_a_refusal_is_never_empty(self) -> None:
        """Challenges, logins, consent pages: Blocked, Misconfigured or Unreadable."""
        for name, page in self.answers(REFUSALS):
            demand_error(self.parse(page), name, page.request)

    def test_a_foreign_page_is_never_empty(self) -> None:
        """What is not of this kind is Unreadable, not "nothing new"."""
        for name, page in () if self.any_page else self.answers(FOREIGN):
            demand_error(self.parse(page), name, page.request)

    def test_pages_that_always_have_one_more_end(self) -> None:
        """Each page that is followed answers with the same body again."""
        for file, page in self.recorded.items():
            queue, made = list(follow(self.read[file])), 0
            while queue:
                made += 1
                demand(made <= MOST_REQUESTS, f"{file.name} leads to more than {MOST_REQUESTS} requests")
                request = queue.pop(0)
                queue.extend(follow(self.parse(replace(page, request=request, url=request.url))))

    # --- how it behaves -----------------------------------------------------------------------

    def test_it_touches_nothing(self) -> None:
        """No socket, no process, no file that is written, while it plans and parses."""
        tried = "; ".join(dict.fromkeys(self.sealed.tried))
        demand(not tried, f"plan and parse do I/O: {tried}")

    def test_it_travels_to_the_parser_child(self) -> None:
        """The source as a pickle, what it reads as plain JSON."""
        try:
            pickle.dumps(self.source, pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise AssertionError(f"the source cannot travel as a pickle: {error}") from error
        for file, result in self.read.items():
            back = returned(result)
            demand(str(back) == str(result), f"what {file.name} gives comes back as {back}")

    def test_it_is_light(self) -> None:
        """Nothing heavy is imported to read a page; asked of our own kinds only."""
        if self.light:
            heavy = sorted(self.sealed.imported)
            demand(not heavy, f"to read a page it imports {', '.join(heavy)}")


def demand(fact: object, cause: str) -> None:
    """Raises AssertionError with this cause unless the fact holds."""
    if not fact:
        raise AssertionError(cause)


def demand_error(result: Parsed | SourceError, name: str, request: Request) -> None:
    """Raises AssertionError when a page that must not be read was read."""
    cause = f"{name} in answer to {mask(request.url)} reads as {result}"
    demand(isinstance(result, SourceError), f"{cause}; raise Unreadable or Blocked")


def returned(result: Parsed | SourceError) -> object:
    """What the parent of a parser child gets of it, or why it gets nothing."""
    try:
        return codec.loads(codec.dumps(result))
    except (TypeError, ValueError) as error:
        return error


def options_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every option with its dotted name, those of parts too."""
    for name, field in model.model_fields.items():
        yield f"{prefix}{field.alias or name}", field
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from options_of(part, f"{prefix}{name}.")


def addresses(requests: tuple[Request, ...]) -> str:
    """The requests as an error may show them."""
    return ", ".join(f"{request.method} {mask(request.url)}" for request in requests) or "nothing"
