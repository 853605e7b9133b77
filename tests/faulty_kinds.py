"""A board that conforms, and relatives of it with one fault each, for the tests of the conformance kit."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, Field

from repwatch.config.secret import Secret
from repwatch.errors import Unreadable
from repwatch.model import Finding, Page, Parsed, Request, Subject
from repwatch.plugins import Asker, SourcePlugin


class Options(BaseModel):
    place: str = Field(default="here", description="Which board")
    key: Secret | None = Field(default=None, description="The board's key")


class Undescribed(BaseModel):
    place: str = "here"


class Board:
    """One notice a line; ``next`` is the number of the following page, of three at most."""

    def __init__(self, options: Options, asker: Asker) -> None:
        del asker
        self.place = options.place
        self.key = options.key.reveal() if options.key else ""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        headers = {"authorization": self.key} if self.key else {}
        return [
            Request(f"https://board.example/?q={name.replace(' ', '+')}&page=1", subject.id, headers=headers)
            for subject in subjects
            for name in subject.names
        ]

    def parse(self, page: Page) -> Parsed:
        found = tuple(Finding(notice, guid=notice) for notice in self.notices(page))
        return Parsed(found, tuple(self.following(page)))

    def notices(self, page: Page) -> list[str]:
        try:
            return [str(notice) for notice in json.loads(page.body)["notices"]]
        except (ValueError, TypeError, KeyError) as error:
            raise Unreadable("expected the notices of a board") from error

    def following(self, page: Page) -> Iterator[Request]:
        address, _, number = page.request.url.rpartition("=")
        if int(number) < 3:
            yield replace(page.request, url=f"{address}={int(number) + 1}")


class Endless(Board):
    def following(self, page: Page) -> Iterator[Request]:
        address, _, number = page.request.url.rpartition("=")
        yield replace(page.request, url=f"{address}={int(number) + 1}")


class Silent(Board):
    def notices(self, page: Page) -> list[str]:
        try:
            return super().notices(page)
        except Unreadable:
            return []


class Careless(Board):
    def notices(self, page: Page) -> list[str]:
        return list(json.loads(page.body)["notices"])


class Fickle(Board):
    def notices(self, page: Page) -> list[str]:
        return [f"{notice} {os.getpid()}" for notice in super().notices(page)]


class Unordered(Board):
    def notices(self, page: Page) -> list[str]:
        return [*{*super().notices(page), *"abcdefgh"}]


class Curious(Board):
    def notices(self, page: Page) -> list[str]:
        socket.getaddrinfo("board.example", 80)
        return super().notices(page)


class Secretive(Board):
    """Hides what it tried."""

    def notices(self, page: Page) -> list[str]:
        with suppress(OSError):
            Path("/tmp/repwatch-board").write_text("notices")
        return super().notices(page)


class Busy(Board):
    def notices(self, page: Page) -> list[str]:
        subprocess.run(["true"], check=True)
        return super().notices(page)


class Anonymous(Board):
    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        return [replace(request, subject=None) for request in super().plan(subjects)]


class Mistaken(Board):
    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        return [replace(request, subject="somebody") for request in super().plan(subjects)]


class Forgetful(Board):
    """Plans otherwise each time."""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        stamp = f"{id(object())}-{datetime.now().timestamp()}"  # noqa: DTZ005 - a fault on purpose
        return [replace(each, context={"at": stamp}) for each in super().plan(subjects)]


class Talkative(Board):
    """Writes its key into the address."""

    def plan(self, subjects: Sequence[Subject]) -> Sequence[Request]:
        return [replace(each, url=f"{each.url}&board={self.key}&page=1") for each in super().plan(subjects)]


class Boastful(Board):
    """Says its key when something is wrong."""

    def notices(self, page: Page) -> list[str]:
        try:
            return super().notices(page)
        except Unreadable as error:
            raise Unreadable(f"{self.key} was of no use") from error


class Fleeting(Board):
    """Signs for another address."""

    def sign(self, request: Request, now: datetime) -> Request:
        return replace(request, url=f"{request.url}&at={now:%s}")


class Rooted(Board):
    """Does not travel."""

    def __init__(self, options: Options, asker: Asker) -> None:
        super().__init__(options, asker)
        self.own = lambda: None


class Impure(Board):
    """Gives what a parser's result has no place for."""

    def parse(self, page: Page) -> Parsed:
        parsed = super().parse(page)
        return replace(parsed, findings=tuple(replace(each, url=7) for each in parsed.findings))  # type: ignore[arg-type]


def plugin(board: type[Board] = Board, options: type[BaseModel] = Options, about: str = "") -> SourcePlugin:
    return SourcePlugin(options, board, "Notice board", about=about or "Notices. Each name is sent.")
