"""Telegraf's measurements and fields in our names.

Source: Telegraf's input plugins (cpu, mem, swap, system, disk, diskio, net, processes, procstat,
interface, temp, sensors) and the JSON that its serializer makes of them. A measurement names
its instances by tags; what is not listed becomes measurement_field with all its tags.
"""

from collections.abc import Mapping
from typing import Final

from schemas.metric_names import Rule, canonical, with_instance

# Whose points they are; what a poller asked goes before the poller.
HOST_TAGS: Final = ("agent_host", "host", "hostname")
# Tags that name one of several of a kind by their value alone.
INSTANCE_TAGS: Final = frozenset(
    {
        "path",
        "mountpoint",
        "interface",
        "device",
        "disk",
        "cpu",
        "sensor",
        "process",
        "process_name",
    }
)
_WHOLE: Final = frozenset({"cpu-total"})  # values of a tag that stand for the whole host

# Which tags name the instances of a measurement; of several only those that are there count.
_TAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "cpu": ("cpu",),
    "mem": (),
    "swap": (),
    "system": (),
    "processes": (),
    "disk": ("path",),
    "diskio": ("name",),
    "net": ("interface",),
    "procstat": ("process_name", "pattern", "pid"),
    "procstat_lookup": ("process_name", "pattern", "exe"),
    "interface": ("ifDescr", "ifIndex"),
    "temp": ("sensor",),
    "sensors": ("chip", "feature"),
}
# Fields whose measurement_field is not yet a name or an alias of the dictionary.
_FIELDS: Final = {
    ("cpu", "usage_idle"): Rule("cpu_usage", -1, 100),
    ("mem", "used_percent"): Rule("memory_used_percent"),
    ("mem", "buffered"): Rule("memory_buffered"),
    ("system", "load1"): Rule("load1"),
    ("system", "load5"): Rule("load5"),
    ("system", "load15"): Rule("load15"),
    ("system", "n_users"): Rule("users"),
    ("system", "n_cpus"): Rule("cpu_count"),
    ("system", "uptime"): Rule("uptime"),
    ("disk", "inodes_used_percent"): Rule("inodes_used_percent"),
    ("processes", "total"): Rule("processes"),
    ("procstat", "num_threads"): Rule("process_threads"),
    ("procstat_lookup", "running"): Rule("process_count"),
    ("interface", "ifInOctets"): Rule("if_in_bytes"),
    ("interface", "ifHCInOctets"): Rule("if_in_bytes"),
    ("interface", "ifOutOctets"): Rule("if_out_bytes"),
    ("interface", "ifHCOutOctets"): Rule("if_out_bytes"),
    ("temp", "temp"): Rule("temperature"),
    ("sensors", "temp_input"): Rule("temperature"),
}


def instance(measurement: str, tags: Mapping[str, str]) -> str:
    """What stands in the brackets for the points of a measurement; "" for the whole host."""
    wanted = _TAGS.get(measurement)
    if wanted is None:
        return of_tags(tags)
    values = [tags[tag] for tag in wanted if tags.get(tag)]
    return ",".join(value for value in values if value not in _WHOLE)


def of_tags(tags: Mapping[str, str]) -> str:
    """The same from the tags alone: all that tell series apart, in the order of their names."""
    told = sorted((tag, value) for tag, value in tags.items() if tag not in HOST_TAGS)
    if len(told) == 1 and told[0][0] in INSTANCE_TAGS:
        return told[0][1]
    return ",".join(f"{tag}={value}" for tag, value in told)


def rule(measurement: str, field: str, place: str) -> Rule:
    """The name, with its instance `place`, and the conversion of one field."""
    found = _FIELDS.get((measurement, field))
    if found is None:
        whole = measurement if field == "value" else f"{measurement}_{field}"
        return canonical(with_instance(whole, place))
    return found._replace(name=with_instance(found.name, place))
