"""The inbox behind the bell: whose alerts are in it, and which of them are new."""

import dash

from tests.ui.acting import acting
from tests.ui.alert_answers import alert

ME = {"id": "u1", "username": "ada", "name": "Ada", "role": "analyst"}
BEGAN, LOOKED = "2026-11-27T08:30:00Z", "2026-11-27T09:00:00.5+00:00"


async def test_another_signal_makes_no_alert_new(app: dash.Dash) -> None:
    from ui.shell.inbox import show

    known = alert(first_seen=BEGAN, last_seen="2026-11-27T09:30:00Z")
    young = alert("b1", first_seen="2026-11-27T09:00:01Z", last_seen="2026-11-27T09:00:01Z")
    me = {**ME, "preferences": {"inbox_seen_at": LOOKED}}
    with acting({"/alerts": {"items": [known, young]}}):
        items, count = await show(me, None)
        assert [item.href for item in items] == ["/alerts?sel=a1", "/alerts?sel=b1"]
        assert count == "1"
        assert (await show(me, 1, "2026-11-27T09:10:00+00:00"))[1] == ""
        for never in ({}, {"inbox_seen_at": "nonsense"}):
            assert (await show({**ME, "preferences": never}, None))[1] == "2"


async def test_what_is_mine_stays_until_it_is_over(app: dash.Dash) -> None:
    from ui.shell.inbox import show

    with acting({"/alerts": {"items": []}}) as client:
        words, count = await show({**ME, "preferences": {}}, None)
    assert ("nothing is yours" in str(words), count) == (True, "")
    asked = [params for _, params in client.asked]
    assert {"owner": "ada", "state": "firing,acknowledged", "limit": 8} in asked
    assert {"severity": "critical", "state": "firing", "limit": 8} in asked


async def test_an_inbox_without_its_api_is_empty(app: dash.Dash) -> None:
    from ui.shell.inbox import show

    with acting({}):
        assert (await show({**ME, "preferences": {}}, None))[1] == ""
