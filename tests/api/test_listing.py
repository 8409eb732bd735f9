"""Every list that has pages takes the grammar, and comes as CSV."""

from pathlib import Path
from typing import Any, Final

from tests.api.test_permits import application

# One thing's versions, and a stream: nothing to filter.
OTHERS: Final = {"/api/v1/alerts/{alert_id}/history", "/api/v1/stream"}


def paged(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The operations of all lists that go on with a cursor, by path."""
    found = {
        path: methods["get"] for path, methods in document["paths"].items() if "get" in methods
    }
    return {path: one for path, one in found.items() if "cursor" in named(one)}


def named(operation: dict[str, Any]) -> dict[str, str]:
    """Its parameters, with what is said of each."""
    return {one["name"]: one.get("description", "") for one in operation.get("parameters", [])}


async def test_every_list_takes_the_grammar_and_comes_as_csv(tmp_path: Path) -> None:
    lists = paged(application(tmp_path).openapi())
    assert set(lists) >= OTHERS
    assert len(lists) >= 12
    for path in set(lists) - OTHERS:
        answer = lists[path]["responses"]["200"]
        assert "text/csv" in answer["content"], path
        assert "Link" in answer["headers"], path
        assert any(said.startswith("Filter:") for said in named(lists[path]).values()), path
