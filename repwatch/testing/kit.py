"""What is examined: a kind made from its options, what it plans, and the pages that were recorded of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from repwatch.config.planted import planted
from repwatch.errors import SourceError
from repwatch.model import Page, Parsed, Relation, Request, Subject
from repwatch.parsing.sealed import Seen, behind_seal
from repwatch.plugins import Asker, SourcePlugin, from_catalog, source_plugins
from repwatch.recording import MOMENT, load, recordings
from repwatch.sources.base import Source
from repwatch.sources.read_catalog import load_definition
from repwatch.testing.strangers import Stranger

ADA = Subject("ada", "Ada Exemple", given="Ada", family="Exemple", aliases=("A. Exemple",))
MICHELLE = Subject("michelle", "Michelle Exemple-Dupont", given="Michelle", family="Exemple-Dupont")
AEF = Subject("aef", "AEF Conseil", Relation.OWN_ORGANISATION)
ASKER = Asker("owner@example.org", "en")


class Kit:
    """A kind of source under examination; set ``kind`` and ``pages``, and ``options`` where it has any.

    ``kind`` is a SourcePlugin, the name of an installed kind, or the path of a YAML file; ``pages`` is the
    folder of its recorded pages. Paths are relative to the file of the test. A secret among the options
    is named as in the configuration (``env:ARCHIVE_KEY``) and never read: a stand-in takes its place.
    """

    kind: str | Path | SourcePlugin
    options: Mapping[str, object] = {}
    pages: str | Path
    subjects: Sequence[Subject] = (ADA, MICHELLE, AEF)

    @cached_property
    def plugin(self) -> SourcePlugin:
        """The kind itself."""
        if isinstance(self.kind, SourcePlugin):
            return self.kind
        if str(self.kind).endswith((".yaml", ".yml")):
            return from_catalog(load_definition(self.path(self.kind)))
        return source_plugins()[str(self.kind)]

    @cached_property
    def source(self) -> Source:
        """The kind as it is asked."""
        return self.plugin.make(planted(self.plugin.options.model_validate(self.options)), ASKER)

    @cached_property
    def planned(self) -> tuple[Request, ...]:
        """What it asks for."""
        return tuple(self.source.plan(self.subjects))

    @cached_property
    def recorded(self) -> Mapping[Path, Page]:
        """Its recorded pages, by file; each answers its own request, or else the first planned one."""
        if not self.planned:
            raise AssertionError("it plans no request for a person with given name, family name and alias")
        return {file: load(file, self.planned[0]) for file in recordings(self.path(self.pages))}

    @cached_property
    def read(self) -> Mapping[Path, Parsed | SourceError]:
        """What it makes of each of them."""
        return {file: self.parse(page) for file, page in self.recorded.items()}

    @cached_property
    def asked(self) -> tuple[Request, ...]:
        """Every request of it that is known, those that follow from a recorded page too; each once."""
        followed = (request for result in self.read.values() for request in follow(result))
        recorded = (page.request for page in self.recorded.values())
        return tuple({request.key: request for request in (*self.planned, *recorded, *followed)}.values())

    @cached_property
    def sealed(self) -> Seen:
        """The same in a fresh process that can touch nothing, and whose sets have another order."""
        return behind_seal(self.source, self.subjects, tuple(self.recorded.values()))

    def parse(self, page: Page) -> Parsed | SourceError:
        """What it reads in a page, or the SourceError that it raises; anything else is a defect."""
        try:
            return self.source.parse(page)
        except SourceError as error:
            return error
        except Exception as error:
            cause = f"it raises {type(error).__name__} ({error}) for the body {page.body[:80]!r}"
            raise AssertionError(f"{cause}; raise Unreadable, or another SourceError") from error

    def answers(self, strangers: Sequence[Stranger]) -> Iterator[tuple[str, Page]]:
        """Each of these in place of the answer to each request, with a name for it."""
        for stranger in strangers:
            for request in self.asked:
                headers = dict(stranger.headers)
                page = Page(request, stranger.status, request.url, headers, stranger.body, MOMENT)
                yield f"{stranger.name} (status {stranger.status})", page

    def path(self, path: str | Path) -> Path:
        """A path of the test's own, absolute."""
        return Path(inspect.getfile(type(self))).parent / path


def follow(result: Parsed | SourceError) -> tuple[Request, ...]:
    """What a page leads to; nothing where it could not be read."""
    return result.follow if isinstance(result, Parsed) else ()
