"""What people read: an alert as a record, from what correlation holds of it."""

from typing import Final

from agents.correlation.severity import severity_of_all
from agents.correlation.state import Held, Sign
from schemas.alerts import Alert, AlertChange, AlertType, AnomalyData
from schemas.signals import Baseline

SOURCE: Final = "foreshock"  # who raised it
_LISTED: Final = 20  # other signs that an alert names one by one

_TYPES: Final[dict[str, AlertType]] = {
    "anomaly": "anomaly",
    "source_silent": "anomaly",
    "new_pattern": "pattern",
    "rate_change": "pattern",
}


def as_alert(held: Held, change: AlertChange | None = None) -> Alert:
    """The version that `held` is at, made by `change`. The strongest sign gives title, labels and
    data.
    """
    chief, *others = sorted(held.signs.values(), key=_strength)
    listed = others[:_LISTED]
    return Alert(
        id=held.id,
        fingerprint=held.fingerprint,
        version=held.version,
        type=_TYPES[chief.kind],
        title=_title(chief, len(others)),
        description=_description(chief, listed, len(others) - len(listed)),
        state=held.state,
        acknowledged=held.acknowledged,
        severity=severity_of_all((sign.kind, sign.severity) for sign in held.signs.values()),
        source_severity=chief.word,
        source=SOURCE,
        labels={"kind": chief.kind, **chief.labels},
        annotations=_annotations(chief, listed),
        count=held.count,
        first_seen=held.first_seen,
        last_seen=held.last_seen,
        resolved_at=held.closed_at,
        owner=held.owner,
        anomaly_data=_anomaly(chief),
        demo=held.demo,
        change=change,
    )


def _strength(sign: Sign) -> tuple[object, ...]:
    """The strongest first; the last members only make the order the same every time."""
    return (sign.severity.rank, not sign.paging, -sign.score, sign.onset, sign.kind, sign.scope)


def _title(chief: Sign, others: int) -> str:
    more = f" and {others} more sign{'s' if others > 1 else ''}" if others else ""
    return _subject(chief) + more


def _subject(sign: Sign) -> str:
    where = sign.labels.get("host") or sign.labels.get("source") or sign.scope
    if sign.kind == "source_silent":
        return f"{sign.labels.get('source') or where} is silent"
    if sign.kind == "new_pattern":
        return f"New {sign.word} pattern on {where}"
    if sign.kind == "rate_change":
        level = f"{sign.word} " if "pattern" in sign.labels else ""  # else it is all lines
        return f"Rate of {level}lines changed on {where}"
    return f"{sign.labels.get('metric') or sign.scope} is unusual on {where}"


def _line(sign: Sign) -> str:
    over = "" if sign.active else ", over"
    return f"{sign.onset:%H:%M:%S} {sign.severity}{over}: {_subject(sign)}: {sign.reason}"


def _description(chief: Sign, listed: list[Sign], unlisted: int) -> str:
    lines = [chief.reason, *map(_line, listed)]
    return "\n".join([*lines, f"and {unlisted} more"] if unlisted else lines)


def _annotations(chief: Sign, listed: list[Sign]) -> dict[str, str]:
    """The reason of each sign by its kind and scope, and a real line where there is one."""
    found = {f"{sign.kind} {sign.scope}": sign.reason for sign in [chief, *listed]}
    return found | ({"sample": chief.sample} if chief.sample else {})


def _anomaly(sign: Sign) -> AnomalyData | None:
    if sign.kind != "anomaly":
        return None
    base = sign.baseline
    return AnomalyData(
        metric=sign.labels.get("metric", ""),
        score=sign.score,
        value=sign.value,
        unit=sign.unit,
        baseline=Baseline(mean=base[0], std=base[1], low=base[2], high=base[3]) if base else None,
    )
