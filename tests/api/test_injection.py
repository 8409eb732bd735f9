"""Strings that are code elsewhere, in every string that the API takes: told or kept, never run."""

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx
import psycopg
import pytest

from schemas.pages import to_cursor
from tests.api.fuzzing import BUSY, ENDLESS, MOST_BUSY, PROBLEM
from tests.api.inhabited import PASSWORD, Inhabited

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900), pytest.mark.xdist_group("fuzzing")]

MARK: Final = "zq7"  # in no text of ours
STRINGS: Final = {
    "sql": f"{MARK}' or 1=1; drop table users cascade; --",
    "flux": f'{MARK}") |> drop(columns: ["host"]) //',
    "path and header": f"../../../../../../etc/passwd\r\nX-Injected: {MARK}",
    "template and script": f"{MARK}{{{{7*7}}}}${{7*7}}%s%n<script>alert(1)</script>",
    "nul": f"{MARK}\x00after",
    "half a character": f"{MARK}\ud800",
    "number": "9" * 400,
    "moment": "9999-12-31T23:59:59.999999-23:59",
    "old moment": "0001-01-01T00:00:00+14:00",
}
# They end what the test itself goes by; test_fuzzing.py asks them on sessions of their own.
_ENDS: Final = ("/auth/logout", "dead-letters:purge")


class Ask(NamedTuple):
    """One request, and the string in it."""

    operation: str
    where: str
    url: str
    body: bytes | None
    injected: str


@pytest.mark.parametrize("kind", STRINGS)
def test_no_string_is_run(found: Inhabited, kind: str) -> None:
    before = tables(found)
    asked = list(requests_with(found, STRINGS[kind]))
    assert len({ask.where for ask in asked}) > 80
    with httpx.Client(base_url=found.api.url, timeout=120) as client:
        answers = [(ask, send(found, client, ask)) for ask in asked]
    faults = [fault for ask, answer in answers for fault in wrong_with(ask, answer)]
    assert faults == [], "\n\n".join(faults)
    assert sum(answer.status_code >= 500 for _, answer in answers) < len(answers) * MOST_BUSY
    assert tables(found) == before
    assert found.api.log_in("fuzzer", PASSWORD)["user"]["role"] == "admin"


PARTS: Final = (
    *("\x00", MARK, "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", 10**18, 10**40),
    *(-1, 1e308, True, None),
)


@pytest.mark.parametrize("length", [1, 2, 3, 6])
def test_no_cursor_that_somebody_made_is_a_fault(found: Inhabited, length: int) -> None:
    document = found.get("/openapi.json")
    lists = [
        path
        for path, operations in document["paths"].items()
        if path != ENDLESS.partition(" ")[2]
        and "cursor" in str(operations.get("get", {}).get("parameters"))
    ]
    assert len(lists) > 8
    faults = []
    with found.api.with_token(found.token) as client:
        for path in lists:
            for part in PARTS:
                url, cursor = located(found, f"GET {path}"), to_cursor([part] * length)
                answer = client.get(url, params={"cursor": cursor})
                if answer.status_code not in (200, 422) and not any(b in answer.text for b in BUSY):
                    faults.append(f"{path} {part!r}: {answer.text}")
    assert faults == [], "\n".join(faults)


def send(found: Inhabited, client: httpx.Client, ask: Ask) -> httpx.Response:
    headers = found.headers(ask.operation)
    if ask.body is not None:
        headers["Content-Type"] = "application/json"
    method = ask.operation.partition(" ")[0]
    try:
        return client.request(method, ask.url, content=ask.body, headers=headers)
    except httpx.TransportError:  # an idle connection that the server has closed meanwhile
        return client.request(method, ask.url, content=ask.body, headers=headers)


def wrong_with(ask: Ask, answer: httpx.Response) -> Iterator[str]:
    """What shows that the string was more than a string, or that we could not take it."""
    said = f"{ask.operation} {ask.where}: {answer.status_code} {answer.text[:500]}"
    kind = answer.headers.get("content-type", "")
    if answer.status_code >= 500 and not any(f":{busy}" in answer.text for busy in BUSY):
        yield f"a fault of ours: {said}"
    if answer.status_code >= 400 and kind != PROBLEM:
        yield f"no problem: {said}"
    if "x-injected" in answer.headers or "root:x:" in answer.text or "html" in kind:
        yield f"it did something: {said}"
    if ask.where.startswith("query") and answer.status_code == 200 and MARK in ask.injected:
        yield from (f"shown, but does not fit: {said}" for _ in _strange(answer.json()))


