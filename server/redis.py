"""The only place that speaks to Redis: a connection for an address, failures as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError

from server.errors import QueueAway
from server.settings import without_password

__all__ = ["Redis", "asking", "connect", "ping"]

CONNECT_SECONDS = 5


def connect(url: str) -> Redis:
    """A client for `unix://`, `redis://` or `rediss://`; nothing is opened before its first use."""
    return Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS)


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
