"""A small table of kinds and a small file, for the tests of the configuration."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from repwatch.config.kinds import Kinds, SourceKind
from repwatch.config.secret import Secret


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FeedOptions(Strict):
    url: str = Field(description="Address of the feed")


class AlertOptions(Strict):
    feed: str = Field(description="Address of the alert's feed")


class SearchOptions(Strict):
    url: str = Field(description="Address of the instance")
    pages: int = Field(default=1, ge=1, le=10, description="How many pages to read")
    language: str = Field(default="all", description="Language of results")


class ServiceOptions(Strict):
    base_url: str | None = Field(default=None, description="Another address of the service")
    key: Secret | None = Field(default=None, description="The service's key")


class MailOptions(Strict):
    host: str = Field(description="Mail server")
    port: int | None = Field(default=None, ge=1, le=65535, description="Its port")
    security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="How it is reached")
    user: str | None = Field(default=None, description="Login")
    password: Secret | None = Field(default=None, description="Where the password lies")
    sender: str = Field(alias="from", description="Address that reports come from")


FINDERS = ("wikidata", "orcid", "github")

KINDS = Kinds(
    sources={
        "google_alerts": SourceKind(AlertOptions),
        "feed": SourceKind(FeedOptions, every="1h"),
        "searxng": SourceKind(SearchOptions, every="12h"),
        "google_news": SourceKind(ServiceOptions, title="Google News"),
        "bing_news": SourceKind(ServiceOptions),
        "hackernews": SourceKind(ServiceOptions),
        **{name: SourceKind(ServiceOptions, every="1d") for name in FINDERS},
    },
    channels={"email": MailOptions},
    members={"people": FINDERS},
)

SMALL = """\
contact: ada@example.org
subjects:
  - id: ada
    name: Ada Exemple
    relation: self
sources:
  - {kind: feed, url: "https://blog.example.org/feed"}
channels:
  mail: {kind: email, host: smtp.example.org, from: repwatch@example.org, password: env:SMTP_PASSWORD}
reports:
  - {channel: mail, to: ada@example.org, every: day at 07:00}
"""
