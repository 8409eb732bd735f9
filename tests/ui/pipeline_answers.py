"""What the fake API answers on the pages of the pipeline and of the integrations."""

from typing import Any

from starlette.responses import Response

AT = "2026-11-27T08:30:00+00:00"
HOSTILE = "<script>alert(1)</script> \x1b[31mred \u202egnp.exe"


def stages() -> list[dict[str, Any]]:
    """One of them behind, one stopped."""
    known = [
        ("parse", "ingest", "logs.raw", ["log.entries", "patterns"], "ok"),
        ("persist", "persist", "log.entries", ["Postgres"], "behind"),
        ("keep", "persist", "metrics.raw", ["metric history"], "ok"),
        ("rate", "metrics", "log.entries", ["signals"], "ok"),
        ("detect", "metrics", "metrics.raw", ["signals"], "ok"),
        ("respond", "respond", "signals", ["alerts"], "stopped"),
        ("note", "persist", "signals", ["Postgres"], "ok"),
        ("chronicle", "persist", "alerts", ["Postgres"], "ok"),
    ]
    worker = {"name": "ingest-1", "ready": False, "reason": "kafka is away", "restarts": 2}
    return [
        {
            "stage": name,
            "app": app,
            "topic": topic,
            "writes": writes,
            "rate_in": 150.2,
            "rate_out": 149.8,
            "lag_records": 0 if state == "ok" else 12,
            "lag_seconds": 0.0 if state == "ok" else 42.0,
            "in_flight": 0,
            "members": 1,
            "workers": [worker] if name == "parse" else [],
            "state": state,
        }
        for name, app, topic, writes, state in known
    ]


def ledger(*, balanced: bool = True) -> dict[str, Any]:
    """Of two sources of lines, one with a hostile name, and one of points."""
    zero = {"deduplicated": 4, "dead_lettered": 1, "in_flight": 5}
    times = {"guessed_times": 0, "unbelieved_times": 0}
    wrong = 1000 if balanced else 999
    fault = {"kind": "count", "detail": "1 line is missing", "source": "shop"}
    return {
        "at": AT,
        "balanced": balanced,
        "records_in_flight": 1,
        "sources": [
            {"source": "shop", "accepted": 1010, "parsed": wrong, **zero, **times},
            {"source": HOSTILE, "accepted": 110, "parsed": 100, **zero, **times},
        ],
        "metrics": [{"source": "hosts/web-1", "accepted": 60, "stored": 50, **zero}],
        "stages": [],
        "faults": [] if balanced else [fault],
        "alerts": {},
    }


def topics() -> list[dict[str, Any]]:
    """One that is there, one that is not, and the dead letters."""
    known = [("logs.raw", 120, 7_340_032), ("alerts", None, None), ("dlq", 2, 4096)]
    return [
        {
            "name": name,
            "exists": records is not None,
            "key": "source",
            "record": "LogBatch",
            "partitions": 4,
            "cleanup": "delete",
            "retention_seconds": 86_400,
            "records": records,
            "bytes": size,
            "written_by": "edges, producers",
            "read_by": "ingest",
            "offsets": [],
        }
        for name, records, size in known
    ]


def letter(id: str = "0-41", **other: Any) -> dict[str, Any]:
    """A dead letter whose every text is hostile."""
    return {
        "id": id,
        "dead_id": "logs.raw/1/3/120#7",
        "at": AT,
        "source": HOSTILE,
        "stage": "parse",
        "reason": "oversized",
        "detail": HOSTILE,
        "lines": 1,
        "points": 0,
        "topic": "logs.raw",
        "partition": 3,
        "offset": 120,
        "range": None,
        "trace": None,
        "bytes": 1_048_577,
        "brought_back": False,
        "can_be_replayed": True,
        "preview": HOSTILE,
        **other,
    }


def letters(*items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """A page of them."""
    count = len(items) if total is None else total
    page = {"items": list(items), "next_cursor": None, "scanned": count}
    return {**page, "complete": True, "total": count}


def source(name: str = "shop", kind: str = "lines", **other: Any) -> dict[str, Any]:
    """What /sources says of one."""
    error = {"at": AT, "reason": "oversized", "detail": HOSTILE, "letter": "0-41"}
    return {
        "source": name,
        "kind": kind,
        "rate_per_s": 12.5,
        "accepted": 1010,
        "stored": 1000,
        "deduplicated": 4,
        "dead_lettered": 1,
        "in_flight": 5,
        "lag_seconds": 0.4,
        "last_seen": AT,
        "last_error": error,
        "silent": False,
        "demo": False,
        **other,
    }


def sources() -> dict[str, Any]:
    """Three books of two sources."""
    items = [source(), source(HOSTILE, silent=True), source("hosts/web-1", "points")]
    return {"items": items, "next_cursor": None, "total": len(items)}


def pipeline_answers() -> dict[str, Any]:
    """By path, as `Fake.answers` has it."""
    back = letter("0-40", reason="undecodable", brought_back=True)
    results = [{"id": "0-41", "status": "sent", "detail": ""}]
    return {
        "pipeline/stages": {"at": AT, "items": stages()},
        "pipeline/ledger": ledger(),
        "pipeline/topics": {"at": AT, "items": topics()},
        "dead-letters": letters(letter(), back),
        "dead-letters/0-41": letter(),
        "dead-letters/0-41/raw": Response(
            b"\x00raw",
            headers={"content-disposition": 'attachment; filename="dead-letter-0-41.bin"'},
        ),
        "POST dead-letters:replay": {"done": 1, "results": results, "next_cursor": None},
        "sources": sources(),
        "sources/shop": {"source": "shop", "items": [source()]},
        "POST sources/shop/test": {
            "source": "shop",
            "line": "INFO foreshock: test event test-1 sent by ada",
            "marker": "test-1",
            "sent_at": AT,
            "look_for": {},
        },
        "logs": {"items": [{"message": "test event test-1"}], "next_cursor": None},
    }
