"""The real Telegraf writes to the topic; its measurements arrive under our names, none is dead."""

import subprocess
from pathlib import Path

from schemas.metric_names import UNITS
from tests.counterparts import found
from tests.flows.points import kept, settled_points
from tests.stack import RunningStack
from tests.workers import running

CONFIGURATION = """
[agent]
  hostname = "measured"
[[inputs.cpu]]
  percpu = true
[[inputs.mem]]
[[inputs.system]]
[[inputs.disk]]
  ignore_fs = ["tmpfs", "devtmpfs", "overlay"]
[[inputs.net]]
  ignore_protocol_stats = true
[[outputs.kafka]]
  brokers = ["{kafka}"]
  topic = "{topic}"
  data_format = "json"
"""


def test_telegraf_measures_under_our_names(stack: RunningStack, tmp_path: Path) -> None:
    with running(stack, ("persist",)) as workers:
        file = tmp_path / "telegraf.conf"
        topic = workers.settings.topic_prefix + "metrics.raw"
        file.write_text(CONFIGURATION.format(kafka=stack.kafka, topic=topic))
        command = [str(found("telegraf")), "--config", str(file), "--once"]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        ledger = settled_points(workers, 20)
        assert ledger.balanced, ledger.faults
        assert sum(line.dead_lettered for line in ledger.metrics) == 0
        assert sum(line.deduplicated for line in ledger.metrics) == 0
        names = {metric for host, metric, _ in kept(workers.settings) if host == "measured"}
        assert {"cpu_usage", "cpu_usage[cpu0]", "memory_used_percent", "load1"} <= names
        assert {"disk_used_percent", "net_recv_bytes"} <= {n.partition("[")[0] for n in names}
        assert len({name.partition("[")[0] for name in names} & set(UNITS)) > 15
