"""Log files over HTTP: every line once, whatever is cut or killed on the way."""

import csv
import gzip
import io
import os
import random
import signal
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import zstandard

from connectors.first_admin import first_login
from schemas.roles import Role
from schemas.settings import Settings
from tests.api.piped import Piped, until
from tests.api.serving import Served, serving

pytestmark = pytest.mark.stack

_MIB = 1024 * 1024
PATIENT = 200
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def log(mib: int, seed: int = 1) -> bytes:
    """So many MiB of lines that look like a program's; not one is twice there."""
    dice = random.Random(seed)
    made, size, number = [], 0, 0
    while size < mib * _MIB:
        number += 1
        line = (
            f"2026-11-23T10:{number // 60 % 60:02}:{number % 60:02}Z web-{number % 5} INFO request"
            f" {number} took {dice.randrange(900)} ms from 10.0.{dice.randrange(99)}.7"
        )
        made.append(line.encode())
        size += len(line) + 1
    return b"\n".join(made) + b"\n"


def count(data: bytes) -> int:
    """Lines, counted another way than the product does."""
    return data.count(b"\n") + (not data.endswith(b"\n"))


def begin(client: httpx.Client, source: str, name: str, size: int | None) -> dict[str, Any]:
    body = {"name": name, "source": source, "size": size}
    answer = client.post("/api/v1/uploads", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def put(client: httpx.Client, id_: str, data: bytes, offset: int) -> httpx.Response:
    return client.put(
        f"/api/v1/uploads/{id_}", content=data, headers={"Upload-Offset": str(offset)}
    )


def send(client: httpx.Client, upload: dict[str, Any], data: bytes, piece: int) -> dict[str, Any]:
    """The rest of a file, in pieces; goes on where it is told to."""
    found = upload
    while found["state"] == "open" and found["offset"] < len(data):
        offset = found["offset"]
        answer = put(client, upload["id"], data[offset : offset + piece], offset)
        assert answer.status_code == 200, answer.text
        found = answer.json()
    return found


@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd"])
def test_every_line_of_a_file_counts_once(piped: Piped, packing: str) -> None:
    data = log(20 if packing == "plain" else 6, seed=2)
    packed = PACKERS[packing](data)
    source = f"upload/{packing}"
    with piped.api.client() as client:
        upload = begin(client, source, f"app.{packing}", len(packed))
        found = send(client, upload, packed, 3 * _MIB)
    assert (found["state"], found["lines"]) == ("complete", count(data))
    assert found["bytes"] == len(data)
    book = piped.settled(source, count(data))
    assert (book["stored"], book["deduplicated"], book["dead_lettered"]) == (count(data), 0, 0)
    assert piped.get("/pipeline/ledger")["balanced"]


def test_a_file_of_unknown_size_is_completed(piped: Piped) -> None:
    with piped.api.client() as client:
        upload = begin(client, "upload/unknown", "a.log", None)
        assert put(client, upload["id"], b"one\ntw", 0).json()["offset"] == 6
        assert put(client, upload["id"], b"o\nthree", 6).json()["offset"] == 13
        for _ in range(2):
            answer = client.post(f"/api/v1/uploads/{upload['id']}/complete")
            assert answer.json()["state"] == "complete"
        assert answer.json()["lines"] == 3
        assert put(client, upload["id"], b"more", 13).status_code == 409
    assert piped.settled("upload/unknown", 3)["stored"] == 3


def test_a_piece_in_the_wrong_place_is_told_where_to_go_on(piped: Piped) -> None:
    with piped.api.client() as client:
        upload = begin(client, "upload/place", "a.log", 12)
        put(client, upload["id"], b"first\n", 0)
        answer = put(client, upload["id"], b"third\n", 12)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "6")
        ranged = {"Content-Range": "bytes 6-11/12"}
        answer = client.put(f"/api/v1/uploads/{upload['id']}", content=b"other\n", headers=ranged)
        assert (answer.status_code, answer.json()["state"]) == (200, "complete")
        assert put(client, upload["id"], b"", 0).json()["detail"].startswith("it is complete")
        assert put(client, "nothing", b"", 0).status_code == 404


class _Cut(Exception):
    """The sender's end."""


def _until_cut(data: bytes, at: int) -> Iterator[bytes]:
    for start in range(0, at, 65_536):
        yield data[start : min(at, start + 65_536)]
    time.sleep(1)
    raise _Cut


