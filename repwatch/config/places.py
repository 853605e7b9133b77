"""Where things live on the machine: the configuration, the database, what is kept between runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from repwatch.errors import ConfigError

FILE = "repwatch.yaml"


def find_config(explicit: str | None, env: Mapping[str, str]) -> Path:
    """The configuration to use, absolute; raises ConfigError with the places that were tried.

    Asked for by name (``explicit``, then REPWATCH_CONFIG), it must be there; else the first of
    ./repwatch.yaml, the user's configuration folder and /etc/repwatch.
    """
    named = explicit or env.get("REPWATCH_CONFIG")
    if named:
        return _named(Path(named).expanduser(), "--config" if explicit else "REPWATCH_CONFIG")
    tried = [Path.cwd() / FILE, user_config(env), Path("/etc/repwatch") / FILE]
    for path in tried:
        if path.is_file():
            return path
    places = ", ".join(map(str, tried))
    raise ConfigError(
        [f"no configuration was found; these places were tried: {places}"],
        "run `repwatch init` to write one, or name one with --config",
    )


def _named(path: Path, how: str) -> Path:
    if not path.is_file():
        raise ConfigError([f"{path} (named by {how}) is not a file"], "check it, or run `repwatch init`")
    return path.absolute()


def user_config(env: Mapping[str, str]) -> Path:
    """Where the user's own configuration belongs, there or not."""
    return _base(env, "XDG_CONFIG_HOME", ".config") / "repwatch" / FILE


def data_folder(env: Mapping[str, str]) -> Path:
    """Where the database lives by default."""
    return _base(env, "XDG_DATA_HOME", ".local/share") / "repwatch"


def _base(env: Mapping[str, str], variable: str, below_home: str) -> Path:
    """The folder of an XDG variable, which counts only if it is absolute."""
    chosen = Path(env.get(variable, ""))
    if chosen.is_absolute():
        return chosen
    return (Path(env["HOME"]) if env.get("HOME") else Path.home()) / below_home
