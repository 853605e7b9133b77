"""The database's disk fills up, turns read-only or fails, its file is damaged, or a reader never lets go."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from repwatch.store.database import FOLD_BYTES
from tests.e2e.program import PROGRAM
from tests.torture.background import wait
from tests.torture.figures import Found
from tests.torture.oracle import is_quiet, judged, reading
from tests.torture.place import Life, Place, happens
from tests.torture.post import Post, Taken
from tests.torture.shifted import COMMAND, Dial
from tests.torture.web import Web

FEEDS = 20
CADENCE = 30.0
DISK = "4m"
PATIENCE = 60.0  # seconds for the daemon to notice something
QUIET = 120.0
STILL = 6.0  # seconds without a poll, where one comes each second and a half: the daemon rests
REST = 40.0  # seconds, after which a resting daemon looks again; its clocks are moved by them
BAD_CONFIG = 78
PAGE = 4096


class Stage:
    """A daemon that has had its first look, on a disk of its own where ``disk`` says how large."""

    def __init__(self, folder: Path, *, disk: str = "", feeds: int = FEEDS, clock: bool = True) -> None:
        self.folder = folder
        self.clock = clock  # whether the program's clocks can be moved, by a file that it reads all the time
        self.data = folder / "data"
        self.disk = disk
        self.web = Web(feeds, pace=1)
        self.post = Post()
        self.life: Life | None = None

    def __enter__(self) -> Self:
        self.data.mkdir(parents=True, mode=0o700)
        if self.disk:
            mount("-t", "tmpfs", "-o", f"size={self.disk},mode=700", "none", str(self.data))
        self.web.__enter__()
        self.post.__enter__()
        self.dial = Dial(self.folder / "clock")
        self.place = Place(
            self.folder,
            self.web.urls,
            {"mail": self.post.port},
            data=self.data,
            command=COMMAND if self.clock else (PROGRAM,),
            environment=self.dial.environment,
        )
        self.place.call("check")
        self.place.call("report", "--send")
        self.place.spread(CADENCE)
        return self

    def __exit__(self, *_: object) -> None:
        if self.life:
            self.life.kill()
        self.post.__exit__(None, None, None)
        self.web.__exit__(None, None, None)
        if self.disk:
            subprocess.run(["umount", "-l", str(self.data)], check=True)

    def run(self, prefix: Sequence[str] = ()) -> Life:
        """Start the daemon and let it poll."""
        self.life = self.place.start(prefix=prefix)
        self.polls(2)
        return self.life

    def polls(self, count: int) -> bool:
        """Whether so many polls come from now on."""
        before = len(self.web.visits)
        return happens(lambda: len(self.web.visits) >= before + count, PATIENCE)

    def rests(self) -> bool:
        """Whether the daemon has stopped to poll."""
        before = len(self.web.visits)
        wait(STILL)
        return len(self.web.visits) == before

    def later(self) -> None:
        """Let the time pass that a resting daemon rests."""
        self.dial.step(REST, asleep=REST)

    def settle(self, found: Found) -> None:
        """Let everything be told and sent, end, and judge."""
        self.web.growing = False
        life = self.life if self.life and self.life.alive else self.run()
        quiet = happens(lambda: is_quiet(self.place.database, self.web.posts), QUIET)
        found.expect(quiet, "it did not come to rest")
        status = life.stop()
        found.expect(status == 0, f"it ended with {status} after SIGTERM")
        found.problems += judged(self.place.database, {"mail": self.reports}, self.web.posts)
        if self.clock:  # else every read fails at random, and it may fail anybody
            found.expect("Traceback" not in self.said(), "there is a traceback in the log")
        found.figures |= {"posts": len(self.web.posts), "mails": len(self.reports)}

    def said(self) -> str:
        """All that the daemon logged."""
        return self.place.log.read_text("utf-8", "replace")

    @property
    def reports(self) -> list[Taken]:
        """The mails that are reports."""
        return [mail for mail in self.post.taken if not is_notice(mail)]

    @property
    def notices(self) -> list[Taken]:
        """The mails about the installation itself."""
        return [mail for mail in self.post.taken if is_notice(mail)]


def is_notice(mail: Taken) -> bool:
    """Whether a mail is about the disk."""
    return b"disk" in mail.raw.partition(b"\r\n\r\n")[0].lower()


def full(folder: Path) -> Found:
    """Somebody fills the disk, and makes room again."""
    found = Found("full disk")
    with Stage(folder, disk=DISK) as stage:
        life = stage.run()
        filler = stage.data / "filler"
        fill(filler)
        found.expect(happens(lambda: stage.notices, PATIENCE), "the owner was not told of the full disk")
        found.expect(stage.rests(), "it polls on with a full disk")
        found.expect(life.alive, "it ended when the disk was full")
        filler.unlink()
        stage.later()
        found.expect(stage.polls(5), "it does not go on although there is room")
        found.expect(happens(lambda: len(stage.notices) > 1, PATIENCE), "the owner was not told of the room")
        found.expect(len(stage.notices) == 2, f"{len(stage.notices)} notices")
        stage.settle(found)
    return found


def fill(path: Path) -> None:
    """Use up what is left of a disk."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(PAGE)):
                pass
        except OSError:
            return


