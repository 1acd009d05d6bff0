"""PURE: perspectives, objectives and weights, and the roll-up of scores.

    [punctuality]
    name = { en = "…", zh = "…" }
    meaning = { en = "…", zh = "…" }       # may be left out
    min_coverage = "0.6"
    bands = { exceeded = 100, on_target = 90, watch = 60 }

    [[punctuality.perspectives]]
    code = "passengers"
    name = { en = "Passengers", zh = "旅客" }
    weight = 35
    method = "average"                     # min: one veto fails all; max

    [[punctuality.perspectives.objectives]]
    code = "arrive_as_promised"
    name = { en = "Arrive as promised", zh = "按承诺到达" }
    weight = 70
    indicators = [
      { code = "on_time_arrival", weight = 60 },
      { code = "severe_delays", weight = 40 },
    ]

Weights are relative within their parent. Values of different units are never rolled up, only
scores; a parent organisation's indicator is computed from its own facts, not from its children's
scores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol, TypeVar

from server.indicators.absence import Figure
from server.indicators.reading import Fields
from server.indicators.rollup import Method, RolledUp, Weighted, roll_up, shares
from server.indicators.rounding import number_text
from server.indicators.scoring import DEFAULT_BANDS, Bands
from server.indicators.wording import Text

__all__ = [
    "CardScore",
    "Link",
    "Method",
    "Objective",
    "Perspective",
    "RolledUp",
    "Scorecard",
    "Weighted",
    "effective_weights",
    "roll_up",
    "score_card",
    "scorecard_from_mapping",
    "scorecard_to_mapping",
    "scorecards_from_mapping",
]

DEFAULT_MIN_COVERAGE = Fraction(3, 5)


@dataclass(frozen=True)
class Link:
    """An indicator within an objective."""

    code: str
    weight: Fraction


@dataclass(frozen=True)
class Objective:
    """What is to be reached, measured by indicators."""

    code: str
    name: Text
    weight: Fraction
    links: tuple[Link, ...]
    method: Method = Method.AVERAGE


@dataclass(frozen=True)
class Perspective:
    """One side from which the whole is seen."""

    code: str
    name: Text
    weight: Fraction
    objectives: tuple[Objective, ...]
    method: Method = Method.AVERAGE


@dataclass(frozen=True)
class Scorecard:
    """Perspectives with weights, and how their score is judged."""

    code: str
    name: Text
    perspectives: tuple[Perspective, ...]
    bands: Bands = DEFAULT_BANDS
    min_coverage: Fraction = DEFAULT_MIN_COVERAGE
    meaning: Text | None = None
    method: Method = Method.AVERAGE
    version: int = 1

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """Every objective, top to bottom."""
        return tuple(one for perspective in self.perspectives for one in perspective.objectives)

    @property
    def indicator_codes(self) -> tuple[str, ...]:
        """The indicators that it needs, top to bottom, each once."""
        links = (link for objective in self.objectives for link in objective.links)
        return tuple(dict.fromkeys(link.code for link in links))


def effective_weights(scorecard: Scorecard) -> dict[str, Fraction]:
    """Each indicator's share of the whole scorecard; together exactly 1."""
    effective: dict[str, Fraction] = {}
    for perspective, outer in _with_share(scorecard.perspectives):
        for objective, middle in _with_share(perspective.objectives):
            for link, inner in _with_share(objective.links):
                share = outer * middle * inner
                effective[link.code] = effective.get(link.code, Fraction(0)) + share
    return effective


@dataclass(frozen=True)
class CardScore:
    """The scores of a scorecard, of each perspective and of each objective."""

    total: RolledUp
    perspectives: tuple[RolledUp, ...]
    objectives: tuple[tuple[RolledUp, ...], ...]  # by perspective


def score_card(scorecard: Scorecard, scores: Mapping[str, Figure]) -> CardScore:
    """Roll the scores of indicators up to the whole, level by level.

    The coverage of every level counts the leaves below it, so that a hole stays visible at the top.
    """
    least = scorecard.min_coverage
    objectives = tuple(
        tuple(_objective_score(one, scores, least) for one in perspective.objectives)
        for perspective in scorecard.perspectives
    )
    perspectives = tuple(
        roll_up(_children(perspective.objectives, rolled), perspective.method, min_coverage=least)
        for perspective, rolled in zip(scorecard.perspectives, objectives, strict=True)
    )
    children = _children(scorecard.perspectives, perspectives)
    total = roll_up(children, scorecard.method, min_coverage=least)
    return CardScore(total, perspectives, objectives)


def scorecards_from_mapping(written: object, where: str) -> tuple[Scorecard, ...]:
    """Read all scorecards of a file; ManyErrors names every mistake of every one."""
    fields = Fields(written, where)
    cards = tuple(_read(table) for table in fields.tables())
    fields.finish()
    return cards


def scorecard_from_mapping(written: object, where: str) -> Scorecard:
    """Read one scorecard, its code among the fields; ManyErrors names every mistake."""
    fields = Fields(written, where)
    scorecard = _read(fields)
    fields.finish()
    return scorecard


