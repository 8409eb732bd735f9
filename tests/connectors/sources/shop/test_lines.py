"""Each program's lines are read by the format that is meant, with the right fields."""

from collections import defaultdict

import pytest

from connectors.sources.shop.faults.catalogue import FAULTS
from connectors.sources.shop.faults.fault import Injected
from connectors.sources.shop.fleet import BY_NAME
from connectors.sources.shop.shop import Shop
from schemas.severities import Severity
from tests.connectors.sources.shop.reading import HOUR, START, Event, Reader, events

pytestmark = pytest.mark.xdist_group("shop-lines")
FORMATS = {
    "haproxy": {"syslog3164"},
    "nginx": {"access", "nginx_error"},
    "shop-api": {"json"},
    "accounts": {"logfmt"},
    "postgres": {"postgres"},
    "redis": {"redis"},
    "rabbitmq": {"leveled"},
    "fulfilment": {"leveled"},
    "switch": {"cisco"},
    "": {"syslog3164", "syslog5424"},
}


@pytest.fixture(scope="module")
def two_hours() -> list[Event]:
    """Of an ordinary morning."""
    return list(events(Shop(1, START), START + 2 * HOUR, Reader()))


def test_formats_hosts_and_services(two_hours: list[Event]) -> None:
    found = defaultdict(set)
    for event in two_hours:
        found[event.stream.service].add(event.fields.format)
        assert event.fields.host == event.stream.host, event.text
        if event.stream.service not in ("", "switch"):
            assert event.fields.service == event.stream.service, event.text
        assert event.fields.service, event.text
        assert event.fields.message
    assert found == FORMATS


def test_times_are_those_at_which_the_lines_were_observed(two_hours: list[Event]) -> None:
    for event in two_hours:
        ago = event.read_at - event.fields.time_ms / 1000
        assert -1 < ago < 62, event.text


def test_severities_are_as_the_program_means_them(two_hours: list[Event]) -> None:
    said = {
        "payment of order": Severity.ERROR,
        "declined by the bank": Severity.ERROR,
        "slow request": Severity.WARNING,
        "favicon.ico": Severity.ERROR,
        "kex_exchange_identification": Severity.ERROR,
        "duplicate key": Severity.ERROR,
        "came back": Severity.ERROR,
        "wrong password": Severity.WARNING,
        "/robots.txt": Severity.WARNING,
        "GET /healthz": Severity.INFO,
        "POST /checkout": Severity.INFO,
        "LLDP-6-": Severity.INFO,
        "Background saving": Severity.NOTICE,
        " packed in ": Severity.INFO,
        " printed": Severity.DEBUG,
    }
    for words, severity in said.items():
        found = {event.fields.severity for event in two_hours if words in event.text}
        assert found == {severity}, words


def test_stack_traces_stay_with_their_line(two_hours: list[Event]) -> None:
    assert not [event.text for event in two_hours if event.text.startswith(("\t", "jakarta"))]


def test_an_order_can_be_followed_through_the_shop(two_hours: list[Event]) -> None:
    placed = {e.text.split("order ")[1].split()[0] for e in two_hours if " placed by " in e.text}
    packed = {e.text.split("order ")[1].split()[0] for e in two_hours if " packed in " in e.text}
    assert len(placed) > 50
    assert len(placed ^ packed) <= 2  # those at either end


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_makes_errors_that_name_the_affected_hosts(fault: str) -> None:
    injected = Injected(FAULTS[fault], START)
    shop = Shop(1, START, [injected])
    errors = [
        event
        for event in events(shop, START + 120, Reader())
        if event.fields.severity >= Severity.ERROR
    ]
    truth = FAULTS[fault].truth
    assert truth.host in {event.fields.host for event in errors}
    assert set(truth.affected) <= set(BY_NAME)
