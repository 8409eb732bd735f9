"""What a variable looks like: one regular expression, most telling form first.

`LINE` matches at any place of any text, so that `finditer` cuts a line into tokens without a gap;
the name of the group that matched is the kind of the token; `TEMPLATE` knows placeholders besides.
Numbers are `[0-9]+`, whatever their length: two lines that differ only in digits are cut alike,
which the line cache relies on. No form can be matched in more ways than one: scans are linear.
"""

import re
from typing import Final

# A word ends at a blank or at one of these; each of them is a token of its own.
DELIMITERS: Final = r"=:,;()\[\]{}\"'|<>"
_CHAR: Final = rf"[^\s{DELIMITERS}]"
_END: Final = rf"(?=[.!?]*+(?!{_CHAR}))"
# Stops belong to a word only one by one and within it: "a.b", but not "done." and "rate...5".
_WITHIN: Final = rf"(?![\s{DELIMITERS}.!?]|\Z)"
_WORD: Final = rf"(?>(?:[^\s{DELIMITERS}.!?]|[.!?]{_WITHIN})+)"
_STEPS: Final = rf"(?>(?:[^\s{DELIMITERS}.!?]|[.!]{_WITHIN})+)"

_DAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK: Final = r"[0-9]+:[0-9]+:[0-9]+(?:[.,][0-9]+)?"
_ZONE: Final = r"(?:Z|[+-][0-9]+(?::[0-9]+)?)?"
_TOP_LEVEL: Final = r"(?:com|net|org|edu|gov)(?:\.[a-z]{2})?|(?:co|ac)\.[a-z]{2}"
_UNIT: Final = r"(?:[KMGTP]i?B|[KMGTP]?[Bb]ytes)"

_FORMS: Final = {
    "URL": r"[A-Za-z][A-Za-z0-9+.\-]*+://[^\s\"'<>()\[\]{},;|]++",
    "EMAIL": rf"[\w.+\-]++@[\w\-]++(?>(?:\.[\w\-]++)+){_END}",
    "UUID": rf"[0-9A-Fa-f]{{8}}-(?:[0-9A-Fa-f]{{4}}-){{3}}[0-9A-Fa-f]{{12}}{_END}",
    "IP": rf"/?[0-9]+(?:\.[0-9]+){{3}}(?::[0-9]+)?{_END}",
    "MAC": rf"[0-9A-Fa-f]{{2}}(?::[0-9A-Fa-f]{{2}}){{5}}{_END}",
    "IPV6": rf"[0-9A-Fa-f]++(?:::?[0-9A-Fa-f]++){{4,7}}{_END}",
    "DATE": (
        rf"[0-9]+[\-/][0-9]+[\-/][0-9]+[ T]{_CLOCK}{_ZONE}{_END}"
        rf"|{_DAY},? {_MONTH} +[0-9]+ {_CLOCK}(?: [A-Z]{{2,4}})? [0-9]+{_END}"
        rf"|{_MONTH} +[0-9]+ {_CLOCK}{_END}"
    ),
    "TIME": rf"{_CLOCK}{_END}",
    "HOST": (
        rf"(?>(?:[\w\-]++\.){{2,}})[\w\-]++:[0-9]++{_END}"
        rf"|(?:[a-z0-9\-]+\.)+(?:{_TOP_LEVEL})(?::[0-9]+)?{_END}"
    ),
    # A request names its protocol after the path.
    "PATH": (
        rf"(?:~|\.\.?)?/{_STEPS}(?:\?[^\s\"'<>]*+)?(?: HTTP/[0-9.]+)?"
        rf"|[A-Za-z]:\\{_WORD}"
    ),
    "SIZE": (
        rf"[0-9]+(?:\.[0-9]+)? {_UNIT} \([0-9.]+ {_UNIT}\)"
        rf"|[0-9]+(?:\.[0-9]+)? [KMGTP]i?B{_END}"
    ),
    "DURATION": r"<[0-9]+ (?:ms|s|secs?|min)\b",
    "word": _WORD,
    "stops": r"[.!?]+",
    "blank": r"\s+",
    "mark": rf"[{DELIMITERS}]",
}

_SCANNER: Final = "|".join(f"(?P<{kind}>{form})" for kind, form in _FORMS.items())

LINE: Final = re.compile(_SCANNER)
TEMPLATE: Final = re.compile(rf"(?P<slot>(?:[A-Za-z]*[-.#@/])?<(?:\*|[A-Z0-9]+)>)|{_SCANNER}")
