"""Runs the migrations on the connection that the store hands over, inside its one transaction."""

from alembic import context

from repwatch.store.tables import metadata


def run() -> None:
    """Migrate; the caller's BEGIN IMMEDIATE makes a killed migration leave nothing behind."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    context.run_migrations()


run()
