"""Reads what a program asks: parameters of the address, or the same names in a JSON body.

A schema says which names there are and of what form; whatever else is sent is a mistake, so that
a slip of the pen is never answered with figures of another question.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from flask import Response, after_this_request, request
from marshmallow import Schema, ValidationError, fields

from server.errors import AskerError, InvalidInput, nearest
from server.snapshot import parse_as_of, parse_as_of_model
from web.api.formats import accepted_format
from web.api.mistakes import Mistakes
from web.words import LANGUAGES

ALWAYS = ("lang",)  # read by the gate, allowed everywhere
# What others call the same.
_ALSO_CALLED: Mapping[str, tuple[str, ...]] = {
    "by": ("drilldown",),
    "dimensions": ("drilldown", "rows"),
    "filter": ("cut",),
    "filters": ("cut",),
    "group_by": ("drilldown", "rows"),
    "groupby": ("drilldown", "rows"),
    "limit": ("pagesize", "size"),
    "measures": ("aggregates", "value"),
    "metrics": ("aggregates", "value"),
    "offset": ("page", "first"),
    "order_by": ("order",),
    "page_size": ("pagesize",),
    "per_page": ("pagesize",),
    "select": ("fields", "aggregates"),
    "sort": ("order",),
    "where": ("cut",),
}
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)


class _Twice(ValueError):
    """An object names something twice."""


class Text(fields.String):
    """Text that is text: no lone surrogates, no NUL."""

    def read(self, value: Any) -> str:
        """The text, if it is one."""
        if not isinstance(value, str):
            raise ValidationError("must be a text")
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValidationError("holds letters that are not text")
        return value


class Whole(fields.Integer):
    """A whole number; digits when it stands in an address."""

    def __init__(self, sentence: str, least: int = 0, most: int = 10**9) -> None:
        limits = {"description": sentence, "minimum": least, "maximum": most}
        super().__init__(metadata=limits)
        self.least, self.most = least, most

    def read(self, value: Any) -> int:
        """The number, if it is one within the limits."""
        if isinstance(value, str) and _DIGITS.fullmatch(value) and request.method != "POST":
            value = int(value)
        if type(value) is not int or not self.least <= value <= self.most:
            raise ValidationError(f"must be a whole number from {self.least} to {self.most}")
        return value


class Moment(Text):
    """The number of a snapshot, a day or an instant."""

    def __init__(self, sentence: str, *, required: bool = False) -> None:
        kept = {"description": sentence, "type": ["integer", "string"], "minimum": 0}
        super().__init__(required=required, metadata=kept)

    def read(self, value: Any) -> Any:
        """The number or the instant."""
        text = str(value) if type(value) is int else super().read(value)
        try:
            return parse_as_of(text)
        except InvalidInput as wrong:
            raise ValidationError(
                "must be the number of a publication, a day or an instant, such as "
                f"{', '.join(wrong.allowed)}"
            ) from None


class ModelMoment(Moment):
    """The number of a change of definitions, a day, an instant, or `then`."""

    def read(self, value: Any) -> Any:
        """The number, the instant or the word."""
        text = str(value) if type(value) is int else Text.read(self, value)
        try:
            return parse_as_of_model(text)
        except InvalidInput as wrong:
            raise ValidationError(
                "must be then, the number of a change of definitions, a day or an instant, such as "
                f"{', '.join(wrong.allowed)}"
            ) from None


class Texts(fields.List[str]):
    """Texts in a list; in an address the name is repeated."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Text(), metadata={"description": sentence})

    def read(self, value: Any) -> list[str]:
        """The texts, if it is a list of them."""
        if not isinstance(value, list):
            raise ValidationError("must be a list of texts")
        return [Text().read(one) for one in value]


class TextsByName(fields.Dict):
    """An object whose values are texts."""

    def __init__(self, sentence: str, example: Mapping[str, str]) -> None:
        kept = {"description": sentence, "example": dict(example)}
        super().__init__(keys=fields.String(), values=Text(), metadata=kept)

    def read(self, value: Any) -> dict[str, str]:
        """The texts by their names, if it is an object of them."""
        if not isinstance(value, dict):
            raise ValidationError("must be an object of texts")
        return {Text().read(name): Text().read(one) for name, one in value.items()}


class Names(Texts):
    """Names in a list, each entry also several joined by `,` or `|`."""

    def read(self, value: Any) -> list[str]:
        """The names, each apart."""
        return [name for text in super().read(value) for name in re.split(r"[,|]", text) if name]


class OneOf(Text):
    """One of a few words."""

    def __init__(self, words: Sequence[str], sentence: str, *, required: bool = False) -> None:
        kept = {"description": sentence, "enum": list(words)}
        super().__init__(required=required, metadata=kept)
        self.words = tuple(words)

    def read(self, value: Any) -> str:
        """The word, if it is one of them."""
        if value not in self.words:
            raise ValidationError(f"must be one of: {', '.join(self.words)}")
        return str(value)


