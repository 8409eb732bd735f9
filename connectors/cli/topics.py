"""`foreshock topics`: the declared topics, and what the broker has of them."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from connectors.cli import context
from connectors.cli.output import console, write_json
from connectors.shared_logs import SharedLogs
from connectors.topic_rows import topic_rows
from schemas.settings import Settings

_PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Row:
    """A declared topic; `records` is None while the broker does not have it.

    `records` counts offsets between the first kept and the last: compaction leaves gaps.
    """

    name: str
    exists: bool
    partitions: int
    cleanup: str
    retention_s: float | None
    records: int | None


def run(
    json: Annotated[bool, typer.Option("--json", help="As one JSON list.")] = False,
) -> None:
    """List the topics: partitions, clean-up, retention, records, existing or missing.

    Example: foreshock topics --json

    Exit codes: 0 done; 1 no instance runs, or the broker does not answer.
    """
    rows = asyncio.run(_rows(context.connected()))
    if json:
        write_json([asdict(row) for row in rows])
        return
    table = Table("topic", "partitions", "clean-up", "retention", "records", "", box=None)
    for row in rows:
        kept = "-" if row.retention_s is None else str(timedelta(seconds=row.retention_s))
        records = "-" if row.records is None else f"{row.records:,}"
        state = Text("exists") if row.exists else Text("missing", "red")
        table.add_row(row.name, str(row.partitions), row.cleanup, kept, records, state)
    console.print(table)


async def _rows(settings: Settings) -> list[Row]:
    logs = SharedLogs(settings, _PATIENCE_SECONDS)
    try:
        found = await topic_rows(settings, logs)
    finally:
        await logs.close()
    return [
        Row(
            name=topic.name,
            exists=topic.exists,
            partitions=topic.partitions,
            cleanup=topic.cleanup,
            retention_s=topic.retention_seconds,
            records=topic.records,
        )
        for topic in found.items
    ]
