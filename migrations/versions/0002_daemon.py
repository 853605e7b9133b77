"""What a daemon needs: due times by index, attempts under way, the query log, and facts about the file."""

import json
from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "query",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query")),
    )
    op.create_index("ix_query_at", "query", ["at"], unique=False)
    op.create_index("ix_query_subject", "query", ["subject", "id"], unique=False)
    op.add_column("delivery", sa.Column("begun", sa.DateTime(), nullable=True))
    op.create_index(
        "ix_source_state_due", "source_state", ["next_due"], unique=False, sqlite_where=sa.text("paused = ''")
    )
    op.create_index("ix_run_ended", "run", ["ended"], unique=False)
    op.create_index("ix_ranking_at", "ranking", ["at"], unique=False)
    # Their keys were addresses, which may hold a name or a token; each page is asked for whole once more.
    op.execute("UPDATE source_state SET pages = '{}'")
    _hide_windows(op.get_bind())


def _hide_windows(connection: sa.Connection) -> None:
    """Replace the identity keys of each source's last page, which hold titles, by what stands for them."""
    rows = connection.execute(sa.text('SELECT source, subject, "window" FROM source_state')).all()
    change = sa.text('UPDATE source_state SET "window" = :seen WHERE source = :source AND subject = :subject')
    for source, subject, window in rows:
        seen = [
            blake2b(key.encode("utf-8", "replace"), digest_size=8).hexdigest() for key in json.loads(window)
        ]
        connection.execute(change, {"seen": json.dumps(seen), "source": source, "subject": subject})


def downgrade() -> None:
    op.drop_index("ix_ranking_at", table_name="ranking")
    op.drop_index("ix_run_ended", table_name="run")
    op.drop_index("ix_source_state_due", table_name="source_state", sqlite_where=sa.text("paused = ''"))
    op.drop_column("delivery", "begun")
    op.drop_index("ix_query_subject", table_name="query")
    op.drop_index("ix_query_at", table_name="query")
    op.drop_table("query")
    op.drop_table("meta")
