"""A process that we start has the settings that we have."""

from pathlib import Path

import pytest

from schemas.settings import as_environment, load


def test_settings_survive_the_way_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        data_dir=Path("/srv/data"),
        database_url="postgresql://u:p@h/d",
        file_sources=["/var/log/*.log", "/srv/app"],
        ingest_workers=3,
        journald=True,
        fsync=False,
        cache_dir=None,
    )
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load() == settings
