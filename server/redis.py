"""The only place that speaks to Redis: a connection for an address, failures as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError

from server.errors import QueueAway
from server.settings import without_password

__all__ = ["Redis", "SharedBuckets", "asking", "connect", "ping"]

CONNECT_SECONDS = 5
BUCKET_SECONDS = 0.2  # a request never waits longer to be counted

# How much is left of a bucket that fills evenly within a minute; takes up to what is wanted.
_TAKE = """
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local size, now, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local at = math.max(tonumber(kept[2]) or now, now)
local gained = (at - (tonumber(kept[2]) or now)) * size / 60
local left = math.min((tonumber(kept[1]) or size) + gained, size)
local taken = math.min(math.floor(left), wanted)
redis.call('HSET', KEYS[1],
  'left', string.format('%.17g', left - taken), 'at', string.format('%.17g', at))
redis.call('EXPIRE', KEYS[1], 120)
return {taken, string.format('%.17g', left - taken)}
"""


def connect(url: str, answer_seconds: float | None = None) -> Redis:
    """A client for `unix://`, `redis://` or `rediss://`; nothing is opened before its first use."""
    seconds = min(CONNECT_SECONDS, answer_seconds or CONNECT_SECONDS)
    return Redis.from_url(url, socket_connect_timeout=seconds, socket_timeout=answer_seconds)


class SharedBuckets:
    """Buckets that fill evenly, `size` in a minute, shared by all processes at one Redis."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._client = connect(url, BUCKET_SECONDS)
        self._script = self._client.register_script(_TAKE)

    def take(self, name: str, wanted: int, now: datetime) -> tuple[int, float]:
        """Take up to so many: how many there were, and what is left; `QueueAway` without Redis."""
        with asking(self._url):
            taken, left = self._script(
                keys=[f"indicube:bucket:{name}"], args=[self._size, now.timestamp(), wanted]
            )
        return int(taken), float(left)


@contextmanager
def asking(url: str) -> Iterator[None]:
    """Turn what Redis cannot do for us into `QueueAway`, naming the address."""
    try:
        yield
    except RedisError as reason:
        raise QueueAway(
            f"Redis at {without_password(url)} does not answer: {reason}", field="INDICUBE_REDIS"
        ) from reason


def ping(url: str) -> None:
    """Ask Redis whether it is there; `QueueAway` when it is not."""
    client = connect(url)
    with asking(url):
        client.ping()
    client.close()
