"""The systemd journal as JSON (`journalctl -o json`), fields as in systemd.journal-fields(7)."""

from typing import Any

from agents.parsing.formats import objects
from agents.parsing.formats.patterns import DATED
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import SYSLOG
from schemas.severities import Severity


@log_format("journald", first="{", wraps=DATED)
def read(line: str) -> Parts | None:
    """The time is in microseconds; a message that is no UTF-8 comes as an array of bytes."""
    if '"__REALTIME_TIMESTAMP"' not in line:
        return None
    record = objects.decode(line)
    if record is None:
        return None
    service = objects.name(objects.first(record, ("SYSLOG_IDENTIFIER", "_COMM", "_SYSTEMD_UNIT")))
    return (
        objects.stamp(record.get("__REALTIME_TIMESTAMP")),
        objects.name(record.get("_HOSTNAME")),
        service.removesuffix(".service") if service else None,
        _severity(record.get("PRIORITY")),
        _message(record.get("MESSAGE")),
    )


def _message(value: Any) -> str:
    if isinstance(value, list):
        try:
            return bytes(value).decode(errors="replace")
        except (ValueError, TypeError):
            return objects.text(value)
    return objects.text(value)


def _severity(priority: Any) -> Severity:
    text = str(priority)
    return SYSLOG[int(text)] if len(text) == 1 and text in "01234567" else Severity.UNKNOWN
