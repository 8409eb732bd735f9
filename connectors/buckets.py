"""Buckets of tokens in Redis, shared by every process of the API; one script, so that none is
given out twice.
"""

from typing import Final

from redis.asyncio import Redis

from connectors.redis import answering
from schemas.settings import Settings

# Time is the server's, so that clocks of several machines do not matter.
_SCRIPT: Final = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local capacity, per_second = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = capacity
if held[1] then
  left = math.min(capacity, tonumber(held[1]) + math.max(0, now - tonumber(held[2])) * per_second)
end
local allowed, counted = 1, true
if ARGV[3] ~= '0' and redis.call('EXISTS', KEYS[2]) == 1 then
  counted = false
elseif left >= 1 then
  left = left - 1
  if ARGV[3] ~= '0' then redis.call('SET', KEYS[2], '1', 'PX', ARGV[3]) end
else
  allowed = 0
end
if counted then
  redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(capacity / per_second * 1000) + 1000)
end
return {allowed, string.format('%.6f', left)}
"""


class Buckets:
    """On one client of Redis."""

    def __init__(self, client: Redis, settings: Settings) -> None:
        self._settings = settings
        self._script = client.register_script(_SCRIPT)
        self._prefix = f"foreshock:{settings.topic_prefix}limits"

    async def take(
        self, name: str, capacity: int, per_second: float, action: str, same_seconds: float
    ) -> tuple[bool, float]:
        """Whether there was a token, and how many are left.

        Requests of one `action` cost one token in `same_seconds`; "" is an action of its own.
        Raises Unavailable, and UserError when Redis does not let us in.
        """
        bucket = f"{self._prefix}:{{{name}}}"  # braces: a cluster keeps both keys on one node
        names = [bucket, f"{bucket}:did:{action}"]
        same = round(same_seconds * 1000) if action else 0
        with answering(self._settings):
            allowed, left = await self._script(keys=names, args=[capacity, per_second, same])
        return bool(allowed), float(left)

    async def probe(self) -> None:
        """Takes from a bucket of its own, as a server that only reads answers a ping. Raises
        Unavailable, and UserError when Redis does not let us in.
        """
        await self.take("probe", 1, 1, "", 0)
