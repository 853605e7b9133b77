"""What tells a thinner source from a quiet one: its rhythm, pace, canary and budget; pages as last seen."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for column in (
        sa.Column("moved_since", sa.DateTime(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False, server_default=""),
        sa.Column("pace", sa.Float(), nullable=False, server_default="1.0"),
        sa.Column("last_new", sa.DateTime(), nullable=True),
        sa.Column("rhythm", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("quiet_told", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("canary", sa.String(), nullable=True),
        sa.Column("canary_at", sa.DateTime(), nullable=True),
    ):
        op.add_column("source_state", column)
    op.add_column("run", sa.Column("changed", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "budget",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_budget")),
    )
    op.create_table(
        "snapshot",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=True),
        sa.Column("pending_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("source", "subject", "page", name=op.f("pk_snapshot")),
    )


def downgrade() -> None:
    op.drop_table("snapshot")
    op.drop_table("budget")
    op.drop_column("run", "changed")
    for name in ("canary_at", "canary", "quiet_told", "rhythm", "last_new", "pace", "kind", "moved_since"):
        op.drop_column("source_state", name)
