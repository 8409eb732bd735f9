"""The whole OpenAPI document, asked good and bad questions: no fault of ours, nothing unsaid."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.fuzzing import ENDLESS, fuzz, operations
from tests.api.inhabited import Inhabited

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900), pytest.mark.xdist_group("fuzzing")]

EXAMPLES = 20
# Parts of the document by what their paths begin with: a test each, on one installation.
PARTS = {
    "webhooks": ("/health", "/readiness", "/metrics", "/webhooks"),
    "accounts": ("/api/v1/auth", "/api/v1/me", "/api/v1/users", "/api/v1/keys"),
    "metrics": ("/api/v1/analytics", "/api/v1/hosts", "/api/v1/dashboard"),
    "alerts": ("/api/v1/alerts", "/api/v1/operations"),
    "lines": ("/api/v1/patterns", "/api/v1/logs", "/api/v1/search", "/api/v1/live"),
    "pipeline": ("/api/v1/sources", "/api/v1/pipeline", "/api/v1/dead-letters"),
    "rest": ("/api/v1/uploads", "/api/v1/audit", "/api/v1/settings", "/api/v1/stream"),
}


@pytest.mark.parametrize("part", PARTS)
def test_no_answer_is_a_fault_or_unsaid(found: Inhabited, part: str) -> None:
    chosen = {
        name: operation
        for name, operation in operations(found.api).items()
        if name.partition(" ")[2].startswith(PARTS[part])
    }
    assert chosen
    faults = [
        fault
        for name, operation in chosen.items()
        for fault in fuzz(found, name, operation, EXAMPLES)
    ]
    assert faults == [], "\n\n".join(faults)


def test_every_route_belongs_to_one_part(found: Inhabited) -> None:
    paths = {name.partition(" ")[2] for name in operations(found.api)}
    parts = [path for path in paths for begins in PARTS.values() if path.startswith(begins)]
    assert sorted(parts) == sorted(paths)


def test_whatever_the_cursor_a_stream_begins_with_where_it_stands(found: Inhabited) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)
    @given(cursor=st.text(max_size=40), header=st.text("0:,-x9", max_size=40))
    def ask(cursor: str, header: str) -> None:
        with found.api.client() as client:
            used = client.post("/api/v1/live/tickets").json()["ticket"]
            known, last = {"ticket": used, "cursor": cursor}, {"Last-Event-ID": header}
            with client.stream("GET", ENDLESS[4:], params=known, headers=last) as answer:
                assert answer.status_code == 200, answer.read()
                event = next(line for line in answer.iter_lines() if line.startswith("event:"))
        assert event in ("event: heartbeat", "event: resync")

    ask()
