"""Clients of Redis: how they are let in, and what their faults mean."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from redis import exceptions
from redis.crc import key_slot

from connectors.buckets import Buckets
from connectors.cancelling import heed_cancellation
from connectors.redis import answering, ask_once, open_redis
from connectors.redis_address import url_of, without_password
from schemas.errors import Unavailable, UserError
from schemas.settings import load
from tests.valkey import Valkey


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:secret@h:1/0", "redis://h:1/0"),
        ("rediss://user:se%40cret@h/3?ssl_ca_certs=/x", "rediss://h/3"),
        ("redis://h", "redis://h"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_host_and_port_stand_for_a_url() -> None:
    settings = load(_env_file=None, redis_host="::1", redis_port=7000, redis_db=2)
    assert url_of(settings) == "redis://[::1]:7000/2"
    assert url_of(settings.model_copy(update={"redis_enabled": False})) == ""


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey")
    yield server
    server.kill()


async def test_a_password_may_stand_beside_the_url(valkey: Valkey) -> None:
    password, _, server = valkey.url.removeprefix("redis://:").rpartition("@")
    odd = "p@ss/w:rd"
    async with valkey.client() as client:
        await client.acl_setuser("someone", enabled=True, passwords=[f"+{odd}"], commands=["+@all"])
    for chosen in (
        {"redis_url": f"redis://{server}", "redis_password": password},
        {
            "redis_url": f"redis://{server}",
            "redis_username": "someone",
            "redis_password": odd,
        },
        {"redis_host": "127.0.0.1", "redis_port": int(server[10:-2]), "redis_password": password},
    ):
        async with open_redis(load(_env_file=None, **chosen)) as client:
            assert await client.ping()
    wrong = load(_env_file=None, redis_url=valkey.url + "99")
    with pytest.raises(UserError, match="DB index") as raised:
        await ask_once(wrong)
    assert "REDIS_DB" in raised.value.remedy


async def test_a_wrong_password_stops_a_start_and_a_server_that_is_away_does_not(
    valkey: Valkey,
) -> None:
    server = valkey.url.rpartition("@")[2]
    with pytest.raises(UserError, match="refuses our password") as raised:
        await ask_once(load(_env_file=None, redis_url=f"redis://:guessed@{server}"))
    assert "REDIS_PASSWORD" in raised.value.remedy
    assert "guessed" not in str(raised.value)
    valkey.kill()
    settings = load(_env_file=None, redis_url=valkey.url)
    await ask_once(settings)
    with pytest.raises(Unavailable) as away:
        async with open_redis(settings) as client:
            await client.ping()
    assert server in str(away.value)


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ResponseError("NOREPLICAS Not enough good replicas to write."),
        exceptions.MovedError("7 127.0.0.1:7"),
        exceptions.AskError("7 127.0.0.1:7"),
        exceptions.ClusterCrossSlotError("Keys in request don't hash to the same slot"),
        exceptions.ClusterDownError("The cluster is down"),
        exceptions.ExecAbortError("Transaction discarded because of previous errors."),
        exceptions.ResponseError("WHATEVER comes next"),
        exceptions.InvalidResponse("Protocol Error: b'HTTP/1.1 400 Bad Request'"),
    ],
    ids=lambda error: f"{type(error).__name__}-{str(error).split(' ')[0]}",
)
def test_an_answer_that_we_do_not_know_is_waited_out(error: exceptions.RedisError) -> None:
    settings = load(_env_file=None, redis_url="redis://127.0.0.1:1")
    with pytest.raises(Unavailable, match="Redis"), answering(settings):
        raise error


async def test_both_keys_of_a_bucket_are_on_one_node_of_a_cluster(valkey: Valkey) -> None:
    async with valkey.client() as client:
        settings = load(_env_file=None, redis_url=valkey.url)
        assert await Buckets(client, settings).take("read:user:1", 2, 1, "a page", 10) == (True, 1)
        keys = await client.keys("*")
    assert len(keys) == 2
    assert len({key_slot(key) for key in keys}) == 1


async def test_a_certificate_is_checked_against_the_named_authority(
    valkey: Valkey, tmp_path: Path
) -> None:
    authority = trustme.CA()
    cafile = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(cafile))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    password, _, plain = valkey.url.removeprefix("redis://:").rpartition("@")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = plain.removesuffix("/0").split(":")
        inner, outer = await asyncio.open_connection(host, int(port))
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(reader, outer))
            group.create_task(_pump(inner, writer))

    server = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=context)
    url = f"rediss://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    with pytest.raises(UserError, match="not trusted") as raised:
        await ask_once(load(_env_file=None, redis_url=url, redis_password=password))
    assert "REDIS_SSL_CAFILE" in raised.value.remedy
    named = {"redis_url": url, "redis_password": password, "redis_ssl_cafile": cafile}
    async with open_redis(load(_env_file=None, **named)) as client:
        assert await client.ping()
    server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def test_a_cancellation_that_was_swallowed_is_heeded() -> None:
    async def loop() -> None:
        while True:
            heed_cancellation()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue  # as asyncio.wait_for does now and then

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_wrong_option_in_the_address_is_said() -> None:
    wrong = load(_env_file=None, redis_url="redis://:secret@127.0.0.1/0?socket_timeout=soon")
    with pytest.raises(UserError, match="Invalid value for 'socket_timeout'") as raised:
        await ask_once(wrong)
    assert "REDIS_URL" in raised.value.remedy
    assert "secret" not in str(raised.value)
