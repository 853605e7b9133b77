"""The nouns: plain frozen values that every floor may pass around.

Times are aware datetimes in UTC, durations are seconds, texts are already cleaned at the border.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Literal

Fields = Mapping[str, str]


class Relation(StrEnum):
    """Why the owner may watch this subject."""

    SELF = "self"
    CONSENTING = "consenting"
    OWN_ORGANISATION = "own_organisation"


class Outcome(StrEnum):
    """How a run ended. The last four keep every known thing as it was."""

    OK = "ok"
    EMPTY = "empty"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"
    MISCONFIGURED = "misconfigured"

    @property
    def failed(self) -> bool:
        """Whether nothing could be read at all."""
        return self in _FAILURES

    @property
    def whole(self) -> bool:
        """Whether the source answered in full."""
        return self in (Outcome.OK, Outcome.EMPTY)


_FAILURES = frozenset({Outcome.BLOCKED, Outcome.UNREACHABLE, Outcome.UNREADABLE, Outcome.MISCONFIGURED})


class Label(StrEnum):
    """Whether a finding is about the subject."""

    ME = "me"
    NOT_ME = "not_me"
    UNSURE = "unsure"


class Priority(StrEnum):
    """How much a mention deserves attention."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the most pressing, so that sorting puts it first."""
        return (Priority.HIGH, Priority.NORMAL, Priority.LOW).index(self)


class Kind(StrEnum):
    """What a finding is."""

    LINK = "link"
    PROFILE = "profile"


# --- who is watched ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Context:
    """Words that tell the subject (or a namesake) from others with the same name."""

    employers: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    works: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """(category, term) pairs in the order in which the YAML lists them."""
        groups = (
            ("employer", self.employers),
            ("place", self.places),
            ("topic", self.topics),
            ("work", self.works),
        )
        return tuple((category, term) for category, terms in groups for term in terms)


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """An account or page that the subject says is theirs."""

    url: str
    persona: str = "professional"
    reviewed: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The person, organisation or brand that is watched.

    ``given`` and ``family`` are empty for an organisation, whose ``name`` is matched as a phrase.
    """

    id: str
    name: str
    relation: Relation = Relation.SELF
    given: str = ""
    family: str = ""
    aliases: tuple[str, ...] = ()
    context: Context = field(default_factory=Context)
    not_me: Context = field(default_factory=Context)
    profiles: tuple[OwnProfile, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases, as they are searched for."""
        return (self.name, *self.aliases)


# --- asking and answering ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that a source asks for.

    ``subject`` names the subject whose name the request carries, or is None.
    ``expects`` lists the statuses beside 200 that ``parse`` wants to see itself; with 200 among them it
    also reads what the service says in plain text.
    ``context`` is handed back to ``parse`` untouched (query, engine, page number ...).
    ``fresh``: its answer is read even when it is that of the last time (a log-in, a pointer to what follows).
    ``reading`` names how its answer is read, and is set for watched pages alone: the same bytes, read by
    other options, are another page in our memory.
    """

    url: str
    subject: str | None = None
    method: Literal["GET", "POST"] = "GET"
    headers: Fields = field(default_factory=dict)
    body: bytes | None = None
    expects: frozenset[int] = frozenset()
    follow_off_host: bool = True
    context: Fields = field(default_factory=dict)
    fresh: bool = False
    reading: str = ""

    @property
    def key(self) -> str:
        """What validators and the body hash are remembered under.

        A digest, because the address may hold a name or a token, and the memory must not.
        """
        digest = blake2b(f"{self.method} {self.url}\n".encode("utf-8", "replace"), digest_size=16)
        digest.update(self.body or b"")
        if self.reading:
            digest.update(f"\n{self.reading}".encode("utf-8", "replace"))
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Wish:
    """When a publisher would rather not be asked: for ``rest`` seconds, and in these hours (UTC)."""

    rest: int = 0
    hours: tuple[int, ...] = ()


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "has it changed?" with, and what its last body was and wished."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    whole_at: datetime | None = None  # when the page was last asked for without conditions
    wish: Wish = NO_WISH


@dataclass(frozen=True, slots=True)
class Page:
    """What came back: bytes, not yet understood. Header names are in lower case.

    ``unchanged`` says that the bytes are those of the last time (304, or the same hash); the body is
    then empty. ``moved_to`` is the new address after a permanent redirect.
    """

    request: Request
    status: int
    url: str
    headers: Fields
    body: bytes
    fetched_at: datetime
    validators: Validators = field(default_factory=Validators)
    unchanged: bool = False
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a URL stood on a results page. ``position`` starts at 1."""

    query: str
    engine: str
    locale: str
    position: int


