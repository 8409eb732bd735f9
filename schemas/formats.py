"""Names of the log formats that agents know, for whoever gives a hint without importing agents."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from schemas.errors import UserError

FORMATS: Final = {
    "access": "access lines of web servers: common, combined and their kin",
    "apache_error": "Apache httpd's error log",
    "auditd": "the Linux audit log",
    "aws_alb": "AWS's application load balancer",
    "barred": "fields between bars",
    "cisco": "Cisco's devices: IOS, NX-OS, ASA",
    "containerd": "Kubernetes' container log files",
    "docker_compose": "docker compose logs",
    "docker_json": "Docker's json-file driver",
    "envoy": "Envoy's and Istio's access log",
    "haproxy": "HAProxy's HTTP and TCP log",
    "iis": "IIS, W3C extended",
    "journald": "the systemd journal as JSON",
    "json": "one JSON object a line",
    "klog": "glog and Kubernetes' klog",
    "level_first": "a level and a message, no time",
    "leveled": "log4j, logback, Python's logging and their kin",
    "logcat": "Android's logcat, threadtime",
    "logfmt": "key=value pairs",
    "mongodb": "MongoDB before 4.4",
    "mysql": "MySQL's and MariaDB's error log",
    "nginx_error": "nginx's error log",
    "otel": "OpenTelemetry, OTLP/JSON",
    "postgres": "PostgreSQL's stderr log and csvlog",
    "prefixed": "a word or two before a time",
    "proxifier": "Proxifier",
    "redis": "Redis",
    "ruby": "Ruby's Logger",
    "supercomputer": "supercomputers, as the Computer Failure Data Repository has them",
    "syslog3164": "BSD syslog, RFC 3164",
    "syslog5424": "syslog protocol, RFC 5424",
    "syslog_iso": "syslog with an ISO 8601 time, rsyslog's default",
    "tailed": "the file's name before each line, as tail and grep write it",
    "timestamped": "a time and a message",
    "uwsgi": "uWSGI's request log",
    "windows_xml": "Windows events as XML",
}


def check_hint(name: str, extra: Sequence[str] = ()) -> None:
    """Raises UserError (exit code 2) for a name that no format has; "" is no hint.

    `extra` are the modules of EXTRA_FORMATS. They name theirs when agents load them, so where there
    are any, every name is let through; one that nobody has is then no hint at all.
    """
    if not name or name in FORMATS or extra:
        return
    close = get_close_matches(name, FORMATS, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(close)}? " if close else ""
    raise UserError(
        f"--format {name}: no such format",
        f"{meant}the formats are {', '.join(FORMATS)}; without --format they are recognised",
        exit_code=2,
    )
