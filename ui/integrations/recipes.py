"""How programs send to us, ready to be copied. Pure: what is shown is what tests run.

A source stands percent-encoded in the address, so it needs no quoting in any of the languages.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from ui.origin import is_loopback

NO_KEY: Final = "YOUR_KEY"
BROKER: Final = "BROKER:9092"
NO_HOST: Final = "your-api.example"
_OPEN: Final = (NO_KEY, BROKER, NO_HOST)


class Place(NamedTuple):
    """Where and as whom a recipe sends: the API's address, a source, a key."""

    url: str
    source: str
    key: str

    def endpoint(self, name: str) -> str:
        """The address of a webhook with the source."""
        return f"{self.url}/webhooks/{name}?source={quote(self.source, safe='')}"


class Recipe(NamedTuple):
    """`endpoint` is what its key is for, "" where none is needed; `where` is the file's name."""

    title: str
    endpoint: str
    where: str
    note: str
    write: Callable[[Place], str]


def _curl(place: Place) -> str:
    return f'''# every line of a file, or of what is piped in
curl "{place.endpoint("generic")}" \\
  -H "Authorization: Bearer {place.key}" \\
  --data-binary @app.log

# JSON: lines and metrics, in one array or one object a line
curl "{place.endpoint("generic")}" \\
  -H "Authorization: Bearer {place.key}" -H "Content-Type: application/json" \\
  -d '[{{"message": "disk full", "level": "error", "host": "web-1"}},
       {{"metric": "cpu_usage", "value": 93.5, "host": "web-1"}}]'
'''


def _telegraf(place: Place) -> str:
    return f'''[[outputs.http]]
  url = "{place.endpoint("telegraf")}"
  method = "POST"
  data_format = "influx"
  content_encoding = "gzip"
  [outputs.http.headers]
    Authorization = "Bearer {place.key}"
'''


def _vector(place: Place) -> str:
    return f'''[sinks.foreshock]
type = "http"
inputs = ["my_source"]  # the names of your sources or transforms
uri = "{place.endpoint("generic")}"
method = "post"
compression = "gzip"
encoding.codec = "json"
framing.method = "newline_delimited"
auth.strategy = "bearer"
auth.token = "{place.key}"
'''


def _fluent_bit(place: Place) -> str:
    parts = urlsplit(place.url)
    secure = parts.scheme == "https"
    uri = place.endpoint("generic").removeprefix(f"{parts.scheme}://{parts.netloc}")
    tls = "\n    tls              on" if secure else ""
    return f"""[OUTPUT]
    Name             http
    Match            *
    Host             {parts.hostname}
    Port             {parts.port or (443 if secure else 80)}
    URI              {uri}
    Format           json_lines
    Json_date_key    @timestamp
    Json_date_format iso8601
    Compress         gzip
    Header           Authorization Bearer {place.key}
    Retry_Limit      no_limits{tls}
"""


def _kafka(place: Place) -> str:
    return f'''import asyncio

from aiokafka import AIOKafkaProducer

BROKER = "{BROKER}"
SOURCE = {place.source!r}


async def main() -> None:
    producer = AIOKafkaProducer(bootstrap_servers=BROKER, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        # A record is one JSON object, an array, one object a line, or plain lines.
        lines = b'{{"level": "error", "message": "disk full", "host": "web-1"}}\\n'
        headers = [("source", SOURCE.encode())]
        await producer.send_and_wait("logs.raw", lines, key=SOURCE.encode(), headers=headers)
    finally:
        await producer.stop()


asyncio.run(main())
'''


RECIPES: Final[Mapping[str, Recipe]] = {
    "curl": Recipe(
        "curl",
        "generic",
        "in a terminal",
        "202 means that the broker has it. 503 means: send the same again after Retry-After.",
        _curl,
    ),
    "telegraf": Recipe(
        "Telegraf",
        "telegraf",
        "telegraf.conf",
        "Whatever its inputs are: metrics get our names, log inputs become lines.",
        _telegraf,
    ),
    "vector": Recipe(
        "Vector",
        "generic",
        "vector.toml",
        "Events with a message become lines; host, timestamp and level are understood.",
        _vector,
    ),
    "fluent-bit": Recipe(
        "Fluent Bit",
        "generic",
        "fluent-bit.conf",
        "Records with log or message become lines, their time is that of @timestamp.",
        _fluent_bit,
    ),
    "kafka": Recipe(
        "Kafka producer",
        "",
        "producer.py",
        f"No key of ours: who reaches the broker may write. {BROKER} stands for its address:"
        " KAFKA_BOOTSTRAP_SERVERS where you run your own, else what `foreshock status` shows.",
        _kafka,
    ),
}


def address(public: str, ui_url: str, own: str) -> str:
    """Where producers find the API: as PUBLIC_API_URL says. Without it our own way there will do
    while nobody comes through a proxy (UI_URL): beyond one it is not theirs, and nobody knows it.
    """
    if public:
        return public.rstrip("/")
    beyond = ui_url and not is_loopback(urlsplit(ui_url).hostname or "")
    return f"https://{NO_HOST}" if beyond else own


def wish_of(name: str, source: str, recipe: Recipe) -> dict[str, object]:
    """What is asked of the API for a key that does this one thing."""
    return {
        "name": name.strip() or f"{recipe.title} for {source}"[:100],
        "sources": [source],
        "endpoints": [recipe.endpoint],
    }


def pieces(text: str, placeholders: Sequence[str] = _OPEN) -> list[tuple[str, bool]]:
    """The text cut at what still has to be filled in, which is marked."""
    found = [(text, False)]
    for word in placeholders:
        cut: list[tuple[str, bool]] = []
        for part, marked in found:
            if marked:
                cut.append((part, True))
                continue
            before, *behind = part.split(word)
            cut.append((before, False))
            for rest in behind:
                cut += [(word, True), (rest, False)]
        found = [piece for piece in cut if piece[0]]
    return found