@dataclass(frozen=True, slots=True)
class Finding:
    """An item as read from a page, not yet known to be ours; every text is cleaned plain text.

    ``asserted``: the service says that the item matches, though its excerpt may not show the name.
    ``guid`` is the feed's own identifier, raw; ``wrapped_url`` the redirect link before unwrapping.
    ``fields`` holds what a profile says of itself (handle, employer, location, uid ...), who published
    what an aggregator shows (``publisher``, a host), or what a service found it for (``query``).
    """

    title: str
    url: str = ""
    summary: str = ""
    kind: Kind = Kind.LINK
    guid: str = ""
    author: str = ""
    site: str = ""
    language: str = ""
    published: datetime | None = None
    published_is_page_date: bool = False
    wrapped_url: str = ""
    asserted: bool = False
    rank: Rank | None = None
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The readable text of a watched page at one look, to be compared with the look before.

    ``blocks`` are its paragraphs in their order, each one clean line, headings as ``# …``; none at all
    says that the page is recognisably not there. ``part`` tells the pages of one answer apart.
    ``numbers``: whether a change of mere numbers is a change.
    """

    title: str
    url: str
    blocks: tuple[str, ...]
    part: str = ""
    language: str = ""
    numbers: bool = True


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a page said. ``missing`` tells, in words, what the answer lacks: the run is then partial.

    ``about`` is what a page that nobody asked for says of itself (engine, query, when it was saved ...).
    ``wait``: seconds that the service, in an otherwise good answer, wants to be left alone.
    ``wish``: when its publisher would rather not be asked for it again.
    """

    findings: tuple[Finding, ...] = ()
    follow: tuple[Request, ...] = ()
    missing: tuple[str, ...] = ()
    title: str = ""
    snapshots: tuple[Snapshot, ...] = ()
    about: Fields = field(default_factory=dict)
    wait: float = 0.0
    wish: Wish = NO_WISH


# --- deciding ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground of a decision: a code with its parameter, so that each language can word it.

    ``code`` is a key of the report's catalogue (``name_full``, ``context_employer`` ...);
    ``detail`` is the matched text; ``weight`` its share, in log-odds for a verdict.
    """

    code: str
    detail: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a finding is about the subject, how sure that is (0..1), and why."""

    label: Label
    probability: float
    reasons: tuple[Reason, ...] = ()


class Change(StrEnum):
    """What a finding is, beside what is already known."""

    NEW = "new"
    RESURFACED = "resurfaced"
    EDITED = "edited"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding beside what it means to one subject, before the diff.

    ``keys`` are its identity, the most telling first; ``story`` is what the same news shares.
    """

    subject: str
    finding: Finding
    keys: tuple[str, ...]
    verdict: Verdict
    priority: Priority
    priority_reasons: tuple[Reason, ...]
    story: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A finding that concerns a subject, with one identity, kept for good.

    ``decided`` is the owner's own word and outranks ``verdict``. ``sources`` are the ids of every
    source that showed it. ``previous_title`` is set once the title was edited.
    """

    id: int
    subject: str
    kind: Kind
    url: str
    title: str
    summary: str
    site: str
    author: str
    language: str
    published: datetime | None
    first_seen: datetime
    last_seen: datetime
    verdict: Verdict
    decided: Label | None
    priority: Priority
    priority_reasons: tuple[Reason, ...]
    story: str
    change: Change
    baseline: bool
    sources: tuple[str, ...]
    previous_title: str = ""
    fields: Fields = field(default_factory=dict)

    @property
    def label(self) -> Label:
        """The owner's word where there is one, else ours."""
        return self.decided or self.verdict.label


# --- checking ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """What comes due: one source, and the subject whose name its requests carry (or none)."""

    source: str
    subject: str = ""


