"""PURE: reading a written definition field by field, collecting every mistake.

`Fields` hands out typed values. A field that is missing or wrong leaves a mistake and a stand-in
value, so that reading goes on and the author sees everything at once; `finish` raises them all.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeGuard, TypeVar

from server.errors import IndicubeError, InvalidInput, ManyErrors
from server.indicators.rounding import read_number
from server.indicators.wording import Text

Choice = TypeVar("Choice", bound=StrEnum)
LONGEST_TEXT = 4000
LONGEST_CODE = 60
LARGEST_INTEGER = 10**18


class Fields:
    """The fields of one written mapping, with the place that mistakes name."""

    def __init__(
        self, written: object, where: str, mistakes: list[IndicubeError] | None = None
    ) -> None:
        self.where = where
        self.mistakes = mistakes if mistakes is not None else []
        self._taken: set[str] = set()
        self._written: Mapping[str, object] = {}
        if isinstance(written, Mapping):
            self._written = {str(key): value for key, value in written.items()}
        else:
            self.mistake("", f"expected a table, not {_kind(written)}")

    def has(self, key: str) -> bool:
        """Whether a field is written."""
        return key in self._written

    def raw(self, key: str) -> object:
        """A field as it is written; None when it is missing."""
        self._taken.add(key)
        return self._written.get(key)

    def names(self) -> tuple[str, ...]:
        """The fields that are written, in their order."""
        return tuple(self._written)

    def mistake(self, key: str, sentence: str, allowed: Collection[str] = ()) -> None:
        """Note a mistake of a field."""
        place = f"{self.where} {key}".strip()
        self.mistakes.append(
            InvalidInput(f"{place}: {sentence}", field=key or None, allowed=allowed)
        )

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        written = self.raw(key)
        if written is None and default is not None:
            return default
        if not isinstance(written, str) or not written.strip():
            self._expected(key, "a text", written)
            return ""
        if len(written) > LONGEST_TEXT:
            self.mistake(key, f"has {len(written)} characters; {LONGEST_TEXT} are allowed")
        return written

    def code(self, key: str) -> str:
        """A code: small letters, digits and underscores, beginning with a letter."""
        written = self.text(key)
        if written and not is_code(written):
            self.mistake(
                key,
                f"{written[:LONGEST_CODE]!r} is not a code; small letters, digits and _ are "
                f"allowed, a letter first, at most {LONGEST_CODE}",
            )
        return written

    def wording(self, key: str, default: Text | None = None) -> Text:
        """A text in both languages."""
        written = self.raw(key)
        if written is None and default is not None:
            return default
        if written is None:
            self._expected(key, "a table with en and zh", written)
            return Text("", "")
        inner = self.inner(key)
        wording = Text(inner.text("en"), inner.text("zh"))
        inner.close()
        return wording

    def choice(self, key: str, kinds: type[Choice], default: Choice | None = None) -> Choice:
        """One of the values of an enumeration."""
        allowed = [str(kind) for kind in kinds]
        found = self.one_of(key, allowed, None if default is None else str(default))
        return kinds(found)

    def one_of(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of some words; the first stands in for a wrong one."""
        written = self.raw(key)
        if written is None and default is not None:
            return default
        if isinstance(written, str) and written in allowed:
            return written
        self._expected(key, "one of " + ", ".join(allowed), written, allowed)
        return allowed[0]

    def number(self, key: str) -> Fraction:
        """An exact number."""
        written = self.raw(key)
        if written is None:
            self._expected(key, "a number", written)
            return Fraction(0)
        return self.as_number(key, written) or Fraction(0)

    def optional_number(self, key: str) -> Fraction | None:
        """An exact number, or None when it is not written."""
        written = self.raw(key)
        return None if written is None else self.as_number(key, written)

    def as_number(self, key: str, written: object) -> Fraction | None:
        """A written value as an exact number; None after noting a mistake."""
        try:
            return exact_number(written)
        except InvalidInput as mistake:
            self.mistake(key, mistake.message, mistake.allowed)
            return None

    def integer(self, key: str, lowest: int, highest: int, default: int | None = None) -> int:
        """A whole number within limits."""
        written = self.raw(key)
        if written is None and default is not None:
            return default
        if _is_whole(written) and lowest <= written <= highest:
            return written
        self._expected(key, f"a whole number from {lowest} to {highest}", written)
        return lowest

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        written = self.raw(key)
        if written is None or isinstance(written, bool):
            return default if written is None else written
        self._expected(key, "true or false", written)
        return default

    def inner(self, key: str) -> "Fields":
        """The fields of a table inside; missing counts as empty."""
        written = self.raw(key)
        place = f"{self.where} {key}".strip()
        return Fields({} if written is None else written, place, self.mistakes)

    def items(self, key: str) -> tuple["Fields", ...]:
        """The tables of a list inside; at least one is needed."""
        written = self.raw(key)
        if not isinstance(written, list | tuple) or not written:
            self._expected(key, "a list of tables, at least one", written)
            return ()
        return tuple(
            Fields(one, f"{self.where} {key}[{place}]", self.mistakes)
            for place, one in enumerate(written)
        )

    def tables(self) -> Iterator["Fields"]:
        """The tables of a file, each with the key under which it stands as its code."""
        for code in self.names():
            written = self.raw(code)
            place = f"{self.where} [{code}]"
            if isinstance(written, Mapping):
                if written.get("code", code) != code:
                    self.mistake(f"[{code}] code", f"is {_quoted(written['code'])}, not {code}")
                written = {**written, "code": code}
            yield Fields(written, place, self.mistakes)

    def close(self) -> None:
        """Note every field that nobody asked for."""
        for key in self._written:
            if key not in self._taken:
                close = difflib.get_close_matches(key, self._taken, n=1)
                guess = f"; did you mean {close[0]}?" if close else ""
                self.mistake(key, f"is not a known field{guess}", sorted(self._taken))

    def finish(self) -> None:
        """Raise all mistakes that were noted here and inside."""
        if self.mistakes:
            raise ManyErrors(self.mistakes)

    def _expected(
        self, key: str, what: str, written: object, allowed: Collection[str] = ()
    ) -> None:
        found = "is missing; expected" if written is None else f"is {_quoted(written)}; expected"
        self.mistake(key, f"{found} {what}", allowed)


def is_code(text: str) -> bool:
    """Whether a text can be a code."""
    plain = text.isascii() and text.replace("_", "a").isalnum() and text == text.lower()
    return plain and text[:1].isalpha() and len(text) <= LONGEST_CODE


def exact_number(written: object) -> Fraction:
    """A written number without loss; a binary float has already lost what was written."""
    if isinstance(written, str):
        return read_number(written.strip())
    if isinstance(written, Decimal) and written.is_finite():
        return read_number(f"{written:f}")
    if _is_whole(written) and abs(written) < LARGEST_INTEGER:
        return Fraction(written)
    if isinstance(written, Fraction):
        return written
    hint = "; write it as text" if isinstance(written, float) else ""
    raise InvalidInput(f"{_quoted(written)} is not an exact number{hint}")


def _is_whole(written: object) -> TypeGuard[int]:
    return isinstance(written, int) and not isinstance(written, bool)


def _quoted(written: object) -> str:
    return repr(written)[:60]


def _kind(written: object) -> str:
    return "nothing" if written is None else f"{type(written).__name__} {_quoted(written)}"
