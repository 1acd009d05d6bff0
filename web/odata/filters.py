"""Reads a filter: `or` below `and` below comparisons below `not`, as OData says."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

from server.errors import InvalidInput, NotOffered
from web.odata.tokens import Token, tokens_of
from web.odata.tree import COMPARISONS, All, Any, Call, Compare, Expression, In, Literal, Name, Not

DEEPEST = 60
_ARITHMETIC = ("add", "sub", "mul", "div", "divby", "mod", "has")
_CONSTANTS = {"null": None, "true": True, "false": False}
# How many things each function is of.
FUNCTIONS = {
    "contains": 2,
    "startswith": 2,
    "endswith": 2,
    "tolower": 1,
    "toupper": 1,
    "trim": 1,
    "length": 1,
    "year": 1,
    "month": 1,
    "day": 1,
    "date": 1,
}


def read_filter(text: str, field: str = "$filter") -> Expression:
    """The expression in a text."""
    words = Words(text, field)
    found = expression(words)
    words.end()
    return found


class Words:
    """The words of a text, taken one after the other."""

    def __init__(self, text: str, field: str) -> None:
        self.field = field
        self._tokens = tokens_of(text, field)
        self._place = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        """The word that comes next."""
        return self._tokens[self._place]

    def take(self) -> Token:
        """Take the next word."""
        token = self.next
        self._place += token.kind != "end"
        return token

    def is_sign(self, sign: str) -> bool:
        """Whether a sign, or a word, comes next."""
        return self.next.text == sign and self.next.kind in ("sign", "word")

    def has(self, sign: str) -> bool:
        """Take a sign or a word if it comes next."""
        found = self.is_sign(sign)
        if found:
            self.take()
        return found

    def need(self, sign: str) -> None:
        """Take a sign or a word, which must come next."""
        if not self.has(sign):
            raise self.wrong(f"{sign!r}")

    def word(self, what: str) -> str:
        """Take a word, which must come next."""
        if self.next.kind != "word":
            raise self.wrong(what)
        return self.take().text

    def end(self) -> None:
        """Nothing may come any more."""
        if self.next.kind != "end":
            raise self.wrong("the end")

    def wrong(self, wanted: str) -> InvalidInput:
        """The mistake that something else is needed here."""
        found = "it ends" if self.next.kind == "end" else f"{self.next.text[:40]!r} stands there"
        return InvalidInput(
            f"{self.field} needs {wanted} at character {self.next.at + 1}, where {found}.",
            code="syntax",
            field=self.field,
        )

    def deeper(self, read: Callable[["Words"], Expression]) -> Expression:
        """Read something within, so deep at most."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidInput(f"{self.field} goes deeper than {DEEPEST}.", field=self.field)
        found = read(self)
        self._depth -= 1
        return found


def expression(words: Words) -> Expression:
    """Alternatives."""
    parts = [_conjunction(words)]
    while words.has("or"):
        parts.append(_conjunction(words))
    return parts[0] if len(parts) == 1 else Any(tuple(parts))


def _conjunction(words: Words) -> Expression:
    parts = [_comparison(words)]
    while words.has("and"):
        parts.append(_comparison(words))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _comparison(words: Words) -> Expression:
    left = _unary(words)
    while words.next.kind == "word":
        operator = words.next.text
        if operator in _ARITHMETIC:
            raise NotOffered(f"{operator!r} is not offered here.", field=words.field)
        if operator == "in":
            words.take()
            left = In(left, _list(words))
        elif operator in COMPARISONS:
            words.take()
            left = Compare(operator, left, _unary(words))
        else:
            break
    return left


def _unary(words: Words) -> Expression:
    if words.has("not"):
        return Not(words.deeper(_unary))
    return _primary(words)


def _primary(words: Words) -> Expression:
    if words.has("("):
        found = words.deeper(expression)
        words.need(")")
        return found
    token = words.next
    if token.kind in _LITERALS:
        words.take()
        return Literal(_literal(token, words.field))
    name = words.word("a property or a value")
    if name in _CONSTANTS:
        return Literal(_CONSTANTS[name])
    if words.is_sign("("):
        return _call(name, words)
    if words.is_sign("/"):
        raise NotOffered("There is nothing to go to from here by '/'.", field=words.field)
    return Name(name)


def _call(name: str, words: Words) -> Expression:
    if name not in FUNCTIONS:
        offered = ", ".join(FUNCTIONS)
        raise NotOffered(f"There is no {name!r} here; offered: {offered}.", field=words.field)
    arguments = _list(words)
    if len(arguments) != FUNCTIONS[name]:
        raise InvalidInput(f"{name} is of {FUNCTIONS[name]}.", code="syntax", field=words.field)
    return Call(name, arguments)


def _list(words: Words) -> tuple[Expression, ...]:
    words.need("(")
    listed = [words.deeper(expression)]
    while words.has(","):
        listed.append(words.deeper(expression))
    words.need(")")
    return tuple(listed)


def _literal(token: Token, field: str) -> str | int | Decimal | date:
    try:
        return _LITERALS[token.kind](token.text)
    except (ValueError, ArithmeticError):
        raise InvalidInput(
            f"{token.text[:40]!r} is no {_WRITTEN[token.kind]}.", code="syntax", field=field
        ) from None


def _number(text: str) -> int | Decimal:
    if text.lstrip("-").isdigit():
        return int(text[:40])
    found = Decimal(text)
    if abs(found.adjusted()) > 60:
        raise ValueError(text)
    return found


def _moment(text: str) -> date:
    """The day that begins at a moment: nothing here is known by the hour."""
    found = datetime.fromisoformat(text.upper())
    if found.time() != time():
        raise ValueError(text)
    return found.date()


_WRITTEN = {
    "text": "text",
    "number": "number that can be asked for",
    "date": "day",
    "moment": "beginning of a day",
}
_LITERALS: dict[str, Callable[[str], str | int | Decimal | date]] = {
    "text": lambda text: text[1:-1].replace("''", "'"),
    "number": _number,
    "date": date.fromisoformat,
    "moment": _moment,
}
