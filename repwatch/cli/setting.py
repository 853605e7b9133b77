"""What commands share: finding the configuration, and an open App for a while."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:  # these cost what --help must not pay
    from repwatch.app import App
    from repwatch.config.settings import Config
    from repwatch.store.database import Store

T = TypeVar("T")


def config_path(ctx: click.Context) -> Path:
    """The configuration file in use; raises ConfigError when there is none."""
    from repwatch.config.places import find_config

    return find_config(ctx.find_root().obj.get("config"), os.environ)


def load_config(ctx: click.Context) -> Config:
    """The configuration, checked; warnings go to stderr."""
    from repwatch.plugins import load

    config = load(config_path(ctx))
    for warning in config.warnings:
        click.echo(f"repwatch: warning: {warning}", err=True)
    return config


def with_app(config: Config, work: Callable[[App], Awaitable[T]]) -> T:
    """Build the App, run ``work`` with it, and close it whatever happens."""
    from repwatch.app import build

    async def session() -> T:
        app = build(config)
        async with app:
            return await work(app)

    return asyncio.run(session())


def reader(config: Config) -> Store:
    """The database for commands that only look."""
    from repwatch.store.database import Store

    return Store(config.database_path)
