"""What commands share: finding the configuration, and an open App for a while."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from repwatch.errors import ConfigError

if TYPE_CHECKING:  # these cost what --help must not pay
    from repwatch.app import App
    from repwatch.config.secret import Secret
    from repwatch.config.settings import Config
    from repwatch.store.database import Store

T = TypeVar("T")


def config_path(ctx: click.Context) -> Path:
    """The configuration file in use; raises ConfigError when there is none."""
    from repwatch.config.places import find_config

    return find_config(ctx.find_root().obj.get("config"), os.environ)


def load_config(ctx: click.Context, *, secrets: bool = False) -> Config:
    """The configuration, checked; warnings go to stderr.

    With ``secrets``, every secret it refers to must be there, and neither those nor the file itself
    within the reach of others: a command that checks or sends then refuses to start, where it would
    otherwise fail half-way or do what somebody else wrote.
    """
    from repwatch.config.modes import demand_own
    from repwatch.plugins import load

    config = load(config_path(ctx))
    if secrets:
        demand_own(config.path)
        demand_secrets(config)
    for warning in config.warnings:
        click.echo(f"repwatch: warning: {warning}", err=True)
    return config


def demand_secrets(config: Config) -> None:
    """Raise one ConfigError that names every secret that cannot be read, or that others may read."""
    missing = {secret: error for secret in config.secrets if (error := refusal(secret))}
    if missing:
        causes = [f"{error.cause} ({config.asks_for(secret)})" for secret, error in missing.items()]
        steps = dict.fromkeys(error.next_step for error in missing.values())
        raise ConfigError(["; ".join(causes)], "; ".join(steps))


def refusal(secret: Secret) -> ConfigError | None:
    """Why the secret cannot be used, if it cannot."""
    try:
        secret.reveal()
        secret.demand_private()
    except ConfigError as error:
        return error
    return None


def with_app(config: Config, work: Callable[[App], Awaitable[T]], *, daemon: bool = False) -> T:
    """Build the App, run ``work`` with it, and close it whatever happens."""
    from repwatch.app import build

    gc.freeze()  # the modules and the configuration are never garbage

    async def session() -> T:
        app = build(config, daemon=daemon)
        async with app:
            return await work(app)

    return asyncio.run(session())


def reader(config: Config) -> Store:
    """The database for commands that only look."""
    from repwatch.store.database import Store

    return Store(config.database_path)


def keep(path: Path, data: bytes) -> None:
    """Write what is nobody else's business to ``path``: a new file is 0600. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
