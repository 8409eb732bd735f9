"""Ports are remembered, and given up only when somebody else listens there."""

import socket
from pathlib import Path

import pytest

from connectors.embedded.ports import LOOPBACK, is_free, remembered_port
from schemas.errors import UserError


def test_a_port_is_the_same_next_time(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first, other = remembered_port(file, "kafka"), remembered_port(file, "postgres")
    assert first != other
    assert (remembered_port(file, "kafka"), remembered_port(file, "postgres")) == (first, other)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_replaced_for_good(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = remembered_port(file, "kafka")
    with socket.create_server((LOOPBACK, first)):
        assert not is_free(first)
        second = remembered_port(file, "kafka")
    assert second != first
    assert remembered_port(file, "kafka") == second


@pytest.mark.parametrize("text", ['{"kafka": 20', "[]", '{"kafka": null}', ""])
def test_a_file_that_was_cut_off_is_said(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ports.json"
    file.write_text(text)
    with pytest.raises(UserError, match="does not say which part listens where") as raised:
        remembered_port(file, "kafka")
    assert "delete it" in raised.value.remedy


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        remembered_port(tmp_path / "gone" / "ports.json", "kafka")
