"""A data directory may be called as it likes, but for a comma."""

from pathlib import Path

import pytest

from connectors.embedded.directory import Directory, open_directory
from connectors.embedded.kafka import kafka_server, log_dirs
from schemas.errors import UserError
from schemas.settings import user_cache


def test_a_comma_is_refused_with_the_remedy() -> None:
    with pytest.raises(UserError, match="two directories") as raised:
        log_dirs(Path("/srv/a,b/topics"))
    assert "--data" in raised.value.remedy


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/srv/a b", "/srv/a b"),
        ("/srv/Zürich\\x", r"/srv/Z\u00fcrich\\x"),
        ("/é😀", r"/\u00e9\ud83d\ude00"),
    ],
    ids=["plain", "backslash", "beyond 16 bits"],
)
def test_other_letters_are_escaped(path: str, written: str) -> None:
    assert log_dirs(Path(path)) == written


@pytest.fixture
def strange(tmp_path: Path) -> Directory:
    return open_directory(tmp_path / "Zürich \\n 😀 = # %s")


@pytest.mark.stack
def test_the_broker_keeps_its_topics_in_a_directory_of_any_letters(strange: Directory) -> None:
    part = kafka_server(strange, user_cache()).part
    part.prepare()
    assert (strange.kafka / "topics" / "meta.properties").exists()
    assert [path.name for path in strange.root.parent.iterdir()] == [strange.root.name]
