"""The only place that speaks to Redis: a connection for an address, failures as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError

from server.errors import QueueAway
from server.settings import without_password

__all__ = ["Redis", "SharedBuckets", "SharedBytes", "SharedPlaces", "asking", "connect", "ping"]

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
# Takes one of so many places unless all are taken; a place that nobody gives back falls vacant.
_OCCUPY = """
local now, most = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= most then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ARGV[3])
redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[4])) + 60)
return 1
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


class SharedPlaces:
    """So many places under each name, shared by all processes at one Redis."""

    def __init__(self, url: str, most: int) -> None:
        self._url = url
        self._most = most
        self._client = connect(url, BUCKET_SECONDS)
        self._script = self._client.register_script(_OCCUPY)

    def occupy(self, name: str, place: str, now: float, seconds: float) -> bool:
        """Take a place for at most so long, unless all are taken; `QueueAway` without Redis."""
        with asking(self._url):
            return bool(self._script(keys=[_key(name)], args=[now, self._most, place, seconds]))

    def vacate(self, name: str, place: str) -> None:
        """Give a place back; `QueueAway` without Redis."""
        with asking(self._url):
            self._client.zrem(_key(name), place)


class SharedBytes:
    """Values under names, shared by all processes at one Redis."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url, BUCKET_SECONDS)

    def get(self, name: str) -> bytes | None:
        """The value, if there is one; `QueueAway` without Redis."""
        with asking(self._url):
            found = self._client.get(name)
        return found if isinstance(found, bytes) else None

    def put(self, name: str, value: bytes, seconds: int) -> None:
        """Keep a value for so long; `QueueAway` without Redis."""
        with asking(self._url):
            self._client.set(name, value, ex=seconds)


def _key(name: str) -> str:
    return f"indicube:places:{name}"


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