def growing(folder: Path, *, seconds: float = 240.0) -> Found:
    """A disk of four megabytes that the daemon fills by itself, or does not."""
    found = Found("small disk", {"seconds": f"{seconds:g}"})
    with Stage(folder, disk=DISK, feeds=90) as stage:
        life = stage.run()
        happens(lambda: not life.alive, seconds)
        found.expect(life.alive, "it ended by itself")
        found.figures["notices"] = len(stage.notices)
        if stage.notices:
            mount("-o", "remount,size=64m", str(stage.data))
            stage.later()
            found.expect(stage.polls(5), "it does not go on although there is room")
        stage.settle(found)
    return found


def read_only_start(folder: Path) -> Found:
    """A file system that is read-only at the start: refused, in one line, and nothing is touched."""
    found = Found("read-only start")
    with Stage(folder, disk=DISK) as stage:
        before = digest(stage.data)
        mount("-o", "remount,ro", str(stage.data))
        refused(stage, found, "Read-only")
        mount("-o", "remount,rw", str(stage.data))
        found.expect(digest(stage.data) == before, "the files were changed")
        stage.settle(found)
    return found


def read_only(folder: Path) -> Found:
    """Writes are answered EROFS for a while, as when the system remounts a failing disk read-only."""
    return unwritable(folder, "EROFS", found=Found("read-only while running"))


def failing(folder: Path) -> Found:
    """Writes are answered EIO for a while."""
    return unwritable(folder, "EIO", found=Found("failing disk"))


def unwritable(folder: Path, error: str, *, found: Found) -> Found:
    """Every write to the database fails for a while: it rests or ends with the cause, and goes on after."""
    with Stage(folder) as stage:
        life = stage.run()
        with harmed(life, error, stage.data):
            happens(lambda: not life.alive or stage.rests(), PATIENCE)
            said = stage.said()
        if life.alive:
            stage.later()
            found.expect(stage.polls(5), "it does not go on although it could write again")
        else:
            status = life.process.returncode
            found.expect(status == BAD_CONFIG, f"it ended with {status}")
        found.expect("torture.db" in said, "the log does not name the file")
        found.figures["went_on"] = life.alive
        stage.settle(found)
    return found


