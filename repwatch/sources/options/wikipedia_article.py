"""The options of ``wikipedia_article``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from repwatch.sources.options.base import HttpUrl
from repwatch.sources.options.page import Watching

Title = Annotated[str, Field(min_length=1, max_length=255)]  # MediaWiki's own limit, in bytes


class WikipediaArticleOptions(Watching):
    """One article of a wiki."""

    article: Title = Field(description="Title of the article, as in Ada Exemple")
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}(-[a-z]+)*$",
        description="Of which Wikipedia; default: the language of reports",
    )
    talk: bool = Field(default=True, description="Whether its talk page is watched too")
    sections: tuple[Title, ...] = Field(
        default=(), description="Headings of the only sections to watch in the article; default: all of it"
    )
    base_url: HttpUrl | None = Field(
        default=None, description="Another MediaWiki: the address below which /w/api.php answers"
    )
