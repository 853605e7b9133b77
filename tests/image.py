"""The Dockerfile as data, and its steps done without an engine: in a bare venv, in a folder."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENV = "/opt/repwatch"

Step = tuple[str, str]


@dataclass
class Stage:
    """What stands between one FROM and the next, in order."""

    base: str
    steps: list[Step] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """What an instruction says, each time it comes."""
        return [text for instruction, text in self.steps if instruction == name]

    def one(self, name: str) -> str:
        """What the only such instruction says."""
        (text,) = self.all(name)
        return text

    @property
    def env(self) -> dict[str, str]:
        """Every variable."""
        return dict(word.split("=", 1) for text in self.all("ENV") for word in shlex.split(text))


def stages(text: str) -> list[Stage]:
    """The whole file; continued lines are joined, comments left out."""
    found: list[Stage] = []
    for line in _lines(text):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            found.append(Stage(rest))
        else:
            found[-1].steps.append((name, rest.strip()))
    return found


def _lines(text: str) -> Iterator[str]:
    kept = "\n".join(line for line in text.splitlines() if line and not line.startswith("#"))
    return iter(kept.replace("\\\n", "").splitlines())


def words(text: str) -> list[str]:
    """The exec form of CMD and ENTRYPOINT."""
    found = json.loads(text)
    assert isinstance(found, list)
    return found


def ignored(path: str, patterns: list[str]) -> bool:
    """Whether .dockerignore keeps a path from the engine: the last pattern that fits it decides."""
    verdict = False
    parts = path.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        tried = parts if bare.startswith("**/") else above
        if any(fnmatch(each, bare.removeprefix("**/")) for each in tried):
            verdict = not pattern.startswith("!")
    return verdict


def context() -> list[str]:
    """Every file that the engine would be given."""
    written = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in written if line and not line.startswith("#")]
    return [path for path in _files() if not ignored(path, patterns)]


def _files() -> Iterator[str]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith((".venv", ".git"))]
        yield from (
            str((Path(folder) / name).relative_to(ROOT)) for name in (*files, *_links(folder, folders))
        )


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_symlink()]


class Build:
    """The build stage, done in ``folder``: its working directory and its venv lie there."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.source = folder / "src"
        self.venv = folder / "venv"
        self.source.mkdir()
        self._context = context()

    def run(self) -> None:
        """Each step in its turn; of the sources, the final image gets nothing."""
        for name, text in self.stage.steps:
            if name == "COPY":
                self._copy(text.split())
            elif name == "RUN":
                self._run(text)
        shutil.rmtree(self.source)

    def _copy(self, sources: list[str]) -> None:
        target = self.source / sources.pop()
        for source in sources:
            for path in self._context:
                if path == source:
                    self._put(path, target / Path(path).name)
                elif path.startswith(f"{source}/"):
                    self._put(path, target / Path(path).relative_to(source))

    def _put(self, path: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target, follow_symlinks=False)

    def _run(self, text: str) -> None:
        changed = text.replace(VENV, str(self.venv))
        command = [{"python": sys.executable}.get(word, word) for word in shlex.split(changed)]
        done = subprocess.run(
            [word for word in command if word != "--no-cache-dir"],  # a test may use what is there
            cwd=self.source,
            env={**os.environ, "PIP_NO_COMPILE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
