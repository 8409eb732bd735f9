"""A data directory has one owner and one holder; low disk is said before it hurts."""

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.embedded.detached import stop_instance
from connectors.embedded.directory import held, holder, open_directory
from connectors.embedded.disk import free_disk_fault, instance_disk_fault
from schemas.errors import UserError
from tests.disks import embedded_broker


def test_a_second_holder_is_refused_by_the_pid_of_the_first(tmp_path: Path) -> None:
    directory = open_directory(tmp_path / "data")
    assert holder(directory) is None
    with held(directory):
        assert holder(directory) == os.getpid()
        with pytest.raises(UserError, match=f"pid {os.getpid()}"), held(directory):
            pass
    assert holder(directory) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's directory")
def test_the_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12_345, 12_345)
    with pytest.raises(UserError, match="belongs to uid 12345") as raised:
        open_directory(tmp_path)
    assert "--data" in raised.value.remedy


def test_low_disk_is_said_with_the_setting_that_decides(tmp_path: Path) -> None:
    assert free_disk_fault(tmp_path, 0.0) is None
    assert "DISK_FLOOR_GIB=1e+09" in (free_disk_fault(tmp_path, 1e9) or "")


def test_the_disks_of_the_broker_and_of_a_database_elsewhere_are_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    free = {data_dir: 50, elsewhere: 50}

    def usage(path: Path) -> SimpleNamespace:
        return SimpleNamespace(free=free[path] * 1024**3)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert instance_disk_fault(data_dir, 100) is None  # nothing of ours lies there
    embedded_broker(data_dir)
    assert instance_disk_fault(data_dir, 10) is None
    assert str(data_dir) in (instance_disk_fault(data_dir, 100) or "")
    (data_dir / "postgres.json").write_text(json.dumps({"home": str(elsewhere)}))
    free[elsewhere] = 1
    assert instance_disk_fault(data_dir, 10) is None  # gone: its start says so
    elsewhere.mkdir()
    assert str(elsewhere) in (instance_disk_fault(data_dir, 10) or "")


def test_a_file_where_the_directory_should_be_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for wanted in (file, file / "below"):
        with pytest.raises(UserError, match=f"{file}.*: ") as raised:
            open_directory(wanted)
        assert "--data" in raised.value.remedy


def test_a_lock_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    directory = open_directory(tmp_path / "data")
    directory.lock.mkdir()
    with pytest.raises(UserError, match=str(directory.lock)), held(directory):
        pass
    with pytest.raises(UserError, match=str(directory.lock)):
        holder(directory)


def test_what_fails_while_the_directory_is_held_is_no_fault_of_its_lock(tmp_path: Path) -> None:
    directory = open_directory(tmp_path / "data")
    with pytest.raises(BrokenPipeError), held(directory):
        raise BrokenPipeError


def test_the_supervisor_of_another_user_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = open_directory(tmp_path / "data")

    def refuse(_pid: int, _number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    with held(directory), pytest.raises(UserError, match=f"pid {os.getpid()}.* another user"):
        stop_instance(directory)
