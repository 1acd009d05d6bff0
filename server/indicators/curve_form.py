"""PURE: how a scoring curve is written in a definition.

    kind = "breakpoints"          # steps, linear, two_anchor, band, spider, milestone, challenge
    on = "attainment"             # or "value"
    attainment = "ratio"          # mirror, inverse, signed, two_anchor (needs worst)
    points = [["0.8", 60], ["1", 100], ["1.2", 120]]
    below = 0                     # the score left of the first point; above = … right of the last
    cap = 120

Without `attainment`, `ratio` is taken where higher is better and `mirror` where lower is. The kind
`two_anchor` is `linear` on a two-anchor attainment. Numbers are texts or whole numbers.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from server.indicators.curve import (
    DEFAULT_BONUS,
    DEFAULT_CAP,
    Axis,
    Band,
    Breakpoints,
    Challenge,
    Curve,
    Direction,
    Linear,
    Method,
    Milestone,
    OnAttainment,
    OnValue,
    Point,
    Shape,
    Spider,
    Steps,
)
from server.indicators.reading import Fields
from server.indicators.rounding import number_text

KINDS = (
    "breakpoints",
    "steps",
    "linear",
    "two_anchor",
    "band",
    "spider",
    "milestone",
    "challenge",
)
MOST_POINTS = 100


def read_curve(fields: Fields, direction: Direction) -> Curve:
    """Read a curve; mistakes are left with the fields."""
    kind = fields.one_of("kind", KINDS)
    if fields.raw("kind") not in KINDS:
        return Curve(Spider(Fraction(0)))  # without a kind the other fields mean nothing
    shape = _read_shape(kind, fields, direction)
    cap = fields.optional_number("cap")
    curve = Curve(shape, DEFAULT_CAP if cap is None else cap, fields.flag("may_deduct", False))
    fields.close()
    return curve


def write_curve(curve: Curve) -> dict[str, object]:
    """The written form, from which `read_curve` reads an equal curve."""
    written = _write_shape(curve.shape)
    written["cap"] = number_text(curve.cap)
    if curve.may_deduct:
        written["may_deduct"] = True
    return written


def _read_shape(kind: str, fields: Fields, direction: Direction) -> Shape:
    match kind:
        case "breakpoints":
            axis, points = _read_axis(fields, direction), _read_points(fields)
            below, above = fields.optional_number("below"), fields.optional_number("above")
            return Breakpoints(axis, points, below, above)
        case "steps":
            axis, points = _read_axis(fields, direction), _read_points(fields)
            is_at_most = isinstance(axis, OnValue) and direction is Direction.LOWER
            return Steps(axis, points, is_at_most)
        case "linear":
            return Linear(_read_attainment(fields, direction))
        case "two_anchor":
            return Linear(_two_anchor(fields, direction))
        case "band":
            return Band(_read_axis(fields, direction), _read_limits(fields))
        case "spider":
            return Spider(fields.number("red"), fields.optional_number("goal"))
        case "milestone":
            return Milestone(direction, fields.optional_number("at"))
    bonus = fields.optional_number("bonus")
    axis = _read_attainment(fields, direction)
    return Challenge(axis, DEFAULT_BONUS if bonus is None else bonus)


def _read_axis(fields: Fields, direction: Direction) -> Axis:
    default = "value" if direction is Direction.BAND else None
    if fields.one_of("on", ("attainment", "value"), default) == "value":
        return OnValue()
    return _read_attainment(fields, direction)


def _read_attainment(fields: Fields, direction: Direction) -> OnAttainment:
    usual = Method.MIRROR if direction is Direction.LOWER else Method.RATIO
    method = fields.choice("attainment", Method, usual)
    if method is Method.TWO_ANCHOR:
        return _two_anchor(fields, direction)
    return OnAttainment(method, direction)


def _two_anchor(fields: Fields, direction: Direction) -> OnAttainment:
    return OnAttainment(Method.TWO_ANCHOR, direction, fields.number("worst"))


def _read_points(fields: Fields) -> tuple[Point, ...]:
    written = fields.raw("points")
    if not isinstance(written, Sequence) or isinstance(written, str) or not written:
        fields.mistake("points", "expected a list of pairs, each a place and its score")
        return ()
    if len(written) > MOST_POINTS:
        fields.mistake("points", f"has {len(written)} points; {MOST_POINTS} are allowed")
        return ()
    return tuple(_read_point(fields, place, pair) for place, pair in enumerate(written))


def _read_point(fields: Fields, place: int, pair: object) -> Point:
    key = f"points[{place}]"
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        fields.mistake(key, 'expected a pair such as ["0.8", 60]')
        return Point(Fraction(place), Fraction(0))
    x, score = (fields.as_number(key, part) for part in pair)
    return Point(x or Fraction(0), score or Fraction(0))


def _read_limits(fields: Fields) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    written = fields.raw("limits")
    if isinstance(written, list | tuple) and len(written) == 4:
        low, inner_low, inner_high, high = (
            fields.as_number(f"limits[{place}]", limit) or Fraction(0)
            for place, limit in enumerate(written)
        )
        return low, inner_low, inner_high, high
    fields.mistake("limits", "expected four numbers: outer low, inner low, inner high, outer high")
    return Fraction(0), Fraction(1), Fraction(2), Fraction(3)


def _write_shape(shape: Shape) -> dict[str, object]:
    match shape:
        case Breakpoints(axis, points, below, above):
            cliffs = {"below": below, "above": above}
            return {
                "kind": "breakpoints",
                **_write_axis(axis),
                "points": _write_points(points),
                **_numbers(cliffs),
            }
        case Steps(axis, points):
            return {"kind": "steps", **_write_axis(axis), "points": _write_points(points)}
        case Linear(axis):
            return {"kind": "linear", **_write_attainment(axis)}
        case Band(axis, limits):
            written = [number_text(limit) for limit in limits]
            return {"kind": "band", **_write_axis(axis), "limits": written}
        case Spider(red, goal):
            return {"kind": "spider", **_numbers({"red": red, "goal": goal})}
        case Milestone(_, at):
            return {"kind": "milestone", **_numbers({"at": at})}
        case Challenge(axis, bonus):
            return {"kind": "challenge", **_write_attainment(axis), "bonus": number_text(bonus)}


def _write_axis(axis: Axis) -> dict[str, object]:
    if isinstance(axis, OnValue):
        return {"on": "value"}
    return {"on": "attainment", **_write_attainment(axis)}


def _write_attainment(axis: OnAttainment) -> dict[str, object]:
    return {"attainment": str(axis.method), **_numbers({"worst": axis.worst})}


def _write_points(points: tuple[Point, ...]) -> list[list[str]]:
    return [[number_text(point.x), number_text(point.score)] for point in points]


def _numbers(values: Mapping[str, Fraction | None]) -> dict[str, object]:
    return {key: number_text(value) for key, value in values.items() if value is not None}
