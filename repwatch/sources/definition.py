"""What a catalog entry says: plain frozen values that travel to the parser child at no cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

STRICT: dict[str, object] = {"extra": "forbid", "coerce_numbers_to_str": True}
"""For pydantic, which reads these classes from YAML: an unknown key is an error, 100 is "100"."""

Paths = str | tuple[str, ...]
Group = Literal["search", "news", "forum", "people", "page", "web"]
FieldName = Literal["title", "url", "summary", "guid", "author", "site", "language", "published"]


@dataclass(frozen=True, slots=True)
class Ask:
    """The request. Texts are templates (see ``template``).

    A parameter or header is left out when it is made of a {key} or {contact} that is not configured.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT

    path: str
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """How to ask for what follows: a counted parameter, up to ``pages`` pages.

    It is a parameter of the body where the request has one, else of the address. ``total`` is the
    path of the number of pages, ``more`` of a word that is false on the last one, where the answer
    tells it.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT

    param: str
    first: int = 0
    step: int = 1
    pages: int = 3
    total: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """The parameter that asks only for newer items, with {since} in its ``value``."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT

    param: str
    value: str = "{since}"
    format: Literal["epoch", "date", "iso"] = "epoch"


@dataclass(frozen=True, slots=True)
class Rule:
    """Something to look for below ``path``: exactly ``equals`` (also "true"), or ``contains`` in a text."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT

    path: str
    equals: str | None = None
    contains: str | None = None


@dataclass(frozen=True, slots=True)
class Errors:
    """An error inside an answer: the path of its code, of its text, and what which code means.

    A sign with a blank in it need only stand in a code that is a sentence. ``fine`` is no error at
    all, ``empty`` only says that there are no hits; what no sign fits is not understood.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT

    path: str
    text: str = ""
    fine: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    unreachable: tuple[str, ...] = ()
    misconfigured: tuple[str, ...] = ()
    step: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a status means, where need be only with these header values (lower-case names).

    ``error``: what the error inside the answer means, by the rules of ``Errors``. ``contains``: only with
    these words in the answer. ``step`` is what the owner can do; ``wait`` the seconds to leave the
    service alone, where it names none itself.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT

    status: int
    means: Literal["blocked", "misconfigured", "unreadable", "empty", "error"]
    say: str
    headers: dict[str, str] = field(default_factory=dict)
    contains: str = ""
    step: str = ""
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """One service, as its YAML file describes it.

    ``group`` is what it is listed under. ``canary``: words that the service must find something for,
    so that an empty answer to them means that it is broken.

    Paths are exact and dotted; ``[]`` walks a list, ``../`` is the item around. A tuple of paths
    means the first that is not empty, and one with braces is a template over paths.

    ``base`` may hold {language} and {country}. ``per``: a request for the ``subject``, or one for each
    of its names. ``each``: a further placeholder and its values, each of which is asked for. ``rate``:
    seconds between two requests; ``every``: how often it is asked unless the owner says otherwise.
    ``engine``: whose results pages these are; each finding then notes where it stood (see
    ``declarative``).

    ``required``: a key without which the answer is of another kind (its value may be null).
    ``incomplete``: a path that is true when the service itself says that hits are missing.
    ``names``: paths whose words must hold the subject's {given}, {family} or {name}. ``excerpts``:
    paths of further passages that go behind the summary. ``page_date``: the date is that of the page
    behind the link. ``refusals``: statuses that this service has a meaning of its own for; the first
    that fits counts.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT

    title: str
    about: str
    base: str
    request: Ask
    group: Group = "web"
    people: bool = False
    canary: str = ""
    keyless: bool = True
    per: Literal["subject", "name"] = "name"
    each: dict[str, tuple[str, ...]] = field(default_factory=dict)
    format: Literal["json", "feed"] = "json"
    rate: float = 1.0
    every: str = ""
    engine: str = ""
    page: Paging | None = None
    since: Since | None = None
    items: Paths = ""
    required: str = ""
    kind: Literal["link", "profile"] = "link"
    fields: dict[FieldName, Paths] = field(default_factory=dict)
    profile: dict[str, Paths] = field(default_factory=dict)
    excerpts: tuple[str, ...] = ()
    html: tuple[Literal["title", "summary"], ...] = ()
    dates: tuple[str, ...] = ()
    page_date: bool = False
    asserted: bool = False
    names: dict[str, str] = field(default_factory=dict)
    drop: tuple[Rule, ...] = ()
    errors: Errors | None = None
    incomplete: str = ""
    refusals: tuple[Refusal, ...] = ()