@pytest.mark.parametrize("packing", ["plain", "gzip"])
def test_a_file_that_was_cut_goes_on(piped: Piped, packing: str) -> None:
    data = log(6, seed=3)
    packed = data if packing == "plain" else gzip.compress(data)
    source = f"upload/cut-{packing}"
    with piped.api.client() as client:
        upload = begin(client, source, "app.log", len(packed))
        with pytest.raises(_Cut):
            client.put(
                f"/api/v1/uploads/{upload['id']}",
                content=_until_cut(packed, len(packed) // 2),
                headers={"Upload-Offset": "0", "Content-Length": str(len(packed))},
            )

        def moved() -> Any:
            found = client.get(f"/api/v1/uploads/{upload['id']}").json()
            return found if found["offset"] else None

        found = send(client, until(moved), packed, len(packed))
        assert (found["state"], found["lines"]) == ("complete", count(data))
    assert piped.settled(source, count(data))["stored"] == count(data)


def _second(piped: Piped, folder: Path) -> Settings:
    """Another API on the same servers, that may be killed."""
    return piped.settings.model_copy(update={"data_dir": folder})


@contextmanager
def _replica(piped: Piped, settings: Settings) -> Iterator[Served]:
    """It knows the admin of the first, and has made none of its own."""
    login = first_login(piped.api.settings.data_dir)
    assert login is not None
    with serving(settings) as api:
        api.tokens[Role.ADMIN] = api.log_in(login.username, login.password)["access_token"]
        yield api


def _kill_amid(api: Served, upload_id: str, packed: bytes, offset: int) -> None:
    """kill -9 while a piece is on its way: it takes three seconds, the API has half of them."""
    size = (len(packed) - offset) // 100 + 1

    def slowly() -> Iterator[bytes]:
        for start in range(offset, len(packed), size):
            yield packed[start : start + size]
            time.sleep(0.03)

    killing = threading.Timer(1.5, os.kill, (api.pid, signal.SIGKILL))
    killing.start()
    with api.client() as client, pytest.raises(httpx.TransportError):
        client.put(
            f"/api/v1/uploads/{upload_id}",
            content=slowly(),
            headers={"Upload-Offset": str(offset), "Content-Length": str(len(packed) - offset)},
        )
    killing.join()


@pytest.mark.parametrize("packing", ["plain", "gzip"])
def test_kill_9_of_the_api_loses_and_doubles_nothing(piped: Piped, packing: str) -> None:
    data = log(10, seed=4)
    packed = data if packing == "plain" else gzip.compress(data, 1)
    source = f"upload/killed-{packing}"
    with tempfile.TemporaryDirectory(prefix="foreshock-api-") as name:
        settings = _second(piped, Path(name))
        with _replica(piped, settings) as api:
            with api.client() as client:
                upload = begin(client, source, "app.log", len(packed))
            _kill_amid(api, upload["id"], packed, 0)
        with _replica(piped, settings) as api:
            with api.client() as client:
                offset = client.get(f"/api/v1/uploads/{upload['id']}").json()["offset"]
            _kill_amid(api, upload["id"], packed, offset)
        with _replica(piped, settings) as api, api.client() as client:
            found = client.get(f"/api/v1/uploads/{upload['id']}").json()
            assert found["state"] == "open"
            found = send(client, found, packed, len(packed))
    assert (found["state"], found["lines"]) == ("complete", count(data))
    book = piped.settled(source, count(data))
    assert book["stored"] == count(data)
    assert book["accepted"] == count(data) + book["deduplicated"]
    assert piped.get("/pipeline/ledger")["balanced"]


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.log", b"a line\n" * 1000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "status", "kind"),
    [
        (_zip(), 415, "archive"),
        (gzip.compress((b"a long line" * 64 + b"\n") * 50_000, 9), 413, "expansion"),
        (gzip.compress(b"a line\n" * 1000)[:-9] + b"123456789", 422, "undecodable"),
    ],
    ids=["zip", "bomb", "damaged"],
)
def test_what_is_no_log_is_refused(piped: Piped, data: bytes, status: int, kind: str) -> None:
    with piped.api.client() as client:
        upload = begin(client, f"upload/refused-{kind}", "app.log", len(data))
        answer = put(client, upload["id"], data, 0)
        assert answer.status_code == status, answer.text
        assert answer.json()["type"].endswith(kind)
        found = client.get(f"/api/v1/uploads/{upload['id']}").json()
        assert (found["state"], found["reason"]) == ("failed", answer.json()["detail"])
        assert put(client, upload["id"], b"more", found["offset"]).status_code == 409
    book = piped.settled(f"upload/refused-{kind}", found["lines"])
    assert book["stored"] == found["lines"]


