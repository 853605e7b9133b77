"""Checks the example configuration, and that the schema and the reference are fresh."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from jsonschema import Draft202012Validator

from docs.reference import REFERENCE, reference
from repwatch.config.document import read
from repwatch.config.export import json_schema
from repwatch.config.load import load
from repwatch.errors import ConfigError
from repwatch.plugins import all_kinds

FOLDER = Path(__file__).parent.parent / "config"
EXAMPLE = FOLDER / "repwatch.example.yaml"
SCHEMA = FOLDER / "repwatch.schema.json"


def problems(example: Path = EXAMPLE, schema: Path = SCHEMA) -> Iterator[str]:
    """What is wrong, one text a problem; nothing when all is well."""
    if REFERENCE.read_text("utf-8") != reference():
        yield f"{REFERENCE.name} is stale: run `make reference`"
    written = json.loads(schema.read_text("utf-8"))
    kinds = all_kinds()
    if written != json.loads(json.dumps(json_schema(kinds))):
        yield f"{schema.name} is stale: run `make schema`"
    try:
        load(example, kinds)
        document = read(example).data
    except ConfigError as error:
        yield from error.problems
        return
    for refusal in Draft202012Validator(written).iter_errors(document):
        yield f"{example.name}: {refusal.json_path}: the schema refuses it: {refusal.message[:300]}"


def main() -> int:
    """Print each problem; 1 when there is one."""
    found = list(problems())
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    if not found:
        sys.stdout.write("The example configuration is valid; its schema and the reference are fresh.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
