"""Every kind of source there is, made from the line that the example configuration has for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from repwatch.config.planted import planted
from repwatch.plugins import Asker, SourcePlugin, source_plugins
from repwatch.sources.base import Source

EXAMPLE = Path(__file__).parent.parent / "config" / "repwatch.example.yaml"
_ENTRY = re.compile(r"^ *#? *- (\{kind: .*?\})(?: *#.*)?$", re.MULTILINE)
_LONG = re.compile(r"^  - kind: .*\n(?:    .*\n)+", re.MULTILINE)

# What the example does not show: an account, a forum, a key of one's own.
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "bluesky": {"handle": "ada.example.org", "app_password": "env:APP_PASSWORD"},
    "discourse": {"base_url": "https://forum.example.org"},
    "github_code": {"key": "env:GITHUB_TOKEN"},
    "mastodon": {"base_url": "https://social.example.org", "token": "env:MASTODON_TOKEN"},
    "reddit": {"user": "ada", "feed_token": "env:REDDIT_FEED"},
    "telegram": {"channels": ["examples"]},
}


@cache
def kinds() -> Mapping[str, SourcePlugin]:
    """All kinds by name; reading the catalog takes a while."""
    return source_plugins()


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """The example's entry of each kind, commented ones too."""
    text = EXAMPLE.read_text("utf-8")
    entries = [yaml.safe_load(found) for found in _ENTRY.findall(text)]
    entries += [entry for found in _LONG.findall(text) for entry in yaml.safe_load(found)]
    return {entry["kind"]: entry for entry in reversed(entries)}


@cache
def made(kind: str) -> Source:
    """The source of a kind; its secrets are stand-ins. Raises where the example lacks what it needs."""
    plugin = kinds()[kind]
    names = {name for name, field in plugin.options.model_fields.items()}
    names |= {field.alias for field in plugin.options.model_fields.values() if field.alias}
    options = {
        key: value for key, value in (examples().get(kind) or SAMPLES.get(kind, {})).items() if key in names
    }
    return plugin.make(planted(plugin.options.model_validate(options)), Asker("ada@example.org", "en"))
