"""What is in the wheel and in the sdist."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.image import ROOT

Names = set[str]


def built(source: Path, folder: Path, kind: str) -> Path:
    """The wheel or the sdist of a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = folder.iterdir()
    return found


def names(wheel: Path) -> Names:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def below(folder: str) -> Names:
    """What the checkout has there, as seen from the folder."""
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file() and not path.is_symlink())
    return {
        str(path.relative_to(ROOT / folder))
        for path in files
        if not {"__pycache__", "migrations"} & set(path.relative_to(ROOT / folder).parts)
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Names:
    return names(built(ROOT, tmp_path_factory.mktemp("wheel"), "wheel"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sdist = built(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as file:
        file.extractall(folder, filter="data")
    (found,) = folder.iterdir()
    return found


def test_the_wheel_has_the_whole_package(wheel: Names) -> None:
    assert {f"repwatch/{name}" for name in below("repwatch")} <= wheel


def test_the_wheel_has_the_migrations(wheel: Names) -> None:
    assert {f"repwatch/store/migrations/{name}" for name in below("migrations")} <= wheel


def test_the_wheel_has_nothing_else(wheel: Names) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"repwatch"}


def test_the_sdist_has_what_installing_the_service_needs(unpacked: Path) -> None:
    for name in below("config"):
        assert (unpacked / "config" / name).is_file()
    for name in ("Makefile", "Dockerfile", ".dockerignore", "requirements/repwatch.txt"):
        assert (unpacked / name).is_file()


def test_a_wheel_from_the_sdist_is_the_same(unpacked: Path, wheel: Names, tmp_path: Path) -> None:
    assert names(built(unpacked, tmp_path, "wheel")) == wheel
