"""The document of one subject: what ``export`` writes and ``import subject`` reads, checked in every part."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from repwatch.config.problems import dotted
from repwatch.config.schema import SLUG
from repwatch.errors import RepwatchError
from repwatch.model import Change, DeliveryState, Kind, Label, Outcome, OwedKind, Priority

FORMAT, VERSION = "repwatch subject", 1
LARGEST = 256 * 1024 * 1024  # bytes of a document
SHOWN = 5  # mistakes that are told


def written(values: dict[str, Any], at: datetime) -> str:
    """The document; but for its second line it is the same for the same data."""
    head = {"format": FORMAT, "version": VERSION, "exported": at}
    return json.dumps({**head, **values}, default=_plain, ensure_ascii=False, indent=1) + "\n"


def read(raw: bytes) -> dict[str, Any]:
    """The values of a document; raises RepwatchError that names the place of each mistake."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _refused([f"it is no JSON ({error})"]) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _refused([f"format: expected {FORMAT!r}: this is no export of a subject"])
    if found.get("version") != VERSION:
        raise _refused([f"version: {found.get('version')!r} is not {VERSION}, which this program reads"])
    try:
        document = Document.model_validate_json(raw)
    except ValidationError as error:
        raise _refused([f"{dotted(each['loc'])}: {each['msg']}" for each in error.errors()]) from error
    if problems := list(_across(document)):
        raise _refused(problems)
    return document.model_dump(exclude={"format", "version", "exported"})


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export")


def _refused(problems: list[str]) -> RepwatchError:
    more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
    return RepwatchError(
        f"the document cannot be imported: {'; '.join([*problems[:SHOWN], *more])}",
        "nothing was written; export it again, or mend it there",
    )


def _across(document: Document) -> Iterator[str]:
    """What is wrong between parts that are each right."""
    yield from _keys_twice(document)
    ids = [report.message_id for report in document.reports]
    for number, message_id in enumerate(ids):
        if message_id in ids[:number]:
            yield f"reports[{number}].message_id: another report has it too"
    for number, line in enumerate(document.lines):
        if line.mention is not None and line.mention >= len(document.mentions):
            yield f"lines[{number}].mention: there is no mentions[{line.mention}]"
        if line.told is not None and line.told not in ids:
            yield f"lines[{number}].told: there is no report with this Message-ID"
    for noun, rows in _parts(document).items():
        for number, row in enumerate(rows):
            if row.subject not in ("", document.subject):
                yield f"{noun}[{number}].subject: expected {document.subject!r} or nothing"


def _parts(document: Document) -> dict[str, Sequence[LineShape | RunShape | StateShape | SnapshotShape]]:
    """Where a row says whose it is: the subject's, or nobody's where a source's requests name nobody."""
    return {
        "lines": document.lines,
        "runs": document.runs,
        "states": document.states,
        "snapshots": document.snapshots,
    }


def _keys_twice(document: Document) -> Iterator[str]:
    """A key tells one mention from all others."""
    owners: dict[str, int] = {}
    for number, mention in enumerate(document.mentions):
        for place, key in enumerate(mention.keys):
            if owners.setdefault(key, number) != number:
                yield f"mentions[{number}].keys[{place}]: mentions[{owners[key]}] has this key too"


# --- the shapes -------------------------------------------------------------------------------


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise PydanticCustomError("text", "this text holds what no text may hold (NUL, half a character)")
    return text


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("base64", "expected base64") from None
    return text


Text = Annotated[str, Field(max_length=20_000), AfterValidator(_storable)]
Long = Annotated[str, Field(max_length=16_000_000), AfterValidator(_storable)]
Word = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_storable)]
Coded = Annotated[str, AfterValidator(_base64)]
Time = AwareDatetime
Count = Annotated[int, Field(ge=0)]


Share = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]


