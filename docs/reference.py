"""Writes docs/sources.md, the reference of the kinds of sources, from the table of kinds."""  # noqa: INP001 - a script, in no package

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from repwatch.config.schema import SourceKeys
from repwatch.plugins import source_plugins
from repwatch.sheet import GROUPS, KEYS, Option, Sheet, option, sheets

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "sources.md"
EXAMPLE = ROOT / "config" / "repwatch.example.yaml"

HEAD = """\
# Kinds of sources

Every kind that repwatch knows, by group, with its options and a line for your configuration. This page is
made from the program by `make reference`; `repwatch sources --kinds` prints it in short. How to make a kind
of your own stands in [own-kind.md](own-kind.md).

A kind that searches sends the name; alerts, feeds and pages are read whole and matched on your machine.
"Canary" is a question that must find something: when that finds nothing either, an empty answer counts as a
failure. A secret is written as `env:NAME`, `file:/path` or `credential:NAME`, never itself.

`kind: people` stands for {finders}, or for those of them that you name in its option `finders`.

## Options of every kind
"""


def reference() -> str:
    """The whole page."""
    found = sheets(source_plugins())
    finders = ", ".join(f"`{sheet.kind}`" for sheet in found if sheet.finder)
    own = (option(name, field) for name, field in SourceKeys.model_fields.items() if name != "kind")
    parts = [HEAD.format(finders=finders), *table(own), ""]
    for group, heading in GROUPS.items():
        members = [sheet for sheet in found if sheet.group == group]
        parts += [f"## {heading}", ""] if members else []
        for sheet in members:
            parts += section(sheet)
    return "\n".join(parts).rstrip() + "\n"


def section(sheet: Sheet) -> Iterator[str]:
    """What there is to say of one kind."""
    yield from (f"### {sheet.title}: `{sheet.kind}`", "", sheet.about, "")
    yield from (facts(sheet), "")
    if sheet.options:
        yield from (*table(sheet.options), "")
    yield from ("```yaml", f"- {example(sheet)}", "```", "")


def facts(sheet: Sheet) -> str:
    """Its cadence, key, ranks and canary, in one line."""
    said = [f"Asked every {sheet.every}, unless `every` says otherwise."]
    said += [KEYS[sheet.key]] if KEYS[sheet.key] else []
    said += ["Keeps where each page ranks."] if sheet.ranks else []
    said += [f"Canary: `{sheet.canary}`."] if sheet.canary else []
    said += ["One of the finders of `people`."] if sheet.finder else []
    return " ".join(said)


def table(options: Iterable[Option]) -> Iterator[str]:
    """A row an option; "" for a default that is nothing."""
    yield from ("| option | what | default | |", "|---|---|---|---|")
    for each in options:
        marks = ", ".join(filter(None, ("required" * each.required, "secret" * each.secret)))
        default = f"`{each.default}`" if each.default else ""
        cells = (f"`{each.name}`", html.escape(each.what, quote=False).replace("|", "\\|"), default, marks)
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def example(sheet: Sheet) -> str:
    """Its entry in the example configuration, commented or not, else the kind alone if that is enough.

    Raises SystemExit when there is none.
    """
    text = EXAMPLE.read_text("utf-8")
    if found := re.search(rf"(?m)^[ #]*- (\{{kind: {sheet.kind}[,}}].*)", text):
        return re.sub(r", subject: (?:\[[^\]]*\]|\w+)", "", found[1].rpartition("}")[0] + "}")
    for entry in yaml.safe_load(text)["sources"]:
        if entry["kind"] == sheet.kind:
            plain = {key: value for key, value in entry.items() if key != "subject"}
            return yaml.safe_dump(plain, default_flow_style=True, sort_keys=False, width=1000).strip()
    if any(each.required for each in sheet.options):
        raise SystemExit(f"{sheet.kind} has a required option and no line in {EXAMPLE.name}")
    return f"{{kind: {sheet.kind}}}"


if __name__ == "__main__":
    REFERENCE.write_text(reference(), "utf-8")
    sys.stdout.write(f"Wrote {REFERENCE.relative_to(ROOT)}.\n")
