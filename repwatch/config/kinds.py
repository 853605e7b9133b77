"""The table of kinds that is handed in, so that options can be checked without importing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

MEMBERS_KEY = "finders"


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source: its options, its default cadence, and what people call it."""

    options: type[BaseModel]
    every: str = "2h"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Every kind there is.

    ``members`` names the umbrella kinds: one entry ``{kind: people, finders: [wikidata, orcid]}``
    stands for one source of each member, all of which are in ``sources``.
    """

    sources: Mapping[str, SourceKind]
    channels: Mapping[str, type[BaseModel]]
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def source_names(self) -> tuple[str, ...]:
        """What ``kind:`` may say in ``sources``."""
        return (*self.members, *self.sources)