def scorecard_to_mapping(scorecard: Scorecard) -> dict[str, object]:
    """The written form, from which an equal scorecard is read."""
    written: dict[str, object] = {
        "code": scorecard.code,
        "version": scorecard.version,
        "name": _write_text(scorecard.name),
        "min_coverage": number_text(scorecard.min_coverage),
        "bands": {
            "exceeded": number_text(scorecard.bands.exceeded),
            "on_target": number_text(scorecard.bands.on_target),
            "watch": number_text(scorecard.bands.watch),
        },
        "method": str(scorecard.method),
        "perspectives": [
            {**_write_node(one), "objectives": [_write_objective(o) for o in one.objectives]}
            for one in scorecard.perspectives
        ],
    }
    if scorecard.meaning is not None:
        written["meaning"] = _write_text(scorecard.meaning)
    return written


class _Weighing(Protocol):
    @property
    def weight(self) -> Fraction: ...


Node = TypeVar("Node", bound=_Weighing)


def _with_share(children: Sequence[Node]) -> list[tuple[Node, Fraction]]:
    return list(zip(children, shares([child.weight for child in children]), strict=True))


def _children(nodes: Sequence[_Weighing], rolled: Sequence[RolledUp]) -> list[Weighted]:
    return [
        Weighted(node.weight, one.score, one.coverage)
        for node, one in zip(nodes, rolled, strict=True)
    ]


def _objective_score(
    objective: Objective, scores: Mapping[str, Figure], least: Fraction
) -> RolledUp:
    children = [Weighted(link.weight, scores[link.code]) for link in objective.links]
    return roll_up(children, objective.method, least)


def _read(fields: Fields) -> Scorecard:
    meaning = fields.wording("meaning") if fields.has("meaning") else None
    scorecard = Scorecard(
        code=fields.code("code"),
        version=fields.integer("version", 1, 2**31, 1),
        name=fields.wording("name"),
        perspectives=tuple(_read_perspective(one) for one in fields.items("perspectives")),
        bands=_read_bands(fields.inner("bands")),
        min_coverage=_read_share(fields, "min_coverage", DEFAULT_MIN_COVERAGE),
        meaning=meaning,
        method=fields.choice("method", Method, Method.AVERAGE),
    )
    _refuse_twins(fields, "perspectives", [one.code for one in scorecard.perspectives])
    _refuse_twins(fields, "objectives", [one.code for one in scorecard.objectives])
    fields.close()
    return scorecard


def _read_perspective(fields: Fields) -> Perspective:
    perspective = Perspective(
        code=fields.code("code"),
        name=fields.wording("name"),
        weight=_read_weight(fields),
        objectives=tuple(_read_objective(one) for one in fields.items("objectives")),
        method=fields.choice("method", Method, Method.AVERAGE),
    )
    fields.close()
    return perspective


def _read_objective(fields: Fields) -> Objective:
    objective = Objective(
        code=fields.code("code"),
        name=fields.wording("name"),
        weight=_read_weight(fields),
        links=tuple(_read_link(one) for one in fields.items("indicators")),
        method=fields.choice("method", Method, Method.AVERAGE),
    )
    _refuse_twins(fields, "indicators", [link.code for link in objective.links])
    fields.close()
    return objective


def _read_link(fields: Fields) -> Link:
    link = Link(fields.code("code"), _read_weight(fields))
    fields.close()
    return link


def _read_weight(fields: Fields) -> Fraction:
    written = fields.raw("weight")
    if written is None:
        fields.mistake("weight", "is missing; expected a number above 0")
        return Fraction(1)
    weight = fields.as_number("weight", written)
    if weight is not None and weight <= 0:
        fields.mistake("weight", f"is {number_text(weight)}; it must be above 0")
    return weight if weight is not None and weight > 0 else Fraction(1)


def _read_bands(fields: Fields) -> Bands:
    found = {key: fields.optional_number(key) for key in ("exceeded", "on_target", "watch")}
    fields.close()
    bands = replace(DEFAULT_BANDS, **{k: v for k, v in found.items() if v is not None})
    if not bands.exceeded >= bands.on_target >= bands.watch:
        fields.mistake("", "must fall from exceeded over on_target to watch")
    return bands


def _read_share(fields: Fields, key: str, default: Fraction) -> Fraction:
    share = fields.optional_number(key)
    if share is not None and not 0 <= share <= 1:
        fields.mistake(key, f"is {number_text(share)}; it must be from 0 to 1")
    return default if share is None else share


def _refuse_twins(fields: Fields, key: str, codes: Sequence[str]) -> None:
    for code in sorted({code for code in codes if code and codes.count(code) > 1}):
        fields.mistake(key, f"{code} stands there twice")


def _write_text(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def _write_node(node: Perspective | Objective) -> dict[str, object]:
    return {
        "code": node.code,
        "name": _write_text(node.name),
        "weight": number_text(node.weight),
        "method": str(node.method),
    }


def _write_objective(objective: Objective) -> dict[str, object]:
    links = [{"code": one.code, "weight": number_text(one.weight)} for one in objective.links]
    return {**_write_node(objective), "indicators": links}
