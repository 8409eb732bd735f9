"""First days with a database of somebody else: each refusal is a sentence with a remedy."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

from connectors.first_admin import first_admin_at_start
from connectors.stores import migrate as migrating
from connectors.stores.migrate import migrate
from connectors.stores.refusals import check_version
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings
from tests.stack import RunningStack


def url_of(settings: Settings) -> str:
    return settings.database_url.get_secret_value()


def test_an_old_server_is_named() -> None:
    check_version(140_000)
    check_version(180_001)
    with pytest.raises(UserError, match="the server is PostgreSQL 13") as refused:
        check_version(130_014)
    assert "14 or newer" in refused.value.remedy


@pytest.mark.stack
async def test_no_server_is_not_a_refusal(stack: RunningStack) -> None:
    nowhere = "postgresql://a:b@127.0.0.1:1/x"
    with pytest.raises(Unavailable, match="postgres is unavailable"):
        migrate(nowhere)
    with pytest.raises(Unavailable, match="postgres is unavailable"):
        await first_admin_at_start(stack.settings(database_url=nowhere))


@pytest.mark.stack
def test_a_user_who_may_not_make_tables(stack: RunningStack) -> None:
    owner = url_of(stack.settings())
    parts = urlsplit(owner)
    user = f"plain_{parts.path[1:]}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"create role {user} login password 'p'".encode())
        connection.execute("revoke create on schema public from public")
    plain = f"postgresql://{user}:p@{parts.netloc.rpartition('@')[2]}{parts.path}"
    with pytest.raises(UserError, match="permission denied for schema public") as refused:
        migrate(plain)
    assert "GRANT CREATE" in refused.value.remedy
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"grant create, usage on schema public to {user}".encode())
    migrate(plain)


@pytest.mark.stack
async def test_tables_of_another_user(stack: RunningStack) -> None:
    settings = stack.settings()
    owner = url_of(settings)
    migrate(owner)
    parts = urlsplit(owner)
    user = f"other_{parts.path[1:]}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"create role {user} login password 'p'".encode())
    other = f"postgresql://{user}:p@{parts.netloc.rpartition('@')[2]}{parts.path}"
    with pytest.raises(UserError, match="permission denied") as refused:
        migrate(other)
    assert "must belong to it" in refused.value.remedy
    with pytest.raises(UserError, match="permission denied"):
        await first_admin_at_start(stack.settings(database_url=other))


@pytest.mark.stack
def test_a_server_that_only_reads(stack: RunningStack) -> None:
    url = f"{url_of(stack.settings())}?options=-c%20default_transaction_read_only%3Don"
    with pytest.raises(UserError, match="only reads") as refused:
        migrate(url)
    assert "primary" in refused.value.remedy


@pytest.mark.stack
def test_tables_of_a_newer_version(stack: RunningStack) -> None:
    url = url_of(stack.settings())
    migrate(url)
    with psycopg.connect(url) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(UserError, match="a newer version of Foreshock") as refused:
        migrate(url)
    assert "newer one" in refused.value.remedy


@pytest.mark.stack
def test_several_starts_at_once_make_the_tables_once(stack: RunningStack) -> None:
    url = url_of(stack.settings())
    with ThreadPoolExecutor(4) as starts:
        assert list(starts.map(migrate, [url] * 4)) == [None] * 4
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)
        held = connection.execute(
            "select count(*) from pg_locks join pg_database on pg_database.oid = database"
            " where locktype = 'advisory' and datname = current_database()"
        )
        assert held.fetchone() == (0,)


@pytest.mark.stack
def test_a_held_lock_is_not_waited_for_for_ever(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = url_of(stack.settings())
    monkeypatch.setattr(migrating, "_PATIENCE", "100ms")
    with psycopg.connect(url) as holder:
        holder.execute("select pg_advisory_xact_lock(%s)", (migrating._LOCK,))
        with pytest.raises(UserError, match="something else holds the tables"):
            migrate(url)
    migrate(url)


@pytest.mark.stack
def test_the_lock_is_held_in_the_transaction_that_makes_the_tables(stack: RunningStack) -> None:
    """A session-wide lock would be another session's behind a transaction pooler."""
    url = url_of(stack.settings())
    migrate(url)
    with psycopg.connect(url) as connection:
        made = "select distinct xmin::text from pg_class where relname in ('users', 'alerts')"
        assert len(connection.execute(made).fetchall()) == 1