@contextmanager
def harmed(life: Life, error: str, data: Path) -> Iterator[None]:
    """Every write of the program to its database answers ``error``."""
    calls = "pwrite64,fdatasync,fsync,ftruncate"
    files = [each for name in ("torture.db", "torture.db-wal") for each in ("-P", str(data / name))]
    inject = ("-e", f"trace={calls}", "-e", f"inject={calls}:error={error}")
    command = ["strace", "-f", "-qq", "-o", os.devnull, *inject, *files, "-p", str(life.process.pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        tracer.terminate()
        tracer.wait()


def random_errors(folder: Path, *, seconds: float, chance: float = 0.02) -> Found:
    """Reads and writes fail at random for a while (libfiu)."""
    found = Found("random I/O errors", {"seconds": f"{seconds:g}", "chance": chance})
    fault = f"enable_random name=posix/io/rw/*,probability={chance}"
    with Stage(folder, clock=False) as stage:
        control = stage.folder / "fiu"
        life = stage.run(prefix=("fiu-run", "-x", "-f", str(control)))
        lives = 1
        for _ in range(int(seconds)):
            if not life.alive:
                life, lives = stage.run(prefix=("fiu-run", "-x", "-f", str(control))), lives + 1
            steer(life, control, fault)
            wait(1.0)
        if life.alive:
            steer(life, control, "disable name=posix/io/rw/*")
        found.figures["lives"] = lives
        stage.settle(found)
    return found


def steer(life: Life, control: Path, order: str) -> None:
    """Tell libfiu in the daemon what to do; one that is just ending does not hear it."""
    subprocess.run(
        ["fiu-ctrl", "-f", str(control), "-c", order, str(life.process.pid)],
        capture_output=True,
        check=False,
        timeout=10,
    )


def damaged(folder: Path, *, seed: int) -> Found:
    """Random bytes in the file: the start is refused, the newest backup named, nothing recreated."""
    found = Found("random bytes", {"seed": seed})
    chance = random.Random(seed)
    with Stage(folder) as stage:
        stage.settle(found)  # a round of the daemon, so that there is something to damage
        backup = stage.data / "torture.db.backup"
        saved = stage.place.call("db", "backup", str(backup))
        found.expect(saved.returncode == 0, f"no backup: {saved.stderr}")
        scribble(stage.place.database, chance)
        before = digest(stage.data)
        refused(stage, found, "damaged")
        found.expect(digest(stage.data) == before, "the files were changed")
        back = stage.place.call("db", "restore", str(backup))
        found.expect(back.returncode == 0, f"not restored: {back.stderr}")
        stage.settle(found)
    return found


def scribble(path: Path, chance: random.Random) -> None:
    """Two pages of random bytes, not at the beginning and not at the end."""
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        file.seek(chance.randrange(2, pages - 2) * PAGE)
        file.write(chance.randbytes(2 * PAGE))


def long_reader(folder: Path, *, seconds: float) -> Found:
    """A reader that never lets go of the write-ahead log: the daemon works on, and folds it afterwards."""
    found = Found("long reader", {"seconds": f"{seconds:g}"})
    with Stage(folder) as stage:
        stage.run()
        log_file = stage.place.database.with_name("torture.db-wal")
        with closing(reading(stage.place.database)) as reader:
            reader.execute("BEGIN")
            known = count(reader)
            happens(lambda: False, seconds)
            found.expect(stage.polls(5), "it does not poll beside a reader")
            found.figures["wal"] = f"{log_file.stat().st_size // 1024}KiB"
            found.expect(count(reader) == known, "the reader saw others' writes")
        folded = happens(lambda: log_file.stat().st_size <= 2 * FOLD_BYTES, PATIENCE)
        found.expect(folded, "the log is not folded although the reader has gone")
        stage.settle(found)
        size = log_file.stat().st_size if log_file.exists() else 0
        found.expect(size == 0, f"{size} bytes of the log were left")
    return found


def count(db: sqlite3.Connection) -> int:
    """How many runs a reader sees."""
    return int(db.execute("SELECT count(*) FROM run").fetchone()[0])


def refused(stage: Stage, found: Found, word: str) -> None:
    """The daemon must not start, and say why in one line."""
    try:
        done = stage.place.call("run", seconds=PATIENCE)
    except subprocess.TimeoutExpired:
        found.problems.append("it was not refused")
        return
    lines = done.stderr.splitlines()
    said = [line for line in lines if line.startswith("repwatch: ")]
    found.expect(done.returncode == BAD_CONFIG, f"it ended with {done.returncode}")
    found.expect(len(said) == 1 and word in said[0], f"it said: {done.stderr[-500:]}")


def digest(folder: Path) -> dict[str, bytes]:
    """What is in each file, the locks apart."""
    files = (each for each in folder.iterdir() if not each.name.endswith((".lock", "-shm")))
    return {each.name: each.read_bytes() for each in files}


def mount(*arguments: str) -> None:
    """Mount something; only root may."""
    subprocess.run(["mount", *arguments], check=True)


def cannot() -> str:
    """Why these campaigns cannot be run here; empty when they can."""
    if os.geteuid() != 0:
        return "only root may mount a disk"
    missing = [tool for tool in ("strace", "fiu-run") if shutil.which(tool) is None]
    return f"{missing[0]} is missing: make test-deps" if missing else ""
