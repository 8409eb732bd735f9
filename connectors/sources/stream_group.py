"""One stream, read by one consumer of a group: everything that the bridge asks of Redis.

Beside the group a hash keeps the plans: which entries travel as one record. A plan is written by
whoever holds its entries, and goes when they are acknowledged, in one step; so an entry is never
in two plans, whoever reads it, and however often.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from redis.asyncio import Redis

from connectors.sources.stream_entries import Plan, StreamEntry

_INCARNATION: Final = b"incarnation"
_PAGE: Final = 1000

# allow-oom: a full server must still be emptied.
# A group made anew means another stream under the old name: nothing planned before counts.
_JOIN: Final = """#!lua flags=allow-oom
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if not made.err then
  redis.call('DEL', KEYS[2])
elseif string.sub(made.err, 1, 9) ~= 'BUSYGROUP' then
  return made
end
redis.call('HSETNX', KEYS[2], 'incarnation', ARGV[2])
return redis.call('HGET', KEYS[2], 'incarnation')
"""
# Refused when another consumer has taken one of the entries meanwhile. The answer names the stream,
# which may have been made anew behind our back.
_PLAN: Final = """#!lua flags=allow-oom
local incarnation = redis.call('HGET', KEYS[2], 'incarnation')
if not incarnation then return redis.error_reply('NOGROUP the plans are gone') end
local mine = {}
local rows = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[4], 1000000, ARGV[2])
for _, row in ipairs(rows) do mine[row[1]] = true end
for at = 6, #ARGV, 2 do
  for id in string.gmatch(ARGV[at], '%S+') do
    if not mine[id] then return '' end
  end
end
for at = 5, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) end
return incarnation
"""
# In one step, because a consumer is deleted together with whatever is pending with it.
_REMOVE: Final = """#!lua flags=allow-oom
local removed = 0
for _, row in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local about = {}
  for at = 1, #row, 2 do about[row[at]] = row[at + 1] end
  if about.pending == 0 and about.idle >= tonumber(ARGV[2]) and about.name ~= ARGV[3] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], about.name)
    removed = removed + 1
  end
