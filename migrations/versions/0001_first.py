"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "host_state",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_host_state")),
    )
    op.create_table(
        "mention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("published", sa.DateTime(), nullable=True),
        sa.Column("first_seen", sa.DateTime(), nullable=False),
        sa.Column("last_seen", sa.DateTime(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decided", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("priority_reasons", sa.JSON(), nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("previous_title", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_story", "mention", ["subject", "story"], unique=False)
    op.create_index("ix_mention_subject_id", "mention", ["subject", "id"], unique=False)
    op.create_table(
        "ranking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking")),
    )
    op.create_index("ix_ranking_subject_query", "ranking", ["subject", "query", "at"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("subject_line", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("message_id", name=op.f("uq_report_message_id")),
    )
    op.create_table(
        "route_state",
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("next_due", sa.DateTime(), nullable=True),
        sa.Column("last_report", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("route", name=op.f("pk_route_state")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("ended", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("unchanged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_source_subject", "run", ["source", "subject", "id"], unique=False)
    op.create_table(
        "source_state",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("next_due", sa.DateTime(), nullable=True),
        sa.Column("last_run", sa.DateTime(), nullable=True),
        sa.Column("last_answer", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.DateTime(), nullable=True),
        sa.Column("outage_told", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("baseline_done", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("paused", sa.Text(), server_default="", nullable=False),
        sa.Column("moved_to", sa.Text(), server_default="", nullable=False),
        sa.Column("window", sa.JSON(), nullable=False),
        sa.Column("guids_shared", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source", "subject", name=op.f("pk_source_state")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try", sa.DateTime(), nullable=True),
        sa.Column("settled", sa.DateTime(), nullable=True),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("fate_unknown", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["report"], ["report.id"], name=op.f("fk_delivery_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "report", "channel", "recipient", name=op.f("uq_delivery_report_channel_recipient")
        ),
    )
    op.create_index(
        "ix_delivery_pending",
        "delivery",
        ["next_try"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("ix_delivery_report"), "delivery", ["report"], unique=False)
    op.create_table(
        "edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mention", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention"], ["mention.id"], name=op.f("fk_edit_mention"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit")),
    )
    op.create_index(op.f("ix_edit_mention"), "edit", ["mention"], unique=False)
    op.create_table(
        "mention_key",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("mention", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention"], ["mention.id"], name=op.f("fk_mention_key_mention"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subject", "key", name=op.f("pk_mention_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_mention_key_mention"), "mention_key", ["mention"], unique=False)
    op.create_table(
        "owed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("mention", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("report", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention"], ["mention.id"], name=op.f("fk_owed_mention"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["report"], ["report.id"], name=op.f("fk_owed_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owed")),
    )
    op.create_index(op.f("ix_owed_mention"), "owed", ["mention"], unique=False)
    op.create_index(
        "ix_owed_pending", "owed", ["route", "id"], unique=False, sqlite_where=sa.text("report IS NULL")
    )
    op.create_index(op.f("ix_owed_report"), "owed", ["report"], unique=False)
    op.create_table(
        "sighting",
        sa.Column("mention", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("first_seen", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention"], ["mention.id"], name=op.f("fk_sighting_mention"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention", "source", name=op.f("pk_sighting")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("sighting")
    op.drop_index(op.f("ix_owed_report"), table_name="owed")
    op.drop_index("ix_owed_pending", table_name="owed", sqlite_where=sa.text("report IS NULL"))
    op.drop_index(op.f("ix_owed_mention"), table_name="owed")
    op.drop_table("owed")
    op.drop_index(op.f("ix_mention_key_mention"), table_name="mention_key")
    op.drop_table("mention_key")
    op.drop_index(op.f("ix_edit_mention"), table_name="edit")
    op.drop_table("edit")
    op.drop_index(op.f("ix_delivery_report"), table_name="delivery")
    op.drop_index("ix_delivery_pending", table_name="delivery", sqlite_where=sa.text("state = 'pending'"))
    op.drop_table("delivery")
    op.drop_table("source_state")
    op.drop_index("ix_run_source_subject", table_name="run")
    op.drop_table("run")
    op.drop_table("route_state")
    op.drop_table("report")
    op.drop_index("ix_ranking_subject_query", table_name="ranking")
    op.drop_table("ranking")
    op.drop_index("ix_mention_subject_id", table_name="mention")
    op.drop_index("ix_mention_story", table_name="mention")
    op.drop_table("mention")
    op.drop_table("host_state")