class RowFormat(OneOf):
    """The form of rows; where the question does not say it, the header `Accept` does."""


class Switch(fields.Boolean):
    """true or false, as JSON says it; the same words when it stands in an address."""

    def read(self, value: Any) -> bool:
        """Whether it is true."""
        if request.method != "POST" and value in ("true", "false"):
            value = value == "true"
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class Part(fields.Nested):
    """An object with names of its own."""

    def read(self, value: Any) -> dict[str, Any]:
        """What it holds, as far as it can be read; raises what is wrong in it."""
        if not isinstance(value, dict):
            raise ValidationError("must be an object")
        mistakes = Mistakes()
        values = _values(self.schema, value, mistakes)
        mistakes.tell()
        return values


class _Reads(Protocol):
    """A field that reads one value as it was sent."""

    def read(self, value: Any) -> Any: ...


def read(schema: Schema, mistakes: Mistakes) -> dict[str, Any]:
    """What was asked, as far as it can be read; mistakes are kept with what is allowed."""
    if request.args.getlist("lang") not in ([], [request.args.get("lang") or None]):
        mistakes.add(InvalidInput("lang is one language.", field="lang", allowed=LANGUAGES))
    given = _body(mistakes) if request.method == "POST" else _query(schema)
    values = _values(schema, given, mistakes)
    if isinstance(schema.fields.get("format"), RowFormat):
        after_this_request(_depends_on_accept)
        if "format" not in given:
            values["format"] = accepted_format()
    return values


def read_only(schema: Schema) -> dict[str, Any]:
    """What was asked; every mistake in it is told at once."""
    mistakes = Mistakes()
    values = read(schema, mistakes)
    mistakes.tell()
    return values


def _depends_on_accept(answer: Response) -> Response:
    answer.vary.add("Accept")
    return answer


def _values(schema: Schema, given: Mapping[str, Any], mistakes: Mistakes) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in given.items():
        field = schema.fields.get(name)
        if field is None:
            mistakes.add(_unknown(name, schema))
            continue
        try:
            values[name] = cast(_Reads, field).read(value)
        except ValidationError as reason:
            mistakes.add(_wrong(name, field, value, reason))
        except AskerError as inside:
            mistakes.add(inside)
    for name, field in schema.fields.items():
        if field.required and name not in given:
            mistakes.add(InvalidInput(f"{name} is missing.", field=name))
    return values


def _query(schema: Schema) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in request.args:
        texts = request.args.getlist(name)
        is_list = isinstance(schema.fields.get(name), fields.List)
        # A name that is given twice by mistake is not of the form of one value.
        given[name] = texts if is_list or len(texts) > 1 else texts[0]
    return {name: value for name, value in given.items() if name not in ALWAYS}


def _body(mistakes: Mistakes) -> Mapping[str, Any]:
    for name in request.args:
        if name not in ALWAYS:
            mistakes.add(InvalidInput(f"{name} belongs into the body of a POST.", field=name))
    why = None
    try:
        found = json.loads(
            request.get_data() or b"{}", parse_constant=_no_number, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        found, why = None, f"{error.msg} at line {error.lineno}, column {error.colno}."
    except _Twice as twice:
        found, why = None, f"It names {str(twice)[:60]!r} twice; write the values as one list."
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    mistakes.add(InvalidInput("The body must be one JSON object.", field="body", hint=why))
    return {}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)  # one of the two would be dropped without a word
        found[name] = value
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)


def _unknown(name: str, schema: Schema) -> InvalidInput:
    allowed = (*schema.fields, *ALWAYS)
    meant = next((one for one in _ALSO_CALLED.get(name.lower(), ()) if one in allowed), None)
    return InvalidInput(
        f"There is no parameter {name[:60]!r} here. Allowed: {', '.join(allowed)}.",
        code="unknown_parameter",
        field=name[:60],
        allowed=allowed,
        hint=f"Did you mean {meant}?" if meant else None,
    )


def _wrong(
    name: str, field: fields.Field[Any], value: object, reason: ValidationError
) -> InvalidInput:
    said = "; ".join(str(one) for one in reason.messages)
    allowed = field.words if isinstance(field, OneOf) else ()
    return InvalidInput(
        f"{name} {said}.", field=name, allowed=allowed, hint=_how_to_write(field, value)
    )


def _how_to_write(field: fields.Field[Any], value: object) -> str | None:
    """How a value is written that is right but for its form."""
    if isinstance(field, OneOf) and isinstance(value, str):
        meant = nearest(value, field.words)
        return f"Did you mean {meant}?" if meant else None
    if isinstance(field, Texts) and isinstance(value, str):
        return f"Write [{json.dumps(value[:100], ensure_ascii=False)}]."
    if request.method == "POST" and isinstance(field, Switch | Whole) and isinstance(value, str):
        return "Write it without quotation marks."
    return None
