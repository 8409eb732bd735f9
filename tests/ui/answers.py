"""What the fake API answers on the settings page, and examples for every page that comes."""

from typing import Any

from tests.ui.fake_api import Fake

_AT = "2026-11-27T08:30:00+00:00"


def filled(fake: Fake) -> None:
    """Data for each part of the settings page."""
    page: dict[str, Any] = {"next_cursor": None, "total": 1}
    users = [
        {
            "id": f"u{n}",
            "username": name,
            "name": full,
            "role": role,
            "disabled": disabled,
            "last_login_at": _AT,
            "created_at": _AT,
            "version": 1,
        }
        for n, (name, full, role, disabled) in enumerate(
            [
                ("ada", "Ada Lovelace", "admin", False),
                ("grace", "Grace Hopper", "operator", False),
                ("lin", "Lin <script>alert(1)</script>", "analyst", False),
                ("old", "Someone who left", "viewer", True),
            ],
            1,
        )
    ]
    fake.answers |= {
        "users": {**page, "items": users},
        "me/sessions": {
            **page,
            "items": [
                {
                    "id": "s1",
                    "address": "127.0.0.1",
                    "agent": "Firefox on Linux",
                    "created_at": _AT,
                    "last_used_at": _AT,
                    "current": True,
                },
                {
                    "id": "s2",
                    "address": "10.1.2.3",
                    "agent": "Chrome on Android",
                    "created_at": _AT,
                    "last_used_at": _AT,
                    "current": False,
                },
            ],
        },
        "keys": {
            **page,
            "items": [
                {
                    "id": "k1",
                    "name": "shop",
                    "sources": ["shop"],
                    "endpoints": None,
                    "created_at": _AT,
                    "expires_at": None,
                    "last_used_at": _AT,
                    "revoked_at": None,
                    "starts_with": "fsk_a1b2",
                    "state": "active",
                }
            ],
        },
        "POST keys": {"id": "k2", "name": "new", "key": "fsk_abcdefghijklmnop"},
        "audit": {
            **page,
            "items": [
                {
                    "id": n,
                    "at": _AT,
                    "actor": "ada",
                    "action": what,
                    "object": target,
                    "address": "127.0.0.1",
                    "before": None,
                    "after": {"role": "operator"},
                }
                for n, (what, target) in enumerate(
                    [("users.update", "users/u2"), ("keys.create", "keys/k1"), ("auth.login", "")]
                )
            ],
        },
        "alerts": {
            **page,
            "items": [
                {
                    "id": "a1",
                    "title": "cpu_usage of db-prod-03 far above its usual range",
                    "severity": "critical",
                    "state": "firing",
                    "last_seen": _AT,
                }
            ],
        },
        "search": {
            "hosts": [{"id": "db-prod-03", "title": "db-prod-03", "detail": "2 alerts"}],
            "services": [],
            "patterns": [
                {"id": "p1", "title": "connection <num> refused by <ip>", "detail": "1,204 lines"}
            ],
            "alerts": [],
        },
    }