BY_HAND = "import"
"""The kind of what no configured source showed: pages that the owner saved and imports."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a pair between two runs.

    ``kind`` is that of the source when it was last asked. ``pace`` shortens its interval (1.0 is the
    configured one). ``rhythm`` holds the last gaps between new items, in seconds, ``last_new`` the
    time of the newest; ``quiet_told``: its silence since then was told as unusual. ``moved_since``: since
    when permanent redirects lead to ``moved_to``; None once that was told. ``canary`` is what the last
    look at something that must be there said: OK, EMPTY, or why it could not be asked.
    """

    pair: Pair
    next_due: datetime | None = None
    last_run: datetime | None = None
    last_answer: datetime | None = None  # the last run that was not a failure
    outcome: Outcome | None = None
    cause: str = ""
    failures: int = 0
    failing_since: datetime | None = None
    outage_told: bool = False
    baseline_done: bool = False
    paused: str = ""  # why, in words; empty when it runs
    moved_to: str = ""
    moved_since: datetime | None = None
    window: tuple[str, ...] = ()  # footprints of the last page's items, to see a gap
    guids_shared: bool = False  # its guids were once not unique, and are never trusted again
    pages: Mapping[str, Validators] = field(default_factory=dict)
    kind: str = ""
    pace: float = 1.0
    last_new: datetime | None = None
    rhythm: tuple[float, ...] = ()
    quiet_told: bool = False
    canary: Outcome | None = None
    canary_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One check of one pair, with its outcome.

    ``read`` counts findings, ``new`` mentions, ``changed`` those that were edited and watched pages.
    """

    source: str
    subject: str
    started: datetime
    ended: datetime
    outcome: Outcome
    cause: str = ""
    read: int = 0
    new: int = 0
    baseline: bool = False
    unchanged: bool = False
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """A request that told a service a name: the form that was sent, of the subject with that id."""

    at: datetime
    source: str
    subject: str
    host: str
    name: str


# --- telling ----------------------------------------------------------------------------------

Sign = Literal["=", "+", "-"]  # of words that stayed, came, or went
Piece = tuple[Sign, str]


@dataclass(frozen=True, slots=True)
class Passage:
    """One changed paragraph of a watched page, word by word, and the heading that it stands under."""

    heading: str
    pieces: tuple[Piece, ...]


class Turn(StrEnum):
    """What the change of a watched page comes to, for one subject."""

    CHANGED = "changed"
    NAMED = "named"  # it did not name them before
    UNNAMED = "unnamed"  # it names them no more
    GONE = "gone"
    APPEARED = "appeared"  # where there was nothing (any more)


@dataclass(frozen=True, slots=True)
class Difference:
    """What is told of a watched page that changed; ``more`` counts passages beyond those shown."""

    turn: Turn
    passages: tuple[Passage, ...] = ()
    more: int = 0


class OwedKind(StrEnum):
    """What a route still has to be told."""

    MENTION = "mention"
    EDITED = "edited"
    CHANGED = "changed"  # a watched page; ``detail`` holds its Difference
    BASELINE = "baseline"
    OUTAGE = "outage"
    RECOVERED = "recovered"
    GAP = "gap"
    MOVED = "moved"
    PAUSED = "paused"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Owed:
    """One line that a report must carry: a mention, or news of a source."""

    id: int
    route: str
    kind: OwedKind
    at: datetime
    subject: str = ""
    source: str = ""
    mention: Mention | None = None
    detail: str = ""
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Route:
    """Where reports go: a channel, its recipients, when, and what cannot wait.

    ``sender`` is the address (or name) reports come from, ``instant`` the priority from which a
    mention is told at once, or None.
    """

    id: str
    channel: str
    recipients: tuple[str, ...]
    sender: str
    language: str = "en"
    timezone: str = "UTC"
    instant: Priority | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A report as it leaves; ``raw`` holds the frozen bytes (RFC 5322) of a mail."""

    message_id: str
    subject: str
    html: str
    text: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the far side said when it took a message, or let us in.

    ``certificate_ends``: when the certificate that it showed runs out, where it showed one.
    """

    detail: str = ""
    certificate_ends: datetime | None = None


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENT = "sent"
    PARKED = "parked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A report owed to one recipient on one channel."""

    id: int
    report: int
    channel: str
    recipient: str
    state: DeliveryState
    attempts: int
    next_try: datetime | None
    message: Message
    cause: str = ""
    fate_unknown: bool = False
