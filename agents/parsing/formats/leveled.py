"""Time, level and message in the layouts of log4j, logback, Python's logging and their kin.

`2015-10-18 18:01:47,978 INFO [main] org.apache.X: message` and hundreds of orders of the same
parts: process id, thread and logger may stand before or after the level, in brackets, between
dashes, bars or colons. They are stripped; the logger becomes the service.
"""

import re

from agents.parsing.formats.layout import Layout
from agents.parsing.formats.patterns import BRACKETED, DIGITS, LETTERS, LEVEL, quick
from agents.parsing.formats.registry import Parts, Rank, log_format
from agents.parsing.severities import WORDS
from agents.parsing.times import STAMP, TIME_OF_DAY

# Not the layouts that have formats of their own: Apache, Proxifier, nginx, MySQL; and PostgreSQL,
# which is known below by two blanks behind its level.
_TIME = (
    r"(?!\[(?:[A-Z][a-z]{2} [A-Z][a-z]{2} |\d\d\.\d\d ))"
    rf"[\[(]?({STAMP}|{TIME_OF_DAY})(?![\w.])[\])]?+"
    r"(?! \[\w{1,16}\] \d+#| \d{1,20} \[(?:System|Note|Warning|ERROR|Error)\] )"
)

# [thread], {file.py:12}, a process id, or a name set off by a dash or a bar.
_BEFORE = (
    rf"(?:[\s,:|-]*+(?:{BRACKETED}|\{{[^}}]{{1,80}}\}}|#?\d[\d#/:]*+(?=[\s|\]])"
    r"|([A-Za-z_](?>(?:[\w.$/-]|:(?=\w)){0,127}))(?=\s[-|]\s|:\s)))"
)

# INFO, [INFO ], channel.INFO, INFO/process]
_LEVEL = (
    rf"[\s,:|-]{{0,8}}+(?:[\w-]{{1,64}}+\.)?[\[(<]?({LEVEL})(?!\w|:  )\s*+[\])>]?"
    r"(?:/[\w:.-]{1,64}\])?"
)

# Spring's "12345 ---", then any [thread] or [context].
_AFTER = rf"[\s:|,\]-]{{0,16}}+(?:\d{{1,10}} --- )?(?>(?:{BRACKETED}[\s:|-]*+){{0,3}})"

# What ends a logger's name: colon, dash, bar, bracket, or a tab with Go's file:line behind.
_END = r"(?:\s*+:(?=\s|$)|\s[-|](?=\s)|\](?=\s)|\t(?:\S{1,128}:\d+\t)?|(?=\s\[))"

# A name that ends so; or one with two dots before anything.
_LOGGER = (
    rf"(?:([A-Za-z_$<][\w.$@#/<>-]{{0,127}}+(?>(?:::?[\w<>]{{1,64}}+){{0,7}}))(?:\[\d{{1,10}}\])?{_END}"
    r"|([A-Za-z_$][\w$]*+(?>(?:\.[A-Za-z_$][\w$<>]*+){2,}))(?=:|\s):?)?"
    rf"\s*+(?>(?:{BRACKETED}\s*+){{0,2}})"
)

# The commonest order of all, because it is three times as fast: time, pid, [thread], level.
_THREAD = r"\[[^\[\]\n]*+\]"
_USUAL_TIME = (
    r"\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?>(?:[.,]\d{3,9}+)?)(?>(?:Z|[+-]\d\d:\d\d)?)"
    r"|\d\d/\d\d/\d\d \d\d:\d\d:\d\d|\d{6} \d{6}"
)
_USUAL_LOGGER = r"[A-Za-z_$][A-Za-z0-9_.$-]*+)(?:: ++| - "
_USUAL = quick(
    rf"\[?({_USUAL_TIME})\]?+ (?>(?:\d{{1,7}}+ )?)(?>(?:{_THREAD} )?)"
    rf"([A-Z]{{4,8}}+) ++(?>(?:{_THREAD} ++)?)"
    rf"(?>({_USUAL_LOGGER})|{_LOGGER})"
)
USUAL = Layout(
    rf"\[?(?P<time>{_USUAL_TIME})\]?+ (?>(?:\d{{1,7}}+ )?)(?>(?:{_THREAD} )?)"
    rf"(?P<level>INFO|WARN|ERROR|DEBUG|TRACE|FATAL) ++(?>(?:{_THREAD} ++)?)"
    rf"(?P<service>{_USUAL_LOGGER})"
)
_LINE = re.compile(f"{_TIME}{_BEFORE}{{0,4}}?{_LEVEL}{_AFTER}{_LOGGER}")


@log_format("leveled", rank=Rank.FAMILY, first=DIGITS + LETTERS + "[(", logger=True, usual=(USUAL,))
def read(line: str) -> Parts | None:
    """The level must stand among the first few parts, not merely somewhere in the line."""
    found = _USUAL.match(line)
    if found is not None and found[2] in WORDS:
        stamp, level, plain, after, dotted = found.groups()
        return stamp, None, plain or after or dotted, level, line[found.end() :]
    found = _LINE.match(line)
    if found is None:
        return None
    stamp, before, level, after, dotted = found.groups()
    return stamp, None, before or after or dotted, level, line[found.end() :]
