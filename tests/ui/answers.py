"""What the fake API answers on the settings page and in the frame."""

from typing import Any

from tests.ui.alert_answers import alert_answers
from tests.ui.fake_api import Fake
from tests.ui.log_answers import logs_filled
from tests.ui.pipeline_answers import pipeline_answers
from tests.ui.telemetry_answers import with_telemetry

_AT = "2026-11-27T08:30:00+00:00"


def filled(fake: Fake) -> None:
    """Data for each page, for search and inbox."""
    with_telemetry(fake)
    fake.answers |= {
        **alert_answers(),
        "users": page(_users()),
        "me/sessions": page(_sessions()),
        "keys": page([_key()]),
        "POST keys": {**_key(), "id": "k2", "name": "new", "key": "fsk_abcdefghijklmnop"},
        "audit": page(_audit()),
        "search": {
            "hosts": [{"id": "db-prod-03", "title": "db-prod-03", "detail": "2 alerts"}],
            "services": [],
            "patterns": [
                {"id": "p1", "title": "connection <num> refused by <ip>", "detail": "1,204 lines"}
            ],
            "alerts": [],
        },
        **pipeline_answers(),
    }
    logs_filled(fake)


def page(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The only page of a list."""
    return {"items": items, "next_cursor": None, "total": len(items)}


def _users() -> list[dict[str, Any]]:
    known = [
        ("ada", "Ada Lovelace", "admin", False),
        ("grace", "Grace Hopper", "operator", False),
        ("lin", "Lin <script>alert(1)</script>", "analyst", False),
        ("old", "Someone who left", "viewer", True),
    ]
    fields = {"email": "", "last_login_at": _AT, "created_at": _AT, "version": 1}
    return [
        {**fields, "id": f"u{n}", "username": name, "name": full, "role": role, "disabled": off}
        for n, (name, full, role, off) in enumerate(known, 1)
    ]


def _sessions() -> list[dict[str, Any]]:
    times = {"created_at": _AT, "last_used_at": _AT, "expires_at": _AT}
    here = {"id": "s1", "address": "127.0.0.1", "agent": "Firefox on Linux", "current": True}
    there = {"id": "s2", "address": "10.1.2.3", "agent": "Chrome on Android", "current": False}
    return [{**times, **here}, {**times, **there}]


def _key() -> dict[str, Any]:
    return {
        "id": "k1",
        "name": "shop",
        "starts_with": "fsk_a1b2",
        "sources": ["shop"],
        "endpoints": None,
        "state": "active",
        "created_by": "ada",
        "created_at": _AT,
        "expires_at": None,
        "last_used_at": _AT,
        "revoked_at": None,
    }


def _audit() -> list[dict[str, Any]]:
    writes = [("users.update", "users/u2"), ("keys.create", "keys/k1"), ("auth.login", "")]
    fields = {"at": _AT, "actor": "ada", "address": "127.0.0.1", "before": None}
    return [
        {**fields, "id": n, "action": action, "object": thing, "after": {"role": "operator"}}
        for n, (action, thing) in enumerate(writes)
    ]
