"""`foreshock alerts`: what people and scripts see of alerts, hostile ones among them."""

import asyncio
import json
from datetime import timedelta

import pytest
from rich.console import Console

from connectors.cli.alerts import table
from schemas.alerts import AlertChange
from schemas.settings import Settings, as_environment
from tests.agents.correlation.signals import Stage, signal
from tests.connectors.alerting import WHEN, alert
from tests.connectors.cli.application import Answer, invoke
from tests.connectors.test_alerts import keep, records
from tests.stack import RunningStack
from tests.workers import installation

HOSTILE = "\x1b[2Jweb[bold]\u202e"
OPEN = Stage().take_all([signal(0, host=HOSTILE, reason="\x07 too much", demo=True)]).published
CLOSED = Stage().take_all([signal(0), signal(0, version=2, active=False, seen=5)]).published


@pytest.fixture
def settings(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found = installation(stack)
    for name, value in as_environment(found).items():
        monkeypatch.setenv(name, value)
    asyncio.run(keep(found, records([*OPEN, *CLOSED])))
    return found


def alerts(settings: Settings, *words: str) -> Answer:
    return invoke("--data", str(settings.data_dir), "alerts", *words)


def test_hostile_text_is_made_visible() -> None:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table(OPEN, OPEN[0].first_seen.date()))
    text = captured.get()
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
    assert "cpu_usage is unusual on \\x1b[2Jweb[bold]\\u202e (demo)" in text


def test_a_title_needs_no_more_than_two_lines_of_a_small_terminal() -> None:
    title = "request_latency_p95_ms is unusual on api-1 and 4 more signs"
    found = [alert(1, id="3800d90fc26b71ec", title=title, demo=True)]
    console = Console(width=80)
    with console.capture() as captured:
        console.print(table(found, WHEN.date()))
        console.print(table(found, WHEN.date() + timedelta(days=1)))
    lines = captured.get().splitlines()
    assert len(lines) == 6
    assert "high      firing  03:04:05  request_latency_p95_ms" in lines[1]
    assert "high      firing  01-02 03:04  request_latency_p95_ms" in lines[4]
    assert lines[1].endswith("3800d90f")


def test_scripts_get_open_ones_and_with_all_the_others(settings: Settings) -> None:
    answer = alerts(settings, "--json")
    assert answer.exit_code == 0
    assert [one["id"] for one in json.loads(answer.stdout)] == [OPEN[0].id]
    everything = json.loads(alerts(settings, "--json", "--all").stdout)
    assert [one["state"] for one in everything] == ["firing", "resolved"]


def test_no_more_are_listed_than_asked_for(settings: Settings) -> None:
    some = json.loads(alerts(settings, "--json", "--all", "--limit", "1").stdout)
    assert [one["id"] for one in some] == [OPEN[0].id]
    assert "more than these 1; see --limit" in alerts(settings, "--all", "--limit", "1").stdout
    assert "--limit" not in alerts(settings, "--all", "--limit", "2").stdout


def test_one_is_shown_with_its_history(settings: Settings) -> None:
    found = json.loads(alerts(settings, "--json", "--show", CLOSED[0].id).stdout)
    assert [one["version"] for one in found["history"]] == [1, 2]
    assert found["state"] == "resolved"
    short = json.loads(alerts(settings, "--json", "--show", CLOSED[0].id[:8]).stdout)
    assert short["id"] == CLOSED[0].id


def test_who_has_it_and_what_was_said_is_shown(settings: Settings) -> None:
    change = {"kind": "acknowledge", "at": WHEN, "by": HOSTILE, "text": "mine"}
    taken = alert(7, acknowledged=True, owner="kim", change=AlertChange.model_validate(change))
    asyncio.run(keep(settings, records([taken], first=9)))
    assert "acknowledged kim" in alerts(settings).stdout
    told = alerts(settings, "--show", taken.id).stdout
    assert "acknowledged kim: alert 7" in told
    assert "(acknowledge by \\x1b[2Jweb[bold]\\u202e: mine)" in told


def test_what_is_not_there_ends_with_1(settings: Settings) -> None:
    answer = alerts(settings, "--show", "nothing")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "no alert nothing" in answer.stderr


def test_follow_and_show_exclude_each_other(settings: Settings) -> None:
    assert alerts(settings, "--follow", "--show", "x").exit_code == 2
