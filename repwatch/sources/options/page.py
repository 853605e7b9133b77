"""The options of ``page``, and those that every watched text has."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from repwatch.sources.options.base import HttpUrl, Options

_LONGEST = 500  # characters of an expression


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"expected a regular expression ({error})") from error
    return pattern


def _css(selector: str) -> str:
    if selector:
        from cssselect import HTMLTranslator, SelectorError  # noqa: PLC0415 - few pages need it

        try:
            HTMLTranslator().css_to_xpath(selector)
        except (SelectorError, RecursionError) as error:
            raise ValueError(f"expected a CSS selector, as in main .team ({error})") from error
    return selector


def _xpath(expression: str) -> str:
    if expression:
        from lxml import etree  # noqa: PLC0415 - few pages need it

        try:
            etree.XPath(expression)
        except etree.XPathError as error:
            raise ValueError(f"expected an XPath 1.0 expression, as in //main//p ({error})") from error
    return expression


Expression = Annotated[str, Field(min_length=1, max_length=_LONGEST), AfterValidator(_expression)]


class Watching(Options):
    """How a watched text is compared from look to look."""

    ignore: tuple[Expression, ...] = Field(
        default=(),
        description="Regular expressions, in whichever case; what they match is neither kept nor compared",
    )
    numbers: bool = Field(
        default=True,
        description="Whether a change of mere numbers is told; counters, times and ages of posts never are",
    )


class PageOptions(Watching):
    """A web page."""

    url: HttpUrl = Field(description="Address of the page")
    selector: Annotated[str, Field(max_length=_LONGEST), AfterValidator(_css)] = Field(
        default="", description="CSS selector of the part to watch; default: the page's main text"
    )
    xpath: Annotated[str, Field(max_length=_LONGEST), AfterValidator(_xpath)] = Field(
        default="", description="XPath 1.0 of the part to watch, instead of a selector"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.selector and self.xpath:
            raise ValueError("expected a selector or an xpath, not both")
        return self
