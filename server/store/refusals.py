"""What the engine's error codes mean, in sentences that say what to do about them.

A question that passes a limit is the asker's; everything else is told to whoever keeps the store.
The engine's own words name statements and paths, so they go to the log and to nobody else.
"""

import errno
import logging
import re
from collections.abc import Callable, Mapping

from server.errors import (
    IndicubeError,
    ModelMismatch,
    NoRoom,
    ServerError,
    SettingsError,
    StoreAway,
)
from server.store.address import VARIABLE, Address
from server.store.bounds import LIMIT_CODES, NO_BOUNDS, Bounds, passed

_MISSING = {16: "a column", 47: "a column", 60: "a table", 36: "a dictionary", 81: "the database"}
_AWAY = {
    202: "is busy",
    209: "does not answer",
    210: "cannot be reached",
    225: "has lost its Keeper, without which nothing is written; start that again",
    242: "is read-only, for it has lost its Keeper; start that again",
    999: "cannot speak with its Keeper; look whether that runs",
}
_NO_SPACE = 243
_STRANGER = (192, 193, 194, 516)
_READ_ONLY = 164
_NO_RIGHT = 497
_DAMAGED = (33, 40, 246, 271)
_WRITTEN_LATE = {
    159: (
        "did not do it in time",
        "store_late",
        "look what else it is doing, then load again",
    ),
    241: (
        "has too little memory for it",
        "store_memory",
        "load again when less is asked of it, in smaller files, or give it more memory",
    ),
    252: (
        "has too many parts in a table, for it cannot merge as fast as loads arrive",
        "too_many_parts",
        "wait some minutes, then load again; many small files are better loaded together "
        "(`group = true`)",
    ),
}
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]{3,})\)")
_GRANT = re.compile(r"the grant ([A-Z][A-Z ]+[A-Z])")

log = logging.getLogger(__name__)


def refusal(
    code: int, text: str, address: Address, *, is_writing: bool, bounds: Bounds = NO_BOUNDS
) -> IndicubeError:
    """The error that the engine's code stands for; `text` is what the engine says."""
    log.warning("the fact store at %s refused a statement: %s", address, _first_line(text))
    if is_no_space(text) or code == _NO_SPACE:
        return no_room(f"the fact store at {address}")
    if is_writing and code in _WRITTEN_LATE:
        what, name, remedy = _WRITTEN_LATE[code]
        sentence = f"the fact store at {address} {what}; nothing of it is visible"
        return ServerError(sentence, code=name, hint=remedy)
    if code in LIMIT_CODES:
        return passed(code, text, address, bounds)
    if code in _MISSING:
        return ModelMismatch(
            f"the fact store lacks {_MISSING[code]} that the cube model names; "
            "apply the model with `indicube sample` or `indicube migrate`"
        )
    if code in _AWAY:
        return StoreAway(f"the fact store at {address} {_AWAY[code]}")
    told = _TOLD.get(code)
    if told is not None:
        return told(address, text)
    return ServerError(f"the fact store refused a statement (its code {code}{_named(text)})")


def no_room(whose: str) -> NoRoom:
    """A disk that became full in the middle of writing."""
    return NoRoom(
        f"the disk of {whose} is full, so nothing is loaded until there is room; nothing of what "
        "was under way is visible. Everything that is loaded can be read",
        hint="make room, then load again; `indicube doctor` says how much is free",
    )


def is_no_space(text: str) -> bool:
    """Whether the operating system said that a disk is full."""
    return "No space left on device" in text or f"errno: {errno.ENOSPC}," in text


def _refused_user(address: Address, _text: str) -> IndicubeError:
    return SettingsError(
        f"the fact store at {address} refuses the user or the password",
        field=VARIABLE,
        hint=f"set both in {VARIABLE}: the writer's before the host, the reader's in ?reader=",
    )


def _read_only(address: Address, _text: str) -> IndicubeError:
    return SettingsError(
        f"the fact store at {address} lets its user only read, or not set what a question needs",
        field=VARIABLE,
        hint="the profiles of both users are in docs/production/clickhouse-users.xml",
    )


def _without_right(address: Address, text: str) -> IndicubeError:
    found = _GRANT.search(text)
    right = f"the right {found.group(1)}" if found else "a right"
    return SettingsError(
        f"the user of the fact store at {address} lacks {right}",
        field=VARIABLE,
        hint="the users and their rights are in docs/production/clickhouse-users.xml",
    )


def _damaged(address: Address, _text: str) -> IndicubeError:
    return ServerError(
        f"the fact store at {address} has bytes that are not as they were written",
        code="store_damaged",
        hint="`indicube verify --deep` finds them and puts the rows back out of the spool",
    )


_TOLD: Mapping[int, Callable[[Address, str], IndicubeError]] = {
    **dict.fromkeys(_STRANGER, _refused_user),
    **dict.fromkeys(_DAMAGED, _damaged),
    _READ_ONLY: _read_only,
    _NO_RIGHT: _without_right,
}


def _named(text: str) -> str:
    names = _NAME.findall(text)
    return f", {names[-1]}" if names else ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:500] if text.strip() else ""
