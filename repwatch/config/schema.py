"""The shape of the YAML file as people write it; every key carries its description."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from repwatch.config.budget import Budget
from repwatch.config.cadence import Cadence
from repwatch.config.duration import Duration
from repwatch.config.networks import Networks, is_loopback
from repwatch.config.problems import suggestion
from repwatch.model import Priority, Relation

T = TypeVar("T")

SLUG = r"^[a-z0-9][a-z0-9_-]{0,39}$"

_CONTACT = re.compile(r"[!-~]+@[!-~]+\.[!-~]+|https?://[!-~]+")
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?(ms|s|m|h)?")
_DURATION_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, None: 1.0}


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _listed(value: object) -> object:
    """A key left without a value is an empty list: its items were commented out."""
    return [] if value is None else value


def _some(value: tuple[T, ...]) -> tuple[T, ...]:
    # Not min_length, which would also complain of a list whose only item is wrong.
    if not value:
        raise PydanticCustomError("empty", "this list is empty")
    return value


def _keyed(value: object) -> object:
    return {} if value is None else value


def _contact(value: str) -> str:
    if not _CONTACT.fullmatch(value):
        raise PydanticCustomError("contact", "expected an e-mail address or a web address (ASCII)")
    return value


def _timezone(value: str) -> str:
    if value not in available_timezones():
        hint = suggestion(value, available_timezones())
        words = "unknown time zone '{zone}'{hint}; write it like Europe/Paris"
        raise PydanticCustomError("timezone", words, {"zone": value, "hint": hint})
    ZoneInfo(value)
    return value


def _day(value: object) -> object:
    try:
        return value if value is None else date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise PydanticCustomError("day", "expected a day such as 2026-10-01") from None


def _recipient(value: str) -> str:
    if "@" in value and not value.isascii():
        words = "few mail servers take addresses with accents; write an ASCII one (a domain as xn--...)"
        raise PydanticCustomError("recipient", words)
    if any(letter in value for letter in "\r\n,;"):
        raise PydanticCustomError("recipient", "write several recipients as a list, as in [one, two]")
    return value


def _seconds(value: object) -> float:
    found = _DURATION.fullmatch(str(value).strip())
    if isinstance(value, bool) or not found:
        raise PydanticCustomError("seconds", "expected seconds or a duration such as 500ms, 2s or 5m")
    return float(found[1]) * _DURATION_UNITS[found[2]]


def _loopback(value: str) -> str:
    if not is_loopback(value):
        words = "only this machine may ask: expected 127.0.0.1 or ::1; a reverse proxy may let others in"
        raise PydanticCustomError("loopback", words)
    return value


def _a_day_or_more(value: Duration) -> Duration:
    if value.hours is not None and value.hours < 24:  # noqa: PLR2004 (hours of a day)
        raise PydanticCustomError("kept", "expected a day or more, as in 90d, 2y or forever")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Slug = Annotated[str, StringConstraints(pattern=SLUG)]
Many = Annotated[tuple[T, ...], BeforeValidator(_one_or_many, json_schema_input_type=str | list[str])]
Listed = Annotated[tuple[T, ...], BeforeValidator(_listed)]
Recipient = Annotated[Text, AfterValidator(_recipient)]
Kept = Annotated[Duration, AfterValidator(_a_day_or_more)]
Seconds = Annotated[float, BeforeValidator(_seconds, json_schema_input_type=float | str)]
Day = Annotated[str | None, BeforeValidator(_day)]
Options = dict[str, Any]  # checked later against the kind's own model
Language = Literal["en", "fr"]


class Written(BaseModel):
    """A part of the file: frozen, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ContextKeys(Written):
    """Words that tell the subject, or a namesake, from others with the same name."""

    employers: Listed[Text] = Field(default=(), description="Firms and bodies they work or worked for")
    places: Listed[Text] = Field(default=(), description="Towns, regions and countries")
    topics: Listed[Text] = Field(default=(), description="What they write, speak or are asked about")
    works: Listed[Text] = Field(default=(), description="Titles of books, films, products")


class ProfileKeys(Written):
    """An account or page that is the subject's own."""

    url: Text = Field(description="Address of the profile")
    persona: Text = Field(default="professional", description="Which face it shows: professional, private")
    reviewed: Day = Field(default=None, description="The day it was last looked over, as in 2026-10-01")


class SubjectKeys(Written):
    """The person, organisation or brand that is watched."""

    id: Slug = Field(description="Short name: small letters, digits, - and _")
    name: Text = Field(description="Full name, as it is searched for")
    relation: Relation = Field(
        description="why you may watch this subject: self, consenting or own_organisation"
    )
    given: Text | None = Field(default=None, description="Given names; default: all but the last word")
    family: Text | None = Field(default=None, description="Family name; default: the last word")
    aliases: Listed[Text] = Field(default=(), description="Other names that are searched for")
    context: ContextKeys = Field(default=ContextKeys(), description="Words that speak for this subject")
    not_me: ContextKeys = Field(default=ContextKeys(), description="Words that speak for a namesake")
    profiles: Listed[ProfileKeys] = Field(default=(), description="Accounts and pages of their own")