def _strange(answer: Any) -> Iterator[Any]:
    """Items of a list that do not hold what was asked for."""
    items = answer.get("items", []) if isinstance(answer, dict) else answer
    yield from (item for item in items if MARK not in json.dumps(item))


def requests_with(found: Inhabited, injected: str) -> Iterator[Ask]:
    """The string in each parameter and each text of each body, one at a time."""
    document = found.get("/openapi.json")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            if name != ENDLESS and not path.endswith(_ENDS):
                url = located(found, name)
                yield from _in_path(name, injected)
                yield from _in_query(name, url, operation, injected)
                yield from _in_body(name, url, operation, document, injected)


def located(found: Inhabited, name: str) -> str:
    """The path with something that there is; for DELETE with what is not there."""
    path = name.partition(" ")[2]
    if "{" not in path:
        return path
    if name.startswith("DELETE"):
        return _filled(path, "0" * 32)
    known = found.name(name)
    assert known is not None
    return _filled(path, known[1])


def _filled(path: str, value: str) -> str:
    begin, _, rest = path.partition("{")
    return f"{begin}{value}{rest.partition('}')[2]}"


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _in_path(name: str, injected: str) -> Iterator[Ask]:
    path = name.partition(" ")[2]
    if "{" in path:
        yield Ask(name, f"path {path}", _filled(path, _quoted(injected)), None, injected)


def _in_query(name: str, url: str, operation: dict[str, Any], injected: str) -> Iterator[Ask]:
    """Also under a name that nobody knows, and as a name."""
    told = [p for p in operation.get("parameters", []) if p["in"] == "query"]
    needed = {p["name"]: "7" for p in told if p.get("required")}
    for parameter in told:
        given = {**needed, parameter["name"]: _quoted(injected)}
        query = "&".join(f"{key}={value}" for key, value in given.items())
        yield Ask(name, f"query {name} {parameter['name']}", f"{url}?{query}", None, injected)
    yield Ask(name, f"unknown {name}", f"{url}?{_quoted(injected)}={MARK}", None, injected)


def _in_body(
    name: str, url: str, operation: dict[str, Any], document: dict[str, Any], injected: str
) -> Iterator[Ask]:
    example = example_of(operation, document)
    if example is None:
        return
    for place, put in texts(example):
        whole = copy.deepcopy(example)
        body = json.dumps(put(whole, injected)).encode()
        yield Ask(name, f"body {name} {place}", url, body, injected)
    if isinstance(example, dict):
        body = json.dumps({**example, injected: injected}).encode()
        yield Ask(name, f"body {name} unknown", url, body, injected)


def example_of(operation: dict[str, Any], document: dict[str, Any]) -> Any:
    """An example of the JSON body; None where there is none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    if found := content.get("examples"):
        return list(found.values())[-1]["value"]
    schema = content.get("schema", {})
    if "example" in content:
        return content["example"]
    for one in schema.get("anyOf", [schema]):
        if reference := one.get("$ref"):
            known = document["components"]["schemas"][reference.rpartition("/")[2]]
            return known["example"] if "example" in known else known["examples"][0]
    return None


Put = Callable[[Any, str], Any]


def texts(value: Any) -> Iterator[tuple[str, Put]]:
    """Each text in a JSON value, and how to put another in its place (a key's, too)."""
    if isinstance(value, str):
        yield "", lambda _whole, text: text
    elif isinstance(value, dict):
        for key, below in value.items():
            yield f".{key} as a name", partial(_renamed, key)
            yield from _below(key, below)
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _below(number, below)


def _renamed(key: str, whole: dict[str, Any], text: str) -> dict[str, Any]:
    return {text if name == key else name: value for name, value in whole.items()}


def _below(key: Any, below: Any) -> Iterator[tuple[str, Put]]:
    for place, put in texts(below):

        def changed(whole: Any, text: str, put: Put = put) -> Any:
            whole[key] = put(whole[key], text)
            return whole

        yield f".{key}{place}", changed


def tables(found: Inhabited) -> list[tuple[Any, ...]]:
    """Their columns, what runs by itself in them, and who may log in as what."""
    asked = (
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = 'public' and table_name not like '%\\_20%'",
        "select tgname from pg_trigger where not tgisinternal",
        "select proname from pg_proc where pronamespace = 'public'::regnamespace",
        "select rolname, rolsuper from pg_roles",
        "select username from users where role = 'admin'",
    )
    url = found.api.settings.database_url.get_secret_value()
    with psycopg.connect(url) as connection:
        return [row for one in asked for row in sorted(connection.execute(one.encode()).fetchall())]
