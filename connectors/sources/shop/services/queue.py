"""RabbitMQ on mq-1."""

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import APIS, BY_NAME, QUEUE, WORKER, Stream
from connectors.sources.shop.stamps import spaced


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Connections of the API hosts and of the worker that come and go."""
    found = []
    for host in (*APIS, WORKER):
        for at in occasions(seed, f"connection {host}", 45, start, stop):
            random = dice(seed, f"connection of {host}", int(at))
            number, port = random.randint(600, 9999), random.randint(32_768, 60_999)
            who = f"<0.{number}.0> ({BY_NAME[host].address}:{port} -> 10.20.3.61:5672)"
            found += [
                _line(at, number, f"accepting AMQP connection {who}"),
                _line(
                    at + 0.01,
                    number,
                    f"connection {who}: user 'shop' authenticated and granted access to vhost '/'",
                ),
                _line(at + 4, number, f"closing AMQP connection {who}"),
            ]
    for at in occasions(seed, "heart-beat missed", 800, start, stop):
        number = 600 + int(at) % 9000
        text = f"missed heartbeats from client of connection <0.{number}.0>, timeout: 60s"
        found.append(_line(at, number, text, "warning"))
    return found


def _line(at: float, number: int, text: str, level: str = "info") -> Said:
    line = f"{spaced(at)}+00:00 [{level}] <0.{number}.0> {text}"
    return Said(at, Stream(QUEUE, "rabbitmq"), line)
