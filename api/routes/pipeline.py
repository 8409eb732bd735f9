"""/api/v1/pipeline: the ledger, the stages, the topics, each as it was a second or two ago."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request

from api.documented import answered
from api.permits import Caller, permit
from schemas.pipeline import LedgerView, StagesView, TopicsView
from schemas.roles import Permission

router = APIRouter(prefix="/api/v1/pipeline", tags=["pipeline"])

_LEDGER: Final = {
    "at": "2026-11-23T10:15:30Z",
    "balanced": True,
    "records_in_flight": 1,
    "sources": [
        {
            "source": "shop",
            "accepted": 1010,
            "parsed": 1000,
            "deduplicated": 4,
            "dead_lettered": 1,
            "in_flight": 5,
            "guessed_times": 0,
            "unbelieved_times": 0,
        }
    ],
    "metrics": [],
    "stages": [
        {
            "topic": "logs.raw",
            "partition": 0,
            "epoch": 1,
            "log_start": 0,
            "log_end": 12,
            "applied": 10,
            "records_in_flight": 1,
        }
    ],
    "faults": [],
    "alerts": {
        "published": 3,
        "stored": 3,
        "deduplicated": 0,
        "dead_lettered": 0,
        "in_flight": 0,
    },
}
_STAGES: Final = {
    "at": "2026-11-23T10:15:30Z",
    "items": [
        {
            "stage": "parse",
            "app": "ingest",
            "topic": "logs.raw",
            "writes": ["log.entries", "patterns"],
            "rate_in": 150.2,
            "rate_out": 149.8,
            "lag_records": 12,
            "lag_seconds": 0.3,
            "in_flight": 12,
            "members": 1,
            "workers": [{"name": "ingest-1", "ready": True, "reason": "", "restarts": 0}],
            "state": "ok",
        }
    ],
}
_TOPICS: Final = {
    "at": "2026-11-23T10:15:30Z",
    "items": [
        {
            "name": "dlq",
            "exists": True,
            "key": "original topic",
            "record": "the original bytes; headers say where, why and how often",
            "partitions": 1,
            "cleanup": "delete",
            "retention_seconds": 1_209_600,
            "records": 2,
            "bytes": 4096,
            "written_by": "ingest, persist, respond, api, edges",
            "read_by": "foreshock dlq, api",
            "offsets": [{"partition": 0, "start": 0, "end": 2}],
        }
    ],
}

Reader = Annotated[Caller, Depends(permit(Permission.READ))]


@router.get("/ledger", responses=answered(_LEDGER))
async def ledger(request: Request, _caller: Reader) -> LedgerView:
    """accepted = parsed + deduplicated + dead-lettered + in flight, for every source; what is
    wrong stands in `faults`. Large books are drawn up less often: see `at`.
    """
    found: LedgerView = await request.app.state.pipeline.ledger.get()
    return found


@router.get("/stages", responses=answered(_STAGES))
async def stages(request: Request, _caller: Reader) -> StagesView:
    """Each stage: what it reads, how fast, how far behind, and who works on it."""
    found: StagesView = await request.app.state.pipeline.stages.get()
    return found


@router.get("/topics", responses=answered(_TOPICS))
async def topics(request: Request, _caller: Reader) -> TopicsView:
    """The declared topics, and what the broker has of them."""
    found: TopicsView = await request.app.state.pipeline.topics.get()
    return found