class Shape(BaseModel):
    """A part of the document: every key is there, and no other."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


class ReasonShape(Shape):
    """One ground of a verdict or a priority."""

    code: Word
    detail: Text
    weight: Annotated[float, Field(allow_inf_nan=False)]


class EditShape(Shape):
    """Earlier words."""

    at: Time
    title: Text
    summary: Text


class SightingShape(Shape):
    """A source that showed the mention."""

    source: Word
    first_seen: Time


class MentionShape(Shape):
    """A mention with its whole history."""

    kind: Kind
    url: Text
    title: Text
    summary: Text
    site: Text
    author: Text
    language: Text
    published: Time | None
    first_seen: Time
    last_seen: Time
    label: Label
    probability: Annotated[float, Field(ge=0, le=1)]
    reasons: list[ReasonShape]
    decided: Label | None
    decided_at: Time | None
    priority: Priority
    priority_reasons: list[ReasonShape]
    story: Text
    change: Change
    baseline: bool
    fields: dict[Word, Text]
    previous_title: Text
    keys: Annotated[list[Word], Field(min_length=1)]
    sightings: list[SightingShape]
    edits: list[EditShape]


class LineShape(Shape):
    """What a route was or has to be told; ``told`` is the Message-ID of the report that carried it."""

    route: Word
    kind: OwedKind
    at: Time
    subject: Text
    source: Text
    detail: Text
    priority: Priority
    mention: Count | None
    told: Word | None


class BodyShape(Shape):
    """A frozen report, its bytes in base64."""

    subject_line: Text
    html: Long
    text: Long
    raw: Annotated[Coded, Field(min_length=1)]


class DeliveryShape(Shape):
    """How a report reached, or did not reach, a recipient."""

    channel: Word
    recipient: Word
    state: DeliveryState
    attempts: Count
    next_try: Time | None
    settled: Time | None
    cause: Text
    fate_unknown: bool


class ReportShape(Shape):
    """A report that told of the subject; its body when it told of nobody else."""

    route: Word
    created: Time
    message_id: Word
    body: BodyShape | None
    deliveries: list[DeliveryShape]


class RankingShape(Shape):
    """A place on a results page."""

    source: Word
    query: Text
    engine: Text
    locale: Text
    position: Count
    url: Text
    at: Time


class QueryShape(Shape):
    """A name that a service was sent."""

    at: Time
    source: Word
    host: Word
    name: Text


class RunShape(Shape):
    """A check of a source for this subject alone."""

    source: Word
    subject: Text
    started: Time
    ended: Time
    outcome: Outcome
    cause: Text
    read: Count
    new: Count
    baseline: bool
    unchanged: bool
    changed: Count = 0  # came with revision 0003


class StateShape(Shape):
    """What is remembered of such a source."""

    source: Word
    subject: Text
    next_due: Time | None
    last_run: Time | None
    last_answer: Time | None
    outcome: Outcome | None
    cause: Text
    failures: Count
    failing_since: Time | None
    outage_told: bool
    baseline_done: bool
    paused: Text
    moved_to: Text
    window: list[Word]
    guids_shared: bool
    pages: dict[Word, dict[Word, Text]]
    # What came with revision 0003: an older export does not have it.
    moved_since: Time | None = None
    kind: Text = ""
    pace: Share = 1.0
    last_new: Time | None = None
    rhythm: list[Seconds] = []
    quiet_told: bool = False
    canary: Outcome | None = None
    canary_at: Time | None = None


class SnapshotShape(Shape):
    """The text of a page that such a source watches."""

    source: Word
    subject: Text
    page: Word
    url: Text
    at: Time
    text: Long
    pending: Long | None
    pending_at: Time | None


class Document(Shape):
    """The whole."""

    format: Literal["repwatch subject"]
    version: Literal[1]
    exported: Time
    subject: Annotated[str, Field(pattern=SLUG)]
    mentions: list[MentionShape]
    lines: list[LineShape]
    reports: list[ReportShape]
    rankings: list[RankingShape]
    queries: list[QueryShape]
    runs: list[RunShape]
    states: list[StateShape]
    snapshots: list[SnapshotShape] = []  # came with revision 0003