def test_more_than_announced_or_allowed_is_refused(piped: Piped) -> None:
    with piped.api.client() as client:
        upload = begin(client, "upload/more", "app.log", 5)
        assert put(client, upload["id"], b"one\ntwo\n", 0).status_code == 413
        body = {"name": "a", "source": "upload/more", "size": 11 * 1024**3}
        assert client.post("/api/v1/uploads", json=body).status_code == 413


def test_times_without_a_zone_are_of_the_zone_that_the_sender_names(piped: Piped) -> None:
    time = datetime.now(ZoneInfo("America/New_York")).replace(microsecond=0) - timedelta(days=2)
    data = f"{time:%Y-%m-%d %H:%M:%S} INFO the shop has opened its doors\n".encode()
    with piped.api.client() as client:
        body = {"name": "a.log", "source": "upload/zoned", "timezone": "America/New_York"}
        made = client.post("/api/v1/uploads", json=body | {"size": len(data)})
        assert made.status_code == 201, made.text
        send(client, made.json(), data, len(data))
        refused = client.post("/api/v1/uploads", json=body | {"timezone": "Mars/Olympus"})
        assert refused.status_code == 422
        assert "no time zone" in refused.text
    piped.settled("upload/zoned", 1)
    found = piped.get("/patterns", source="upload/zoned", **{"from": "-7d"})["items"]
    assert [datetime.fromisoformat(one["first_seen"]) for one in found] == [time]


def test_uploads_are_listed_the_newest_first(piped: Piped) -> None:
    with piped.api.client() as client:
        made = [begin(client, "upload/listed", f"{n}.log", 1)["id"] for n in range(3)]
    page = piped.get("/uploads", limit=2)
    rest = piped.get("/uploads", limit=2, cursor=page["next_cursor"])
    assert [item["id"] for item in [*page["items"], *rest["items"]]][:3] == made[::-1]


def test_uploads_are_filtered_and_come_as_csv_that_no_spreadsheet_runs(piped: Piped) -> None:
    with piped.api.client() as client:
        small = begin(client, "upload/filter", "=1+1.log", 2)
        begin(client, "upload/filter", "large.log", 2_000)
        assert send(client, small, b"x\n", 2)["state"] == "complete"

        def names(query: str) -> list[str]:
            answer = client.get(f"/api/v1/uploads?source=upload/filter&{query}")
            assert answer.status_code == 200, answer.text
            return [item["name"] for item in answer.json()["items"]]

        assert names("created_at>-1h") == ["large.log", "=1+1.log"]
        assert names("size>=1e3") == names("state=open") == names("q=LARGE") == ["large.log"]
        assert names("lines=1&state!=open,failed") == ["=1+1.log"]
        assert names("updated_at<-1h") == names("created_by=nobody") == []
        assert client.get("/api/v1/uploads?colour=red").status_code == 422
    with piped.api.client(Accept="text/csv") as client:
        answer = client.get("/api/v1/uploads?source=upload/filter&state=complete")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["name"], row["size"], row["id"]) == ("'=1+1.log", "2", small["id"])


def test_memory_does_not_grow_with_the_file(piped: Piped) -> None:
    # Long lines, as it is bytes that would fill memory, and lines that take the pipeline's time.
    piece = (b"2026-11-23T10:00:00Z web-1 INFO the answer was " + b"x" * 3_600 + b"\n") * 4_000
    rounds = 14

    def endlessly() -> Iterator[bytes]:
        for _ in range(rounds):
            yield piece

    def resident() -> int:
        status = Path(f"/proc/{piped.api.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024

    with piped.api.client() as client:
        before = resident()
        upload = begin(client, "upload/large", "app.log", rounds * len(piece))
        answer = client.put(f"/api/v1/uploads/{upload['id']}", content=endlessly(), timeout=PATIENT)
        assert answer.json()["state"] == "complete", answer.text
    assert resident() - before < 96 < rounds * len(piece) / _MIB / 2
    lines = rounds * count(piece)
    assert piped.settled("upload/large", lines)["stored"] == lines
