"""What the disks of an installation hold."""

from pathlib import Path


def embedded_broker(data_dir: Path) -> None:
    """From now on the broker seems to keep its records in this data directory."""
    topics = data_dir / "kafka" / "topics"
    topics.mkdir(parents=True, exist_ok=True)
    (topics / "meta.properties").touch()
