"""A secret is only ever a reference in the configuration, read at the moment of use."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from repwatch.config.modes import readable_by_others
from repwatch.config.texttype import text_type
from repwatch.errors import ConfigError
from repwatch.masking import keep_secret

_ENV = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_FILE = re.compile(r"file:(/|~/).+")
_CREDENTIAL = re.compile(r"credential:[A-Za-z0-9_][A-Za-z0-9_.-]*")
_PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:(/|~/).+|credential:[A-Za-z0-9_][A-Za-z0-9_.-]*)$"
_SERVICE = "/run/credentials/repwatch.service"


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret lies; every way to print it shows only that.

    ``env:NAME``, ``file:/PATH``, or ``credential:NAME``: a file of that name in the folder where
    systemd's LoadCredential= puts them for the running service.
    """

    reference: str

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def parse(cls, text: str) -> Secret:
        """Read a reference; raises ConfigError, which never repeats a literal secret."""
        if any(form.fullmatch(text) for form in (_ENV, _FILE, _CREDENTIAL)):
            return cls(text)
        raise ConfigError(
            ["a secret is not written into this file"],
            "put it into an environment variable and write env:NAME,"
            " or into a file of its own and write file:/absolute/path",
        )

    def reveal(self) -> str:
        """The secret itself, read now; raises ConfigError naming the reference."""
        where, _, name = self.reference.partition(":")
        value = _READERS[where](name)
        if not value:
            raise ConfigError([f"the secret {self.reference} is empty"], "give it a value")
        keep_secret(value)
        return value

    def demand_private(self) -> None:
        """Raise ConfigError for a secret in a file that others may read."""
        where, _, name = self.reference.partition(":")
        if where == "file" and readable_by_others(Path(name).expanduser()):
            raise ConfigError([f"the secret {self.reference} may be read by others"], f"chmod 600 {name}")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return text_type(cls, cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"type": "string", "pattern": _PATTERN, "examples": ["env:SMTP_PASSWORD"]}


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ConfigError([f"the secret env:{name} is not set"], f"set the environment variable {name}")
    return value


def _from_file(name: str) -> str:
    try:
        return _text(Path(name).expanduser())
    except (OSError, RuntimeError, UnicodeDecodeError) as error:  # RuntimeError: a "~" without a home
        raise ConfigError(
            [f"the secret file:{name} cannot be read: {_cause(error)}"], "check the file and who may read it"
        ) from error


def _from_credentials(name: str) -> str:
    """As the service itself finds it, or a command of the same user beside the running service."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY") or _SERVICE
    try:
        return _text(Path(folder) / name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            [f"the secret credential:{name} cannot be read: {_cause(error)}"],
            f"is the service running, are you its user, and does its unit say LoadCredential={name}:...?",
        ) from error


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip("\r\n")


def _cause(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not readable text"


_READERS: Mapping[str, Callable[[str], str]] = {
    "env": _from_environment,
    "file": _from_file,
    "credential": _from_credentials,
}
