"""The tables, as SQLAlchemy Core knows them; the migrations are their history."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime outside, a naive UTC one in the file, so that text order is time order."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102 - SQLAlchemy's signature
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102 - SQLAlchemy's signature
        return value.replace(tzinfo=UTC) if value else None


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


source_state = Table(
    "source_state",
    metadata,
    Column("source", String, primary_key=True),
    Column("subject", String, primary_key=True),  # "" for a source whose requests name no subject
    Column("next_due", UtcTime),
    Column("last_run", UtcTime),
    Column("last_answer", UtcTime),
    Column("outcome", String),
    Column("cause", Text, nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", UtcTime),
    Column("outage_told", Boolean, nullable=False, server_default="0"),
    Column("baseline_done", Boolean, nullable=False, server_default="0"),
    Column("paused", Text, nullable=False, server_default=""),
    Column("moved_to", Text, nullable=False, server_default=""),
    Column("window", JSON, nullable=False),
    Column("guids_shared", Boolean, nullable=False, server_default="0"),
    Column("pages", JSON, nullable=False),
    Column("moved_since", UtcTime),
    Column("kind", String, nullable=False, server_default=""),
    Column("pace", Float, nullable=False, server_default="1.0"),
    Column("last_new", UtcTime),
    Column("rhythm", JSON, nullable=False, server_default="[]"),
    Column("quiet_told", Boolean, nullable=False, server_default="0"),
    Column("canary", String),
    Column("canary_at", UtcTime),
    # What is due is found by this index alone, however many sources there are.
    Index("ix_source_state_due", "next_due", sqlite_where=text("paused = ''")),
)

host_state = Table(
    "host_state",
    metadata,
    Column("host", String, primary_key=True),  # host:port, the unit of pacing
    Column("not_before", UtcTime, nullable=False),
)

budget = Table(
    "budget",
    metadata,
    Column("source", String, primary_key=True),
    Column("since", UtcTime, nullable=False),  # the start of the period that ``used`` counts in
    Column("used", Integer, nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("source", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("page", String, primary_key=True),  # the digest of its request, and which page of its answer
    Column("url", Text, nullable=False),  # where people find it
    Column("at", UtcTime, nullable=False),  # when this row was written
    Column("text", Text, nullable=False),  # one paragraph a line; "" when it was not there
    # What a later look saw that the next one has to confirm, and since when.
    Column("pending", Text),
    Column("pending_at", UtcTime),
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime, nullable=False),
    Column("outcome", String, nullable=False),
    Column("cause", Text, nullable=False),
    Column("read", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("baseline", Boolean, nullable=False),
    Column("unchanged", Boolean, nullable=False),
    Column("changed", Integer, nullable=False, server_default="0"),
    Index("ix_run_source_subject", "source", "subject", "id"),
    Index("ix_run_ended", "ended"),
)

mention = Table(
    "mention",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("published", UtcTime),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    Column("label", String, nullable=False),
    Column("probability", Float, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("decided", String),
    Column("decided_at", UtcTime),
    Column("priority", String, nullable=False),
    Column("priority_reasons", JSON, nullable=False),
    Column("story", String, nullable=False),
    Column("change", String, nullable=False),
    Column("baseline", Boolean, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("previous_title", Text, nullable=False, server_default=""),
    Index("ix_mention_subject_id", "subject", "id"),
    Index("ix_mention_story", "subject", "story"),
)

mention_key = Table(
    "mention_key",
    metadata,
    Column("subject", String, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("mention", ForeignKey("mention.id", ondelete="CASCADE"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

sighting = Table(
    "sighting",
    metadata,
    Column("mention", ForeignKey("mention.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String, primary_key=True),
    Column("first_seen", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

edit = Table(
    "edit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mention", ForeignKey("mention.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
)

ranking = Table(
    "ranking",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("query", Text, nullable=False),
    Column("engine", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_ranking_subject_query", "subject", "query", "at"),
    Index("ix_ranking_at", "at"),
)

report = Table(
    "report",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("route", String, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("message_id", String, nullable=False),
    Column("subject_line", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    UniqueConstraint("message_id"),
)

owed = Table(
    "owed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("route", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("subject", String, nullable=False),
    Column("source", String, nullable=False),
    Column("mention", ForeignKey("mention.id", ondelete="CASCADE"), index=True),
    Column("detail", Text, nullable=False),
    Column("priority", String, nullable=False),
    Column("report", ForeignKey("report.id"), index=True),
    # What is owed is found by this index alone, however long the history grows.
    Index("ix_owed_pending", "route", "id", sqlite_where=text("report IS NULL")),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("report", ForeignKey("report.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("channel", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try", UtcTime),
    Column("settled", UtcTime),
    Column("cause", Text, nullable=False, server_default=""),
    Column("fate_unknown", Boolean, nullable=False, server_default="0"),
    Column("begun", UtcTime),  # an attempt is under way since then, or was when the program was killed
    UniqueConstraint("report", "channel", "recipient"),
    Index("ix_delivery_pending", "next_try", sqlite_where=text("state = 'pending'")),
)

route_state = Table(
    "route_state",
    metadata,
    Column("route", String, primary_key=True),
    Column("next_due", UtcTime),
    Column("last_report", UtcTime),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

query = Table(
    "query",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("source", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("host", String, nullable=False),
    Column("name", Text, nullable=False),
    Index("ix_query_at", "at"),
    Index("ix_query_subject", "subject", "id"),
)
