"""Docker's json-file driver: `{"log":"text\\n","stream":"stdout","time":"2021-08-24T..."}`."""

from agents.parsing.formats import objects
from agents.parsing.formats.patterns import ANYTHING
from agents.parsing.formats.registry import Parts, log_format


@log_format("docker_json", first="{", wraps=ANYTHING)
def read(line: str) -> Parts | None:
    """Its time goes before the program's own: it has a zone."""
    if '"log":' not in line or '"stream":' not in line:
        return None
    record = objects.decode(line)
    if record is None or not isinstance(record.get("log"), str):
        return None
    message = record["log"].removesuffix("\n").removesuffix("\r")
    return objects.stamp(record.get("time")), None, None, None, message
