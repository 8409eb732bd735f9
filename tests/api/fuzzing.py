"""Requests made from the OpenAPI document, good and bad, and what is wrong with the answers."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from tests.api.inhabited import Inhabited
from tests.api.serving import Served

PROBLEM: Final = "application/problem+json"
# What a machine that has too much to do may say, always with Retry-After.
BUSY: Final = frozenset({"unavailable", "overloaded", "too-slow", "live-full"})
MOST_BUSY: Final = 0.5  # of all answers: who is always busy is not tested
# Answers as long as somebody listens: `test_fuzzing.py` asks it with tickets.
ENDLESS: Final = "GET /api/v1/stream"
_CHECKS: Final = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_LAST: Final = ("purge", "logout", "DELETE")
_SHOWN: Final = 1_000
# The server closes on a longer line before there is a request that anybody could answer.
_LONGEST_URL: Final = 60_000

Operation = APIOperation[Any, Any, Any, Any]


def operations(api: Served) -> dict[str, Operation]:
    """Those of the document that the API gives, by METHOD PATH; what ends things comes last."""
    document = httpx.get(f"{api.url}/api/v1/openapi.json", timeout=60).json()
    schema = schemathesis.openapi.from_dict(document)
    every = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        every.append(found.ok())
    named = {f"{one.method.upper()} {one.path}": one for one in every}
    return dict(sorted(named.items(), key=lambda item: any(word in item[0] for word in _LAST)))


def fuzz(found: Inhabited, name: str, operation: Operation, examples: int) -> list[str]:
    """The faults of one operation, each kind once; the same requests every time.

    Every second request names something that there is, in its path.
    """
    faults: dict[str, str] = {}
    turns: list[int] = []
    busy: list[int] = []
    with requests.Session() as session:

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.one_of([operation.as_strategy(generation_mode=m) for m in GenerationMode]))
        def ask(case: Case[Operation]) -> None:
            turns.append(1)
            if len(turns) % 2 and (known := found.name(name)):
                case.path_parameters = {**(case.path_parameters or {}), known[0]: known[1]}
            own = None if name == ENDLESS else found.headers(name)
            answer = case.call(base_url=found.api.url, session=session, headers=own, timeout=120)
            if len(answer.request.url or "") > _LONGEST_URL:
                return
            busy.append(is_busy(answer))
            for fault in wrong_with(case, answer):
                faults.setdefault(fault.partition("\n")[0], f"{name}: {fault[:_SHOWN]}")

        ask()
    if sum(busy) > len(busy) * MOST_BUSY:
        faults["busy"] = f"{name}: {sum(busy)} of {len(busy)} answers said no more than busy"
    return list(faults.values())


def wrong_with(case: Case[Operation], answer: Response) -> Iterator[str]:
    """What an answer is or says that it may not."""
    sent = f"\n{answer.request.method} {answer.request.url} {answer.request.body!r:.300}"
    said = f"{sent}\n{answer.status_code} {answer.content!r:.300}"
    if answer.status_code >= 500 and not is_busy(answer):
        yield f"{answer.status_code}{said}"
    if answer.status_code >= 400 and answer.headers.get("content-type") != [PROBLEM]:
        yield f"{answer.status_code} is no problem{said}"
    try:
        case.validate_response(answer, checks=_CHECKS)
    except FailureGroup as group:
        for failure in group.exceptions:
            yield f"{failure.title} {answer.status_code}{said}\n{failure}"


def is_busy(answer: Response) -> bool:
    """Whether it is one of the answers of a machine that has too much to do."""
    kind = ""
    with suppress(ValueError, AttributeError):
        kind = str(json.loads(answer.content).get("type", "")).rpartition(":")[2]
    return answer.status_code == 503 and kind in BUSY and "retry-after" in answer.headers
