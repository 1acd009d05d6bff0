"""Which scope keys a source says that it covers: by parameter, by its name, by its first line."""

import re
from collections.abc import Sequence

from loaders.scope import declared_key, read_key
from loaders.specification import Specification
from server.errors import InvalidInput, LoadRejected


def declared_cover(
    specification: Specification, shown: str, given: Sequence[str], control_line: str | None
) -> tuple[str, ...]:
    """The keys that are covered, in canonical form; none: those of the source's rows.

    `given` are the keys that whoever starts the load names. What is said twice must agree.

    Raises:
        InvalidInput: what was given names no scope.
        LoadRejected: the source names no scope, another one than was given, or must and does not.
    """
    said = {"--scope": tuple(read_key(specification, text) for text in given)}
    try:
        said["its name"] = _of_name(specification, shown)
        said["its first line"] = _of_line(specification, control_line)
    except InvalidInput as wrong:
        raise LoadRejected(f"{shown}: {wrong.message}", field="scope") from None
    told = {where: tuple(sorted(set(keys))) for where, keys in said.items() if keys}
    if len(set(told.values())) > 1:
        words = " but ".join(f"{where} says {'; '.join(keys)}" for where, keys in told.items())
        raise LoadRejected(f"{shown} covers two things: {words}", field="scope")
    if specification.cover.required and not told:
        raise LoadRejected(
            f"{shown} does not say what it covers; {_ways(specification)}", field="scope"
        )
    return next(iter(told.values()), ())


def _of_name(specification: Specification, shown: str) -> tuple[str, ...]:
    pattern = specification.cover.file_name
    found = re.fullmatch(pattern, shown) if pattern else None
    return (declared_key(specification, found.groupdict(""), shown),) if found else ()


def _of_line(specification: Specification, line: str | None) -> tuple[str, ...]:
    texts = (text.strip() for text in (line or "").split(";"))
    return tuple(read_key(specification, text) for text in texts if text)


def _ways(specification: Specification) -> str:
    ways = ["give --scope"]
    if specification.cover.file_name:
        ways.append(f"name the file like {specification.cover.file_name}")
    if specification.cover.control_line:
        ways.append(f"say it after {specification.cover.control_line!r} in the first line")
    return " or ".join(ways)
