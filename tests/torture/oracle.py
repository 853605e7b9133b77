"""Says afterwards whether anything was lost, doubled or altered: the database against what mail servers took.

What was told is also read from the mails' own words, against the posts that the web showed, so that a
database that is wrong in itself is no witness.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from tests.torture.post import Taken

# A mention that somebody has to be told of.
NEWS = "NOT mention.baseline AND coalesce(mention.decided, mention.label) != 'not_me'"


def judged(database: Path, mail: Mapping[str, Sequence[Taken]], posts: set[int]) -> list[str]:
    """Everything that is wrong, a line each; ``mail`` is what was taken on each route."""
    with closing(reading(database)) as db:
        return [
            *damage(db),
            *lost(db, posts),
            *(line for route, taken in mail.items() for line in of_route(db, route, taken)),
        ]


def of_route(db: sqlite3.Connection, route: str, taken: Sequence[Taken]) -> Iterator[str]:
    """What is wrong about one route."""
    yield from altered(db, route, taken)
    yield from untold(db, route)
    yield from unsent(db, route, taken)
    yield from doubled(db, route)
    yield from words(db, route, taken)
    yield from disorder(db, route, taken)


def reading(database: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)


def damage(db: sqlite3.Connection) -> Iterator[str]:
    """The file itself."""
    for (line,) in db.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"integrity: {line}"
    for row in db.execute("PRAGMA foreign_key_check"):
        yield f"foreign key: {tuple(row)}"


def lost(db: sqlite3.Connection, posts: set[int]) -> Iterator[str]:
    """Posts that the web showed and nobody wrote down."""
    for number in sorted(posts - set(known(db))):
        yield f"post {number} was shown and is not known"


def known(db: sqlite3.Connection) -> dict[int, bool]:
    """The number of each post that is written down, and whether it is news."""
    found: dict[int, bool] = {}
    for url, news in db.execute(f"SELECT url, {NEWS} FROM mention"):
        number = int(url.rpartition("/")[2])
        found[number] = bool(news) or found.get(number, False)
    return found


def altered(db: sqlite3.Connection, route: str, taken: Sequence[Taken]) -> Iterator[str]:
    """Mails that are not the frozen bytes of a report."""
    frozen = dict(db.execute("SELECT message_id, raw FROM report WHERE route = ?", (route,)))
    for mail in taken:
        if mail.message_id not in frozen:
            yield f"{route}: {mail.message_id} was taken and is no report"
        elif whole(mail.raw) != whole(frozen[mail.message_id]):
            yield f"{route}: {mail.message_id} was taken with other bytes than it was frozen with"


def whole(raw: bytes) -> bytes:
    """The bytes as SMTP must end them."""
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def untold(db: sqlite3.Connection, route: str) -> Iterator[str]:
    """News that no report carries."""
    query = f"""
        SELECT id, title FROM mention WHERE {NEWS} AND NOT EXISTS (
            SELECT 1 FROM owed
            WHERE owed.mention = mention.id AND owed.route = ? AND owed.kind = 'mention'
            AND owed.report IS NOT NULL
        )
    """
    for number, title in db.execute(query, (route,)):
        yield f"{route}: mention {number} is untold: {title}"
    for kind, source in db.execute(
        "SELECT kind, source FROM owed WHERE route = ? AND report IS NULL AND kind != 'edited'", (route,)
    ):
        yield f"{route}: {kind} of {source} is still owed"


def unsent(db: sqlite3.Connection, route: str, taken: Sequence[Taken]) -> Iterator[str]:
    """Reports that did not arrive, or that say so wrongly."""
    arrived = {(mail.message_id, mail.to) for mail in taken}
    query = """
        SELECT message_id, recipient, state FROM delivery JOIN report ON report.id = delivery.report
        WHERE route = ?
    """
    for message_id, to, state in db.execute(query, (route,)):
        if state == "superseded":
            continue
        if (message_id, to) not in arrived:
            yield f"{route}: {message_id} never arrived ({state})"
        elif state != "sent":
            yield f"{route}: {message_id} arrived and is still {state}"


def doubled(db: sqlite3.Connection, route: str) -> Iterator[str]:
    """Mentions that two reports carry as news."""
    query = """
        SELECT mention, count(*) FROM owed JOIN report ON report.id = owed.report
        WHERE owed.route = ? AND owed.kind = 'mention' GROUP BY mention HAVING count(*) > 1
    """
    for mention, times in db.execute(query, (route,)):
        yield f"{route}: mention {mention} is carried by {times} reports"


def words(db: sqlite3.Connection, route: str, taken: Sequence[Taken]) -> Iterator[str]:
    """Posts that the mails' own words tell twice, or never."""
    told: dict[int, set[str]] = defaultdict(set)
    for mail in {mail.message_id: mail for mail in taken}.values():
        for number in mail.posts:
            told[number].add(mail.message_id)
    unnamed = [number for number, news in sorted(known(db).items()) if news and not told[number]]
    counted = sum(mail.counted for mail in {mail.message_id: mail for mail in taken}.values())
    if len(unnamed) > counted:  # a long report names fifty and counts the rest
        yield from (f"{route}: no mail names post {number}" for number in unnamed)
    for number, ids in sorted(told.items()):
        if len(ids) > 1:
            yield f"{route}: post {number} was told under {len(ids)} Message-IDs"


def disorder(db: sqlite3.Connection, route: str, taken: Sequence[Taken]) -> Iterator[str]:
    """Reports that overtook an older one."""
    order = [
        row[0] for row in db.execute("SELECT message_id FROM report WHERE route = ? ORDER BY id", (route,))
    ]
    seen = list(dict.fromkeys(mail.message_id for mail in taken))
    if seen != [message_id for message_id in order if message_id in set(seen)]:
        yield f"{route}: reports arrived out of their order"


def is_quiet(database: Path, posts: set[int]) -> bool:
    """Whether everything that was shown is known, told and sent."""
    try:
        with closing(reading(database)) as db:
            owed = db.execute("SELECT 1 FROM owed WHERE report IS NULL AND kind != 'edited'").fetchone()
            waiting = db.execute("SELECT 1 FROM delivery WHERE state = 'pending'").fetchone()
            return owed is None and waiting is None and posts <= known(db).keys()
    except sqlite3.Error:
        return False  # not there yet, or being made
