"""The README's tables of topics and settings, made from what they describe.

`python -m tests.schemas.tables` writes them into the README; a test compares.
"""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import AliasChoices, SecretStr

from schemas.settings import Settings, environment_name
from schemas.topics import TOPICS

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = ROOT / "README.md"


def topics() -> str:
    """One row a topic."""
    rows = [
        (
            f"`{topic.name}`",
            topic.key,
            topic.record,
            str(topic.partitions or "TOPIC_PARTITIONS"),
            _kept(topic.cleanup, topic.retention),
            f"{topic.share:.0%}" if topic.share else "",
            topic.writers,
            topic.readers,
        )
        for topic in TOPICS
    ]
    names = ("topic", "key", "record", "partitions", "kept", "of the disk", "written by", "read by")
    return _table(names, rows)


def settings() -> str:
    """One row a setting, with its other names."""
    rows = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        others = [str(c) for c in alias.choices[1:]] if isinstance(alias, AliasChoices) else []
        if field.annotation is SecretStr:
            others.append(f"{environment_name(name)}_FILE")
        also = f" Also {', '.join(f'`{other}`' for other in others)}." if others else ""
        default = _plain(field.get_default(call_default_factory=True))
        meaning = f"{field.description}{also}"
        rows.append((f"`{environment_name(name)}`", f"`{default}`" if default else "", meaning))
    return _table(("setting", "default", "meaning"), rows)


TABLES: Final[dict[str, Callable[[], str]]] = {"topics": topics, "settings": settings}


def with_tables(text: str) -> str:
    """The text with each table between its markers made anew."""
    for name, table in TABLES.items():
        marked = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        found = marked.search(text)
        assert found, f"the markers of {name} are missing"
        text = text[: found.start()] + found[1] + table() + found[2] + text[found.end() :]
    return text


def _kept(cleanup: str, retention: timedelta | None) -> str:
    if retention is None:
        return "newest of each key" if cleanup == "compact" else "for ever"
    hours = int(retention.total_seconds() // 3600)
    return f"{hours // 24} days" if hours > 48 else f"{hours} hours"


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def _table(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [names, ("---",) * len(names), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
