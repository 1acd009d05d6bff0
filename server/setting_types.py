"""Readers of setting values, and what is wrong with values that are right alone."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from server.errors import SettingsError

Reader = Callable[[str], object]


def text(value: str) -> str:
    if not value:
        raise ValueError("a text that is not empty")
    return value


def text_or_none(value: str) -> str:
    return value.strip()


def origins(value: str) -> tuple[str, ...]:
    """Origins as browsers write them, or * for all of them."""
    found = tuple(one.strip().rstrip("/") for one in value.split(",") if one.strip())
    for one in found:
        parts = urlsplit(one)
        is_site = parts.scheme in ("http", "https") and one == f"{parts.scheme}://{parts.netloc}"
        if one not in ("*", "null") and not (is_site and parts.hostname):
            raise ValueError("* or sites such as https://cubes.example, separated by commas")
    return found


def folder(value: str) -> Path:
    if not value:
        raise ValueError("a path")
    return Path(value).expanduser().absolute()


def folder_or_none(value: str) -> Path | None:
    return folder(value) if value else None


def truth(value: str) -> bool:
    words = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
    if value.lower() not in words:
        raise ValueError("1 or 0")
    return words[value.lower()]


def names(value: str) -> tuple[str, ...]:
    found = tuple(name.strip() for name in value.split(",") if name.strip())
    if any(not re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in found):
        raise ValueError("names of small letters, digits and _, separated by commas")
    return found


def whole(least: int, most: int) -> Reader:
    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", value) or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return read


def percent(value: str) -> Decimal:
    try:
        share = Decimal(value)
    except InvalidOperation:
        share = Decimal(-1)
    if not (share.is_finite() and 0 <= share <= 100):
        raise ValueError("a number from 0 to 100")
    return share


def one_of(*words: str) -> Reader:
    def read(value: str) -> str:
        if value not in words:
            raise ValueError(" or ".join(words))
        return value

    return read


def address(*schemes: str) -> Reader:
    def read(value: str) -> str:
        if value.split("://")[0] not in schemes or "://" not in value:
            raise ValueError(
                "an address that starts with " + " or ".join(f"{s}://" for s in schemes)
            )
        return value

    return read


def address_or_none(*schemes: str) -> Reader:
    read = address(*schemes)
    return lambda value: read(value) if value else ""


def site(value: str) -> str:
    """Where people reach a site: scheme and host alone; empty where nothing is said."""
    parts = urlsplit(value)
    is_site = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if value and not (is_site and value.rstrip("/") == f"{parts.scheme}://{parts.netloc}"):
        raise ValueError("an address such as https://indicube.example, without a path")
    return value.rstrip("/")


class Reach(Protocol):
    """The settings that say who reaches the web server, and how."""

    @property
    def host(self) -> str: ...
    @property
    def insecure_http(self) -> bool: ...
    @property
    def is_loopback(self) -> bool: ...
    @property
    def has_tls(self) -> bool: ...
    @property
    def tls_certificate(self) -> Path | None: ...
    @property
    def tls_key(self) -> Path | None: ...


def without_password(text: str) -> str:
    """The text with the passwords of an address in it, if any, made unreadable."""
    return re.sub(r"(://[^/@:]*:)[^@]*@|([?&](?:reader|streamer)=[^:&]*:)[^&]*", _masked, text)


def _masked(found: re.Match[str]) -> str:
    return f"{found[1]}***@" if found[1] else f"{found[2]}***"


def find_own_redis(home: Path, given: dict[str, str]) -> None:
    """Let commands find the Redis that `indicube up` started for this home."""
    note = home / "run" / "redis.path"
    if not {"INDICUBE_REDIS", "INDICUBE_REDIS_FILE"} & given.keys() and note.is_file():
        given["INDICUBE_REDIS"] = f"unix://{note.read_text(encoding='utf-8').strip()}"


def clashes(settings: Reach) -> list[SettingsError]:
    """Values that are right alone and wrong together."""
    clashes = []
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        clashes.append(
            SettingsError(
                "INDICUBE_TLS_CERTIFICATE and INDICUBE_TLS_KEY are only of use together",
                field="INDICUBE_TLS_KEY",
            )
        )
    if not (settings.is_loopback or settings.has_tls or settings.insecure_http):
        clashes.append(
            SettingsError(
                f"INDICUBE_HOST is {settings.host!r}, which other machines reach, over plain "
                "http: give INDICUBE_TLS_CERTIFICATE and INDICUBE_TLS_KEY, or INDICUBE_PROXIES "
                "for a proxy that speaks https, or allow it with INDICUBE_INSECURE_HTTP=1",
                field="INDICUBE_HOST",
            )
        )
    return clashes
