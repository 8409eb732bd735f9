"""Who may sit, and until when."""

import asyncio

import pytest

from api.identities import Caller
from api.live import seats as under_test
from api.live.seats import Full, Seats
from connectors.journal.tail import Tail
from schemas.errors import Unavailable
from schemas.live import Close
from schemas.settings import load

ANNA = Caller("anna", "", None, "user", "one", 1)
BERT = Caller("bert", "", None, "user", "two", 1)


class Rights:
    """Answers as told."""

    def __init__(self) -> None:
        self.refused: dict[Caller, str] = {}
        self.away = False

    async def __call__(self, caller: Caller) -> str:
        if self.away:
            raise Unavailable("postgres", "away")
        return self.refused.get(caller, "")


@pytest.fixture
def rights() -> Rights:
    return Rights()


@pytest.fixture
def seats(rights: Rights) -> Seats:
    return Seats(Tail(load(_env_file=None)), rights)


def test_a_session_gets_so_many_and_leaves_them_free_again(
    seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "MOST_A_SESSION", 2)
    monkeypatch.setattr(under_test, "MOST", 3)
    with seats.take(ANNA), seats.take(ANNA):
        with pytest.raises(Full, match="this session"), seats.take(ANNA):
            pass
        with seats.take(BERT), pytest.raises(Full, match="this process"), seats.take(BERT):
            pass
    with seats.take(ANNA), seats.take(ANNA):
        pass


async def test_who_may_no_longer_listen_is_told_why(seats: Seats, rights: Rights) -> None:
    running = asyncio.create_task(seats.run())
    with seats.take(ANNA) as anna, seats.take(BERT) as bert:
        rights.refused[ANNA] = "logged out"
        async with asyncio.timeout(60):
            await anna.ended.wait()
        assert anna.ending == (Close.NOT_PERMITTED, "logged out")
        assert bert.ending is None
    running.cancel()


async def test_rights_that_cannot_be_known_end_it_after_a_while(
    seats: Seats, rights: Rights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "_CHECK_SECONDS", 0.0)
    rights.away = True
    running = asyncio.create_task(seats.run())
    with seats.take(ANNA) as anna:
        await asyncio.sleep(0)
        assert anna.ending is None
        monkeypatch.setattr(under_test, "_PATIENCE_SECONDS", 0.0)
        async with asyncio.timeout(60):
            await anna.ended.wait()
        assert anna.ending is not None
        assert anna.ending.code is Close.TRY_LATER
    running.cancel()
