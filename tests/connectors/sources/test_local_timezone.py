"""The zone of files read on this machine: what the settings say, else what the machine says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tzlocal.unix

from connectors.sources.local_timezone import of_files
from schemas.settings import Settings
from tests.connectors.sources.support import arrived, following, fresh, until
from tests.stack import RunningStack


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library looks once a process."""
    monkeypatch.setattr(tzlocal.unix, "_cache_tz_name", None)
    yield
    tzlocal.unix._cache_tz_name = None


@pytest.mark.parametrize(
    ("machine", "setting", "found"),
    [
        ("Asia/Tokyo", "", "Asia/Tokyo"),
        ("Asia/Tokyo", "Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_the_setting_counts_more_than_the_machine(
    monkeypatch: pytest.MonkeyPatch, machine: str, setting: str, found: str
) -> None:
    monkeypatch.setenv("TZ", machine)
    assert of_files(Settings(log_timezone=setting)) == found


@pytest.mark.parametrize(("file", "text"), [("sysconfig/clock", "Asia/Tokyo"), ("x", "")])
def test_a_machine_that_names_two_zones_or_none_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, text: str
) -> None:
    (tmp_path / "etc" / "sysconfig").mkdir(parents=True)
    (tmp_path / "etc" / "conf.d").mkdir()
    (tmp_path / "etc" / file).write_text(f'ZONE="{text}"\n')
    if text:
        (tmp_path / "etc" / "conf.d" / "clock").write_text('TIMEZONE="Europe/Berlin"\n')
    monkeypatch.delenv("TZ", raising=False)
    looked: Callable[[str], str | None] = tzlocal.unix._get_localzone_name
    monkeypatch.setattr(tzlocal.unix, "_get_localzone_name", lambda: looked(str(tmp_path)))
    assert of_files(Settings()) == ""


@pytest.mark.stack
async def test_what_is_followed_says_the_zone(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path / "data")
    log = tmp_path / "app.log"
    log.write_bytes(b"2026-07-01 12:00:00 INFO started\n")
    async with following(settings, log, timezone="Asia/Tokyo") as tally:
        await until(lambda: tally.lines == 1)
    assert {record.batch.timezone for record in await arrived(settings)} == {"Asia/Tokyo"}
