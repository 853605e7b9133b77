from __future__ import annotations

from pathlib import Path

import pytest

from repwatch.config.places import data_folder, find_config, user_config
from repwatch.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return tmp_path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_a_named_file_comes_first(home: Path) -> None:
    put(home / "here" / "repwatch.yaml")
    other, named = put(home / "env.yaml"), put(home / "named.yaml")
    assert find_config(str(named), {"REPWATCH_CONFIG": str(other)}) == named
    assert find_config(None, {"REPWATCH_CONFIG": str(other)}) == other


def test_the_folder_at_hand_comes_before_the_users(home: Path) -> None:
    env = {"HOME": str(home)}
    mine = put(home / ".config" / "repwatch" / "repwatch.yaml")
    assert find_config(None, env) == mine
    here = put(home / "here" / "repwatch.yaml")
    assert find_config(None, env) == here


def test_a_relative_name_becomes_absolute(home: Path) -> None:
    put(home / "here" / "mine.yaml")
    assert find_config("mine.yaml", {}) == home / "here" / "mine.yaml"


def test_a_named_file_that_is_absent_is_not_replaced_by_another(home: Path) -> None:
    put(home / "here" / "repwatch.yaml")
    with pytest.raises(ConfigError, match=r"absent.yaml \(named by --config\) is not a file"):
        find_config("absent.yaml", {})


def test_without_any_file_the_places_tried_and_init_are_named(home: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find_config(None, {"XDG_CONFIG_HOME": str(home / "xdg")})
    told = str(caught.value)
    assert str(home / "xdg" / "repwatch" / "repwatch.yaml") in told
    assert "/etc/repwatch/repwatch.yaml" in told
    assert "repwatch init" in told


def test_folders_follow_the_xdg_variables() -> None:
    env = {"HOME": "/home/ada", "XDG_DATA_HOME": "/data", "XDG_STATE_HOME": "relative"}
    assert data_folder(env) == Path("/data/repwatch")
    assert user_config(env) == Path("/home/ada/.config/repwatch/repwatch.yaml")