class FetchKeys(Written):
    """How the web is asked, for every source."""

    allow_private: Networks = ()
    proxy: Text | None = Field(default=None, description="http:// address of a proxy; never taken from env")
    connect: Seconds = Field(default=10.0, gt=0, le=120, description="Seconds to wait for a connection")
    total: Seconds = Field(default=30.0, gt=0, le=600, description="Seconds for one whole answer")
    interval: Seconds = Field(default=1.0, ge=0, description="Least seconds between two requests to a host")


class HealthKeys(Written):
    """Where the daemon tells how far it has come, to this machine alone."""

    enabled: bool = Field(default=True, description="false: tell nobody")
    host: Annotated[Text, AfterValidator(_loopback)] = Field(
        default="127.0.0.1", description="Loopback address to listen at"
    )
    port: int = Field(default=9477, ge=1, le=65_535, description="Port of /healthz and /metrics")


class SourceKeys(Written):
    """The keys that every source has, beside the options of its kind."""

    kind: Text = Field(description="What kind of place this is")
    id: Slug | None = Field(default=None, description="Short name; default: made from kind and address")
    name: Text | None = Field(default=None, description="What reports call it")
    subject: Many[Slug] = Field(default=(), description="Whom to look for, one id or a list; default: all")
    every: Cadence | None = Field(default=None, description="How often; the default depends on the kind")
    budget: Budget | None = Field(
        default=None, description="The most requests an hour, day, week or month, as in 100/day"
    )
    allow_private: Networks = ()
    proxy: Text | None = Field(default=None, description="A proxy for this source alone")
    interval: Seconds | None = Field(default=None, ge=0, description="Least seconds between two requests")
    user_agent: Text | None = Field(
        default=None,
        pattern=r"^[ -~]{1,200}$",
        description="What to call ourselves there, where a site turns unknown programs away",
    )
    enabled: bool = Field(default=True, description="false: keep the entry, do not check it")


class ChannelKeys(Written):
    """The key that every channel has, beside the options of its kind."""

    kind: Text = Field(description="What kind of way out this is, such as email")


class InstantKeys(Written):
    """What cannot wait for the next report."""

    priority: Priority = Field(description="Tell mentions of this priority and above at once")


class ReportKeys(Written):
    """A report: through which channel, to whom, when."""

    id: Slug | None = Field(default=None, description="Short name; default: the channel's id")
    channel: Slug = Field(description="A key of channels")
    to: Annotated[Many[Recipient], AfterValidator(_some)] = Field(description="One recipient or a list")
    every: Cadence = Field(description="When, as in day at 07:00")
    instant: InstantKeys | None = Field(default=None, description="What is told at once")
    language: Language | None = Field(default=None, description="en or fr; default: the file's")


class RetentionKeys(Written):
    """How long things are kept; what is still to be told always stays."""

    runs: Kept = Field(default=Duration.parse("90d"), description="Checks; the last of each source stays")
    queries: Kept = Field(default=Duration.parse("365d"), description="The log of names that were sent")
    reports: Kept = Field(
        default=Duration.parse("365d"), description="Bodies of sent reports; their Message-IDs stay"
    )
    rankings: Kept = Field(default=Duration.parse("730d"), description="Places on results pages")
    snapshots: Kept = Field(
        default=Duration.parse("90d"), description="Texts of watched pages since they were last looked at"
    )
    mentions: Kept = Field(
        default=Duration.parse("forever"),
        description="Words of mentions since they were last seen; what tells that they are known stays",
    )


class File(Written):
    """The whole file; the options of sources and channels are checked against their kinds."""

    language: Language = Field(default="en", description="Language of reports: en or fr")
    timezone: Annotated[Text, AfterValidator(_timezone)] = Field(
        default="UTC", description="Zone of every time of day in this file, as in Europe/Paris"
    )
    contact: Annotated[Text, AfterValidator(_contact)] = Field(
        description="your e-mail or web address; it goes into the User-Agent, as polite services ask"
    )
    database: Text | None = Field(default=None, description="sqlite:///path, relative to this file's folder")
    catalog: Text | None = Field(default=None, description="Folder with your own kinds of source (YAML)")
    subjects: Annotated[tuple[SubjectKeys, ...], AfterValidator(_some)] = Field(
        description="Whom to watch", json_schema_extra={"minItems": 1}
    )
    fetch: Annotated[FetchKeys, BeforeValidator(_keyed)] = Field(
        default=FetchKeys(), description="How the web is asked"
    )
    health: HealthKeys | None = Field(
        default=HealthKeys(), description="Where progress is told on this machine; null: nowhere"
    )
    sources: Listed[Options] = Field(default=(), description="Where to look")
    channels: Annotated[dict[Slug, Options], BeforeValidator(_keyed)] = Field(
        default={}, description="Ways out, by a name of your choice"
    )
    reports: Listed[ReportKeys] = Field(default=(), description="What is sent to whom, and when")
    retention: Annotated[RetentionKeys, BeforeValidator(_keyed)] = Field(
        default=RetentionKeys(), description="How long things are kept: 90d, 8w, 2y or forever"
    )
