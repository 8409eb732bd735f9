"""One table from everybody's words for severity to ours; the original is kept beside it.

It holds the words of anomaly detectors, loggers, syslog, Alertmanager, Grafana, PagerDuty,
Opsgenie, Zabbix, Nagios, Sentry, ThousandEyes and ServiceNow. A digit alone is a syslog code
(RFC 5424, table 2); tools that count otherwise are translated where they come in.
"""

from typing import Final

from schemas.alerts import AlertSeverity

# Nobody is woken by a word that nobody knows, and nobody may overlook it either.
UNKNOWN_WORD: Final = AlertSeverity.WARNING

_SPELLINGS: Final = {
    AlertSeverity.CRITICAL: "critical crit emergency emerg panic alert fatal disaster blocker down"
    " page p0 p1 sev0 sev1 s1 0 1 2",
    AlertSeverity.HIGH: "high error err eror severe major failure urgent unreachable p2 sev2 s2 3",
    AlertSeverity.WARNING: "warning warn wrn medium moderate average minor degraded p3 sev3 s3 4",
    AlertSeverity.INFO: "info information informational notice normal ok none unclassified"
    " not_classified p4 sev4 s4 5 6",
    AlertSeverity.LOW: "low debug trace verbose trivial cosmetic planning p5 sev5 s5 7",
}

WORDS: Final[dict[str, AlertSeverity]] = {
    word: severity for severity, words in _SPELLINGS.items() for word in words.split()
}


def severity_of(word: str) -> AlertSeverity:
    """Ours for a word in any case, e.g. `P1`, `Sev-2`, `ERROR`, `Not classified`, `4`.

    A word that is in no table is a warning.
    """
    plain = word.strip(" \t[]<>():").lower()
    return (
        WORDS.get(plain)
        or WORDS.get(plain.replace(" ", "_"))
        or WORDS.get(plain.replace("-", "").replace(" ", ""))
        or UNKNOWN_WORD
    )
