"""PostgreSQL's stderr log under the usual settings of log_line_prefix, and its csvlog.

`2025-08-13 01:45:01.123 PDT [12345] LOG:  message`; between stamp and level may stand host, user,
database, application and session, in any punctuation.
"""

import re

from agents.parsing.formats.patterns import DIGITS, LETTERS
from agents.parsing.formats.registry import Parts, log_format
from schemas.severities import Severity

_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})? (?:[A-Z]{2,5}|[+-]\d\d(?::?\d\d)?)"
_STDERR = re.compile(
    rf"(?:(?!\S*\.log)[\w.:\[\]-]{{1,255}}+ )?({_STAMP})[ :,]?"
    # The rest of the prefix; two blanks after the level are PostgreSQL's own (elog.c).
    r"[^\n]{0,200}?\b(DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC"
    r"|DETAIL|HINT|QUERY|CONTEXT|STATEMENT):  "
)
# log_time,user,database,pid,"host",session,line,command,start,vxid,xid,level,sqlstate,"message"
_CSV = re.compile(
    rf'({_STAMP}),(?:"[^"]*+"|[^",]*+)(?>(?:,(?:"[^"]*+"|[^",]*+)){{9}}),([A-Z]+[1-5]?),\w{{5}},'
    r'(?:"((?>(?:[^"]|"")*))"|([^",]*+))'
)

_LEVELS = {
    "LOG": Severity.INFO,
    "INFO": Severity.INFO,
    "NOTICE": Severity.NOTICE,
    "WARNING": Severity.WARNING,
    "ERROR": Severity.ERROR,
    "FATAL": Severity.CRITICAL,
    "PANIC": Severity.EMERGENCY,
}


@log_format("postgres", first=DIGITS + LETTERS + "[")
def read(line: str) -> Parts | None:
    """Details, hints and statements of a message are lines of their own, of unknown severity."""
    found = _STDERR.match(line)
    if found is not None:
        return found[1], None, "postgres", _severity(found[2]), line[found.end() :]
    found = _CSV.match(line)
    if found is None:
        return None
    stamp, level, quoted, bare = found.groups()
    message = quoted.replace('""', '"') if quoted is not None else bare
    return stamp, None, "postgres", _severity(level), message


def _severity(level: str) -> Severity:
    if level.startswith("DEBUG"):
        return Severity.DEBUG
    return _LEVELS.get(level, Severity.UNKNOWN)
