"""Filters in an address: what is read is what is written, for the API and for the next link."""

import pytest

from schemas.alert_lists import ALERT_LIST
from schemas.errors import InvalidEvent
from schemas.filters import Filter, parse
from ui.filtering import address_of, api_params, asked, is_asked, toggled


def test_the_rest_of_an_address_is_no_filter() -> None:
    wanted = asked("?range=6h&sel=a1&limit=400&state=firing&severity!=low&q=disk", ALERT_LIST)
    assert wanted == parse("state=firing&severity!=low&q=disk", ALERT_LIST)


@pytest.mark.parametrize(
    "query", ["nonsense=1", "state=bad", "sort=nothing"], ids=["field", "value", "sort"]
)
def test_what_cannot_be_read_says_why(query: str) -> None:
    with pytest.raises(InvalidEvent):
        asked(f"?{query}", ALERT_LIST)


def test_the_api_gets_names_and_values() -> None:
    query = r"state=firing,pending&source!=a\,b&severity>=high&count>3&q=x&sort=-count&owner="
    made = api_params(parse(query, ALERT_LIST))
    assert made == {
        "state": "firing,pending",
        "source!": r"a\,b",
        "severity>": "high",
        "count>3": "",
        "owner": "",
        "q": "x",
        "sort": "-count",
    }
    as_sent = "&".join(f"{name}={text}" for name, text in made.items())
    assert parse(as_sent, ALERT_LIST) == parse(query, ALERT_LIST)


def test_a_value_is_asked_for_kept_out_or_neither() -> None:
    once = toggled(Filter(), "host", "a, b")
    assert is_asked(once, "host", "a, b")
    both = toggled(once, "host", "c", "!=")
    assert is_asked(both, "host", "a, b")
    assert is_asked(both, "host", "c", "!=")
    turned = toggled(both, "host", "a, b", "!=")
    assert not is_asked(turned, "host", "a, b")
    assert turned.conditions[0].values == ("c", "a, b")
    assert toggled(once, "host", "a, b") == Filter()


def test_an_address_keeps_the_time_and_drops_what_is_selected() -> None:
    wanted = toggled(toggled(Filter(q="x y"), "host", "a,b"), "state", "firing", "!=")
    made = address_of("?range=6h&sel=a1&host=other", wanted)
    assert made.startswith("?range=6h&")
    assert "sel=" not in made
    assert asked(made, ALERT_LIST) == wanted
    assert address_of("", Filter()) == ""
