"""What the operating system refuses is a sentence and a remedy, never a traceback."""

import errno
import os

import pytest

from connectors.cli import __main__ as command


def test_a_full_disk_is_said_with_the_file_as_it_is_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*, prog_name: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"/{prog_name}/a[/red]b")

    monkeypatch.setattr(command, "app", refuse)
    monkeypatch.setattr(command, "_register", lambda: None)
    with pytest.raises(SystemExit) as raised:
        command.main()
    assert raised.value.code == 1
    said = capsys.readouterr().err
    assert "error: /foreshock/a[/red]b: No space left on device" in said
    assert "remedy: free the disk" in said
