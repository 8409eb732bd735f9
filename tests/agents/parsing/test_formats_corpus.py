"""Real samples of other people's logs, kept beside the repository: shares of lines with a time.

Runs where the folder is; the floors are what the formats reach, continuation lines included.
"""

from pathlib import Path
from typing import Final

import pytest

from agents.parsing.formats.registry import Rank, formats
from agents.parsing.lines import LineParser, TimeOrigin

FOLDERS: Final = (above / "shared/data/formats" for above in Path(__file__).resolve().parents)
ARRIVAL: Final = 1_780_272_000_000  # 2026-06-01
FILES: Final = sorted(
    path
    for folder in FOLDERS
    for path in folder.glob("*__*")
    # Test programs in Ruby, with lines in their strings.
    if not path.name.startswith("grokspec")
)

# Shares of lines with a time of their own; 1 for every file that is not named. What is missing
# are lines that continue an event, and here and there one that has no time.
FLOORS: Final = {
    "docker_compose": 0.5,
    "iis_w3c": 0.15,
    "invalid_utf8": 0.16,
    "json_invalid": 0.8,
    "json_pretty": 0.25,
    "laravel_multiline": 0.06,
    "mysql_slow": 0.13,
    "partial_multiline": 0.66,
    "postgres__lnav__logfile_postgres.1": 0.15,
    "traefik_json": 0.85,
    "xml_msg": 0.08,
}

# What the file is called after, where the name of the format is another one.
FORMATS: Final = {
    "aws_alb": {"aws_alb"},
    "android_logcat": {"logcat"},
    "apache_access_error": {"access", "apache_error"},
    "apache_access__": {"access"},
    "apache_access_bad": {"access"},
    "apache_error": {"apache_error"},
    "docker_compose": {"docker_compose"},
    "docker_json": {"docker_json"},
    "glog": {"klog"},
    "grafana": {"logfmt"},
    "haproxy__hub": {"haproxy"},
    "haproxy__lnav": {"syslog3164"},
    "hdfs_log4j": {"leveled"},
    "iptables": {"syslog3164"},
    "java_log4j": {"leveled"},
    "journald": {"journald"},
    "json_bunyan": {"json"},
    "json_ecs": {"json"},
    "json_otel": {"otel"},
    "json_pino": {"json"},
    "linux_syslog": {"syslog3164"},
    "logfmt": {"logfmt"},
    "macos": {"syslog3164"},
    "multi_timezones": {"syslog5424"},
    "mysql_error": {"mysql"},
    "nginx_access_error": {"access", "nginx_error"},
    "nginx_error": {"nginx_error"},
    "postgres": {"postgres", "plain"},
    "spark": {"leveled"},
    "syslog3164": {"syslog3164"},
    "syslog5424": {"syslog5424"},
    "traefik_clf": {"access"},
    "uwsgi": {"uwsgi"},
    "vmware": {"leveled"},
    "windows_event": {"windows_xml"},
}

pytestmark = pytest.mark.skipif(not FILES, reason="no samples beside the repository")


def lines_of(path: Path) -> list[str]:
    text = path.read_bytes().decode(errors="replace")
    return [line.rstrip("\r") for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_share_of_lines_with_a_time(path: Path) -> None:
    fields = LineParser().parse_many(lines_of(path), ARRIVAL)
    timed = sum(line.time_origin is not TimeOrigin.ARRIVAL for line in fields)
    floor = next((share for name, share in FLOORS.items() if path.name.startswith(name)), 1.0)
    assert timed / len(fields) >= floor


@pytest.mark.parametrize("name", FORMATS)
def test_lines_are_taken_by_the_right_format(name: str) -> None:
    lines = [line for path in FILES if path.name.startswith(name) for line in lines_of(path)]
    assert {line.format for line in LineParser().parse_many(lines, ARRIVAL)} <= FORMATS[name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_two_formats_but_loose_ones_accept_a_line(path: Path) -> None:
    strict = [known for known in formats() if known.rank is not Rank.LOOSE]
    for line in lines_of(path):
        takers = [known for known in strict if known.read(line) is not None]
        assert len(takers) < 2, line
        assert all(not taker.first or line[0] in taker.first for taker in takers), line
