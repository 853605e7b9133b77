"""A visit of the doctor whose web, names, machine and clock are in the test's hands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from repwatch.channels.base import Channel
from repwatch.config.kinds import Kinds
from repwatch.config.load import check
from repwatch.config.settings import Config
from repwatch.doctor.machine import Machine, Room
from repwatch.doctor.sign import Sign
from repwatch.doctor.visit import Visit, prepared
from repwatch.errors import Unreachable
from repwatch.fetch.records import Kind
from repwatch.fetch.resolver import Resolver
from repwatch.parsing.handle import InlineParser
from repwatch.plugins import all_kinds
from repwatch.store.database import Store
from tests.fakes import FakeChannel, FakeClock, FakeWeb
from tests.hostile import Names

BLOG = "http://blog.example/feed"
MACHINE = Machine(
    python="3.13.9",
    sqlite="3.53.1",
    openssl="OpenSSL 3.5.4",
    packages={},
    open_files=4096,
    memory=4000.0,
    mounts="rootfs / ext4 rw 0 0\n",
    room=lambda _: Room(5000.0, 1_000_000),
)


class FakeRecords:
    """What domains say of themselves; a test makes it silent."""

    def __init__(self, zone: Mapping[tuple[str, str], Sequence[str]] | None = None) -> None:
        self.zone = dict(zone or {})
        self.silent = False

    async def ask(self, name: str, kind: Kind) -> Sequence[str]:
        if self.silent:
            raise Unreachable(f"DNS: no answer about {name}", "check the name servers of the machine")
        return self.zone.get((name, kind), ())


def configured(folder: Path, **changes: str) -> Config:
    """A written configuration, readable by its owner alone; a part can be written otherwise."""
    parts = {
        "contact": "ada@firm.fr",
        "timezone": "Europe/Paris",
        "database": "sqlite:///clinic.db",
        "subjects": "[{id: ada, name: Ada Exemple, relation: self}]",
        "sources": f'[{{kind: feed, id: blog, url: "{BLOG}", every: 1h}}]',
        "channels": "{mail: {kind: email, host: smtp.firm.fr, from: repwatch@firm.fr}}",
        "reports": '[{id: daily, channel: mail, to: ada@firm.fr, every: "day at 07:00"}]',
    }
    text = "".join(f"{key}: {value}\n" for key, value in {**parts, **changes}.items())
    path = folder / "repwatch.yaml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return loaded(path)


def loaded(path: Path) -> Config:
    """The configuration that stands there."""
    return check(path.read_text("utf-8"), path, kinds())


@cache
def kinds() -> Kinds:
    """Every kind; reading the catalog takes a while."""
    return all_kinds()


def visited(
    config: Config,
    *,
    clock: FakeClock | None = None,
    web: FakeWeb | None = None,
    names: Resolver | None = None,
    records: FakeRecords | None = None,
    channels: Mapping[str, Channel] | None = None,
    **machine: object,
) -> Visit:
    """A visit to it; ``machine`` changes what the machine is like."""
    return prepared(
        config,
        clock=clock or FakeClock(),
        transport=web or FakeWeb(),
        names=names or Names(),
        records=records or FakeRecords(),
        parser=InlineParser(),
        channels={"mail": FakeChannel()} if channels is None else channels,
        machine=replace(MACHINE, **machine),  # type: ignore[arg-type]
    )


async def made(config: Config) -> Path:
    """The database of the configuration, used once and closed."""
    store = Store(config.database_path)
    await store.open()
    await store.close()
    return config.database_path


def one(signs: Iterable[Sign], name: str = "") -> Sign:
    """The only sign (of that name)."""
    found = [sign for sign in signs if name in ("", sign.name)]
    assert len(found) == 1, found
    return found[0]