end
return removed
"""
# Of every group the first entry that it still needs; the smallest of them stays. Ids of one length
# compare as text, so both halves are filled up with zeros.
_TRIM: Final = """#!lua flags=allow-oom
local function comparable(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return string.rep('0', 20 - #ms) .. ms .. string.rep('0', 20 - #sequence) .. sequence
end
local needed
for _, row in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local about = {}
  for at = 1, #row, 2 do about[row[at]] = row[at + 1] end
  local first = about['last-delivered-id']
  if about.pending > 0 then first = redis.call('XPENDING', KEYS[1], about.name)[2] end
  if not needed or comparable(first) < comparable(needed) then needed = first end
end
if not needed then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', '=', needed)
"""


class StreamGroup:
    """`incarnation` tells the stream from others of its name; true after each of `join`, `plan` and
    `plans`. Every method raises what the client does.
    """

    def __init__(self, client: Redis, stream: str, group: str, consumer: str) -> None:
        self.stream = stream
        self.incarnation = ""
        self._client: Any = client  # its types allow for text answers, too
        self._group = group
        self._consumer = consumer
        self._keys = [stream, f"foreshock:plans:{stream}:{group}"]
        # The client would keep the ids and drop what else the answer says.
        self._client.set_response_callback("XAUTOCLAIM", lambda response, **_: response)
        scripts = (_JOIN, _PLAN, _REMOVE, _TRIM)
        self._join, self._plan, self._remove, self._trim = map(client.register_script, scripts)

    async def join(self, token: str) -> None:
        """Makes stream and group where they are missing; a new group reads from the beginning."""
        found = await self._join(keys=self._keys, args=[self._group, token])
        self.incarnation = found.decode()

    async def read(self, count: int, block_ms: int | None) -> list[StreamEntry]:
        """The next entries that no consumer got yet; they are pending with us from now on.

        Waits up to `block_ms` for the first; None does not wait.
        """
        answer = await self._client.xreadgroup(
            self._group, self._consumer, {self.stream: ">"}, count=count, block=block_ms
        )
        return [StreamEntry(id_, fields) for _, found in _pairs(answer) for id_, fields in found]

    async def plan(self, plans: Sequence[Plan]) -> bool:
        """Writes plans down, all or none; False when an entry is not pending with us any more."""
        ids = [id_ for plan in plans for id_ in plan.ids]
        bounds = [min(ids, key=_order), max(ids, key=_order)]
        written = [part for plan in plans for part in (plan.name, b" ".join(plan.ids))]
        args = [self._group, self._consumer, *bounds, *written]
        found = await self._plan(keys=self._keys, args=args)
        self.incarnation = found.decode() or self.incarnation
        return bool(found)

    async def plans(self) -> list[Plan]:
        """All that were written and not settled, by whomever."""
        kept = await self._client.hgetall(self._keys[1])
        self.incarnation = kept.pop(_INCARNATION, b"").decode() or self.incarnation
        return [Plan(tuple(ids.split())) for ids in kept.values()]

    async def settle(self, plans: Iterable[Plan]) -> None:
        """Acknowledges the entries and strikes the plans out, in one step."""
        async with self._client.pipeline(transaction=True) as pipe:
            for plan in plans:
                pipe.xack(self.stream, self._group, *plan.ids)
                pipe.hdel(self._keys[1], plan.name)
            await pipe.execute()

    async def pending(self) -> dict[bytes, int]:
        """The first thousand entries that are ours and not acknowledged: deliveries by id."""
        rows = await self._client.xpending_range(
            self.stream, self._group, "-", "+", _PAGE, self._consumer
        )
        return {row["message_id"]: row["times_delivered"] for row in rows}

    async def claim(self, ids: Sequence[bytes]) -> list[StreamEntry]:
        """One more delivery of pending entries, to us; those deleted meanwhile are left out."""
        found = await self._client.xclaim(self.stream, self._group, self._consumer, 0, list(ids))
        return [StreamEntry(id_, fields) for id_, fields in found]

    async def deleted(self, ids: Iterable[bytes]) -> int:
        """How many of these are not in the stream any more."""
        async with self._client.pipeline(transaction=False) as pipe:
            for id_ in ids:
                pipe.xrange(self.stream, id_, id_)
            return sum(not found for found in await pipe.execute())

    async def forgive(self, ids: Sequence[bytes], deliveries: int) -> None:
        """Sets how often entries were delivered: a server that is away is not their fault."""
        await self._client.xclaim(
            *(self.stream, self._group, self._consumer, 0, list(ids)),
            retrycount=deliveries,
            justid=True,
        )

    async def take_over(self, idle_ms: int) -> tuple[int, int]:
        """Makes ours what nobody touched for so long, without counting it as a delivery.

        Returns how many entries were taken, and how many had been deleted before they were
        acknowledged.
        """
        taken = deleted = 0
        cursor = b"0-0"
        while True:
            answer = await self._client.execute_command(
                *("XAUTOCLAIM", self.stream, self._group, self._consumer, idle_ms, cursor),
                *("COUNT", _PAGE, "JUSTID"),
            )
            cursor = answer[0]
            taken, deleted = taken + len(answer[1]), deleted + len(answer[2])
            if cursor == b"0-0":
                return taken, deleted

    async def forget_empty_plans(self) -> None:
        """Strikes out plans of which nothing is pending: their entries were deleted."""
        for plan in await self.plans():
            first, last = min(plan.ids, key=_order), max(plan.ids, key=_order)
            if not await self._client.xpending_range(self.stream, self._group, first, last, 1):
                await self._client.hdel(self._keys[1], plan.name)

    async def remove_gone(self, idle_ms: int) -> int:
        """Removes consumers that were silent for so long and have nothing pending."""
        args: list[str | int] = [self._group, idle_ms, self._consumer]
        return int(await self._remove(keys=self._keys, args=args))

    async def trim(self) -> int:
        """Deletes the entries that every group of the stream has acknowledged; returns how many."""
        return int(await self._trim(keys=self._keys))

    async def lag(self) -> int:
        """Entries not delivered yet; -1 where the server cannot tell."""
        for about in await self._client.xinfo_groups(self.stream):
            if about["name"] == self._group.encode() and about["lag"] is not None:
                return int(about["lag"])
        return -1


def _order(id_: bytes) -> tuple[int, int]:
    ms, _, sequence = id_.partition(b"-")
    return int(ms), int(sequence)


def _pairs(answer: Any) -> Iterable[tuple[bytes, Any]]:
    """The answer by stream, in either version of the protocol."""
    return answer.items() if isinstance(answer, dict) else answer
