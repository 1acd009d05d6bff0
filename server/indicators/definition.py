"""PURE: an indicator, and how it is written.

    [on_time_arrivals]
    name = { en = "Arrivals on time", zh = "准点到达率" }
    meaning = { en = "…", zh = "…" }
    cube = "departures"           # names of the formula are of it, or weather.observations
    formula = "on_time_arrivals / flights"
    unit = "percent"              # or { code, symbol = { en, zh }, is_rate, scale }
    direction = "higher"          # lower, band
    decimals = 1
    frequency = "month"
    owner = "Grace Miller"
    department = { en = "Customer experience", zh = "客户体验部" }
    target_basis = { en = "…", zh = "…" }
    target_rollup = "mean"        # sum, last, weighted
    target_scope = "inherited"    # own: each organisation needs targets of its own

    [on_time_arrivals.curve]      # see `curve_form`
    kind = "two_anchor"
    worst = "0.5"

    [on_time_arrivals.targets]    # of the whole company; challenges likewise
    "2013-01" = "0.80"

    [on_time_arrivals.organisation_targets."network,AA"]
    "2013-01" = "0.82"

Numbers are texts, so that no binary float ever stands between the author and the number. Without
`target_scope`, a figure that is a ratio inherits the company's target, a volume does not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from server.errors import InvalidInput
from server.indicators.absence import Absence, Figure
from server.indicators.curve import Challenge, Curve, Direction
from server.indicators.curve_checks import curve_mistakes
from server.indicators.curve_form import read_curve, write_curve
from server.indicators.formula import Formula, parse_formula
from server.indicators.operands import Operand, operands_of
from server.indicators.reading import Fields
from server.indicators.rounding import number_text
from server.indicators.targets import ROLLUPS, Rollup, Target, target_in
from server.indicators.wording import UNITS, Text, Unit
from server.periods import KINDS, Kind, Period

__all__ = [
    "Direction",
    "Indicator",
    "Target",
    "Text",
    "Unit",
    "challenge_for",
    "indicator_from_mapping",
    "indicator_to_mapping",
    "indicators_from_mapping",
    "target_for",
]

MOST_DECIMALS = 9
MOST_TARGETS = 100_000
MOST_SCALE = 10**9
_SCOPES = ("inherited", "own")


@dataclass(frozen=True)
class Indicator:
    """A governed definition: what is measured, what is promised and how it is judged."""

    code: str
    name: Text
    meaning: Text
    cube: str
    formula: Formula
    unit: Unit
    direction: Direction
    decimals: int  # of the number that is shown
    frequency: Kind
    owner: str
    department: Text
    curve: Curve
    target_basis: Text
    target_rollup: Rollup
    inherits_target: bool  # an organisation without targets is held to the company's
    targets: tuple[Target, ...] = ()
    challenges: tuple[Target, ...] = ()
    version: int = 1

    @cached_property
    def operands(self) -> tuple[Operand, ...]:
        """What its formula takes from which cube, in the order of the names."""
        return operands_of(self.formula, self.cube)

    @cached_property
    def cubes(self) -> tuple[str, ...]:
        """The cubes that its figures come from, the one that it is of first."""
        others = {one.cube for one in self.operands} - {self.cube}
        return (self.cube, *sorted(others))

    @property
    def is_across(self) -> bool:
        """Whether its formula is over several cubes."""
        return len(self.cubes) > 1


def target_for(
    indicator: Indicator,
    period: Period,
    organisation: tuple[str | None, ...] = (),
    weights: Mapping[Period, Fraction] | None = None,
) -> Figure:
    """The target in force: the organisation's own, else the company's where it is inherited."""
    return _in_force(indicator, indicator.targets, period, organisation, weights)


def challenge_for(
    indicator: Indicator,
    period: Period,
    organisation: tuple[str | None, ...] = (),
    weights: Mapping[Period, Fraction] | None = None,
) -> Figure:
    """The challenge in force, by the rules of targets."""
    return _in_force(indicator, indicator.challenges, period, organisation, weights)


def indicators_from_mapping(written: object, where: str) -> tuple[Indicator, ...]:
    """Read all indicators of a file; ManyErrors names every mistake of every one."""
    fields = Fields(written, where)
    indicators = tuple(_read(table) for table in fields.tables())
    fields.finish()
    return indicators


def indicator_from_mapping(written: object, where: str) -> Indicator:
    """Read one indicator, its code among the fields; ManyErrors names every mistake."""
    fields = Fields(written, where)
    indicator = _read(fields)
    fields.finish()
    return indicator


def indicator_to_mapping(indicator: Indicator) -> dict[str, object]:
    """The written form, from which an equal indicator is read; plain JSON and TOML values."""
    written: dict[str, object] = {
        "code": indicator.code,
        "version": indicator.version,
        "name": _write_text(indicator.name),
        "meaning": _write_text(indicator.meaning),
        "cube": indicator.cube,
        "formula": str(indicator.formula),
        "unit": _write_unit(indicator.unit),
        "direction": str(indicator.direction),
        "decimals": indicator.decimals,
        "frequency": indicator.frequency,
        "owner": indicator.owner,
        "department": _write_text(indicator.department),
        "target_rollup": indicator.target_rollup,
        "target_scope": _SCOPES[0] if indicator.inherits_target else _SCOPES[1],
        "curve": write_curve(indicator.curve),
    }
    if indicator.target_basis != _NO_TEXT:
        written["target_basis"] = _write_text(indicator.target_basis)
    written.update(_write_targets("targets", indicator.targets))
    written.update(_write_targets("challenges", indicator.challenges))
    return written


_NO_TEXT = Text("", "")
_NO_FORMULA = parse_formula("0")


def _in_force(
    indicator: Indicator,
    targets: tuple[Target, ...],
    period: Period,
    organisation: tuple[str | None, ...],
    weights: Mapping[Period, Fraction] | None,
) -> Figure:
    rule = indicator.target_rollup
    own = target_in(targets, rule, period, organisation, weights)
    if own is Absence.NO_TARGET and organisation and indicator.inherits_target:
        return target_in(targets, rule, period, (), weights)
    return own


def _read(fields: Fields) -> Indicator:
    direction = fields.choice("direction", Direction)
    unit = _read_unit(fields)
    formula = _read_formula(fields)
    targets = _read_targets(fields, "targets")
    indicator = Indicator(
        code=fields.code("code"),
        version=fields.integer("version", 1, 2**31, 1),
        name=fields.wording("name"),
        meaning=fields.wording("meaning"),
        cube=fields.code("cube"),
        formula=formula,
        unit=unit,
        direction=direction,
        decimals=fields.integer("decimals", 0, MOST_DECIMALS, 0),
        frequency=_read_kind(fields),
        owner=fields.text("owner"),
        department=fields.wording("department"),
        curve=read_curve(fields.inner("curve"), direction),
        target_basis=fields.wording("target_basis", None if targets else _NO_TEXT),
        target_rollup=_read_rollup(fields),
        inherits_target=_read_inherits(fields, unit, formula),
        targets=targets,
        challenges=_read_targets(fields, "challenges"),
    )
    _check_judgement(fields, indicator)
    fields.close()
    return indicator


def _read_kind(fields: Fields) -> Kind:
    found = fields.one_of("frequency", KINDS, "month")
    return next(kind for kind in KINDS if kind == found)


def _read_rollup(fields: Fields) -> Rollup:
    found = fields.one_of("target_rollup", ROLLUPS)
    return next(rule for rule in ROLLUPS if rule == found)


def _read_inherits(fields: Fields, unit: Unit, formula: Formula) -> bool:
    ratio = formula.as_ratio
    is_ratio = unit.is_rate or (ratio is not None and bool(ratio[1].names))
    return fields.one_of("target_scope", _SCOPES, _SCOPES[0 if is_ratio else 1]) == _SCOPES[0]


def _read_formula(fields: Fields) -> Formula:
    written = fields.text("formula")
    try:
        return parse_formula(written) if written else _NO_FORMULA
    except InvalidInput as mistake:
        fields.mistake("formula", mistake.message.removeprefix("formula: "), mistake.allowed)
        return _NO_FORMULA


def _read_unit(fields: Fields) -> Unit:
    if not isinstance(fields.raw("unit"), Mapping):
        return UNITS[fields.one_of("unit", tuple(UNITS))]
    inner = fields.inner("unit")
    unit = Unit(
        code=inner.code("code"),
        symbol=inner.wording("symbol"),
        is_rate=inner.flag("is_rate", False),
        scale=inner.integer("scale", 1, MOST_SCALE, 1),
    )
    inner.close()
    return unit


def _read_targets(fields: Fields, key: str) -> tuple[Target, ...]:
    found = _read_periods(fields.inner(key), ())
    by_organisation = fields.inner(_SCOPED[key])
    for path in by_organisation.names():
        found += _read_periods(by_organisation.inner(path), read_path(path))
    if len(found) > MOST_TARGETS:
        fields.mistake(key, f"has {len(found)} entries; {MOST_TARGETS} are allowed")
    return tuple(found)


_SCOPED = {"targets": "organisation_targets", "challenges": "organisation_challenges"}


def _read_periods(fields: Fields, organisation: tuple[str, ...]) -> list[Target]:
    found = []
    for key in fields.names():
        value = fields.as_number(key, fields.raw(key))
        try:
            period = Period.parse(key)
        except InvalidInput as mistake:
            fields.mistake("", mistake.message, mistake.allowed)
            continue
        if value is not None:
            found.append(Target(period, value, organisation))
    return found


def _check_judgement(fields: Fields, indicator: Indicator) -> None:
    """What is promised and how it is judged must fit together."""
    named = tuple((_target_name(one), _monthly(one, indicator)) for one in indicator.targets)
    for sentence in curve_mistakes(indicator.curve, indicator.direction, named):
        fields.mistake("curve", sentence)
    if indicator.challenges and not isinstance(indicator.curve.shape, Challenge):
        fields.mistake("challenges", 'only a curve of kind = "challenge" looks at challenges')
    own = {(target.period, target.organisation): target.value for target in indicator.targets}
    for challenge in indicator.challenges:
        base = own.get((challenge.period, challenge.organisation))
        if base is not None and (challenge.value - base) * indicator.direction.sign <= 0:
            fields.mistake(
                "challenges",
                f"{_target_name(challenge)} is {number_text(challenge.value)}, "
                f"not beyond the target {number_text(base)}",
            )


def _monthly(target: Target, indicator: Indicator) -> Fraction:
    """The target as the anchors of the curve see it, which belong to one month of a sum."""
    months = len(target.period.months()) if indicator.target_rollup == "sum" else 0
    return target.value / months if months > 1 else target.value


def _target_name(target: Target) -> str:
    return " ".join((str(target.period), path_text(target.organisation))).strip()


def read_path(text: str) -> tuple[str, ...]:
    """Members from the top, separated by commas; a backslash takes the next sign as it is."""
    return tuple(re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"(?:\\.|[^,\\])+", text))


def path_text(path: tuple[str, ...]) -> str:
    """The text that `read_path` reads."""
    return ",".join(re.sub(r"([\\,])", r"\\\1", member) for member in path)


def _write_text(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def _write_unit(unit: Unit) -> object:
    if UNITS.get(unit.code) == unit:
        return unit.code
    return {
        "code": unit.code,
        "symbol": _write_text(unit.symbol),
        "is_rate": unit.is_rate,
        "scale": unit.scale,
    }


def _write_targets(key: str, targets: tuple[Target, ...]) -> dict[str, object]:
    by_path: dict[tuple[str, ...], dict[str, str]] = {}
    for target in targets:
        by_path.setdefault(target.organisation, {})[str(target.period)] = number_text(target.value)
    written: dict[str, object] = {}
    if () in by_path:
        written[key] = by_path.pop(())
    if by_path:
        written[_SCOPED[key]] = {path_text(path): values for path, values in by_path.items()}
    return written
