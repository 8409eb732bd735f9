"""Requests made from the OpenAPI document, good and bad ones, and what is wrong with the answers."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from tests.api.serving import Served

PROBLEM: Final = "application/problem+json"
# What a machine that is too busy may say: always with Retry-After.
BUSY: Final = frozenset({"unavailable", "overloaded", "too-slow", "live-full"})
CHECKS: Final = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_SHOWN: Final = 600

Named = Mapping[str, Callable[[], str]]


def operations(api: Served) -> list[APIOperation]:
    """Of the document that the API gives, in its order."""
    document = httpx.get(f"{api.url}/api/v1/openapi.json", timeout=60).json()
    schema = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in schema.get_all_operations()]


def name_of(operation: APIOperation) -> str:
    """Method and path."""
    return f"{operation.method.upper()} {operation.path}"


def fuzz(
    api: Served, operation: APIOperation, examples: int, headers: Callable[[], dict[str, str]],
    names: Named,
) -> list[str]:
    """The faults of one operation, each kind once; the same requests every time.

    Every second request that fits the document names something that there is: `names` makes it,
    by the parameter of the path.
    """
    found: dict[str, str] = {}
    session = requests.Session()
    turn = iter(range(10**9))

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of([operation.as_strategy(generation_mode=m) for m in GenerationMode]))
    def ask(case: Case) -> None:
        if next(turn) % 2:
            for name, make in names.items():
                if name in case.path_parameters:
                    case.path_parameters[name] = make()
        response = case.call(base_url=api.url, session=session, headers=headers(), timeout=120)
        for fault in faults(case, response):
            found.setdefault(fault.partition("\n")[0], fault)

    ask()
    session.close()
    return [f"{name_of(operation)}: {fault[:_SHOWN]}" for fault in found.values()]


def faults(case: Case, response: Response) -> Iterator[str]:
    """What an answer does that it may not."""
    sent = f"\n{response.request.method} {response.request.url} {response.request.body!r:.300}"
    said = f"{sent}\n{response.status_code} {response.content!r:.300}"
    if response.status_code >= 500 and not busy(response):
        yield f"{response.status_code}{said}"
    if response.status_code >= 400 and PROBLEM not in response.headers.get("content-type", []):
        yield f"{response.status_code} is no problem{said}"
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        for failure in group.exceptions:
            yield f"{failure.title} {response.status_code}: {failure}{said}"


def busy(response: Response) -> bool:
    """Whether it is one of the answers of a machine that has too much to do."""
    kind = ""
    with suppress(ValueError, AttributeError):
        kind = str(json.loads(response.content).get("type", "")).rpartition(":")[2]
    return response.status_code == 503 and kind in BUSY and "retry-after" in response.headers
