"""What InfluxDB is asked, as Flux; every name and time in it is a parameter of the request."""

from typing import Final, get_args

from influxdb_client import Dialect

from connectors.stores.history.influx_lines import MEASUREMENT
from schemas.history import Aggregate

DIALECT: Final = Dialect(
    header=True, delimiter=",", annotations=[], comment_prefix="#", date_time_format="RFC3339"
)

_RANGE: Final = (
    "from(bucket: bucket) |> range(start: time(v: start), stop: time(v: stop))"
    f' |> filter(fn: (r) => r._measurement == "{MEASUREMENT}"'
)
_ONE: Final = _RANGE + " and r.host == host and r._field == metric)"
_ALL: Final = _RANGE + ")"
_HOST: Final = _RANGE + " and r.host == host)"
_TIMES: Final = ' |> keep(columns: ["_time", "_value"])'
_NAMED: Final = ' |> keep(columns: ["_time", "_value", "host", "_field"])'

POINTS: Final = _ONE + _TIMES
STEPS: Final[dict[Aggregate, str]] = {
    aggregate: f"{_ONE} |> aggregateWindow(every: step, fn: {aggregate}, createEmpty: false,"
    f' timeSrc: "_start"){_TIMES}'
    for aggregate in get_args(Aggregate)
}
FIRST: Final = f"{_ALL} |> first(){_NAMED}"
FIRST_OF: Final = f"{_HOST} |> first(){_NAMED}"
LAST: Final = f"{_ALL} |> last(){_NAMED}"
LAST_OF: Final = f"{_HOST} |> last(){_NAMED}"
EVERYTHING: Final = _ALL + _NAMED
HOW_MANY: Final = f"{_ALL} |> count() |> group() |> sum()"
