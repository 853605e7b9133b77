"""Renders a view to mail HTML and to the text that says the same."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from repwatch.report.passages import twin
from repwatch.report.room import ROOMS, fit
from repwatch.report.shapes import View

if TYPE_CHECKING:  # a round that sends nothing must not pay for either
    from css_inline import CSSInliner
    from jinja2 import Environment

HTML_LIMIT = 90_000  # bytes; a common web mailer clips a mail at about 102 kB
_WIDTH = 72


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report in its two forms; ``html`` is at most HTML_LIMIT bytes of UTF-8."""

    subject: str
    html: str
    text: str
    language: str = "en"


def render(view: View) -> Rendered:
    """The HTML and the text of a view, cut to the most that fits into one unclipped mail."""
    for room in ROOMS:
        fitting = fit(view, room)
        html = _html(fitting)
        if len(html.encode()) <= HTML_LIMIT:
            break
    return Rendered(fitting.subject, html, _text(fitting), fitting.language)


def _html(view: View) -> str:
    page = _templates().get_template("report.html").render(view=view)
    return _inliner().inline(_encodable(page))


def _text(view: View) -> str:
    page = _templates().get_template("report.txt").render(view=view)
    return _encodable(page).rstrip("\n") + "\n"


def _encodable(text: str) -> str:
    """A lone surrogate cannot be written to any mail; it becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def wrapped(text: str, indent: int = 0) -> str:
    """The text on lines of at most 72 characters; a longer word (a URL) keeps a line of its own."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


@cache
def _templates() -> Environment:
    """Compiled once: compiling costs as much as rendering."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415 - see above

    environment = Environment(
        loader=PackageLoader("repwatch", "report/templates"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrapped"] = wrapped
    environment.filters["twin"] = twin
    return environment


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner  # noqa: PLC0415 - see above

    return CSSInliner(keep_style_tags=False, load_remote_stylesheets=False, minify_css=True)
