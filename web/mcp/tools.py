"""The tools that a language model has: each asks one address of the programs' interface."""

from collections.abc import Callable
from typing import Any

from web.mcp.arguments import (
    Against,
    Aggregates,
    AsOf,
    By,
    Code,
    Compare,
    Cube,
    Cuts,
    Dimension,
    Drilldown,
    Fields,
    Formulas,
    Indicators,
    Level,
    Order,
    Page,
    Period,
    Rows,
    ScorecardCode,
    Search,
    Time,
    Top,
    Totals,
)
from web.mcp.installation import Answer, Installation

Tool = Callable[..., Any]


def tools_of(asked: Installation) -> tuple[Tool, ...]:
    """Every tool, bound to the installation that it asks."""
    return (*_cube_tools(asked), *_question_tools(asked), *_indicator_tools(asked))


def _cube_tools(asked: Installation) -> tuple[Tool, ...]:
    def list_cubes() -> Answer:
        """The cubes that may be asked, each with its label."""
        return asked.get("cubes")

    def describe_cube(cube: Cube) -> Answer:
        """A cube's dimensions with their levels, its aggregates with their units, its columns."""
        return asked.get("cubes", cube)

    def list_members(
        cube: Cube,
        dimension: Dimension,
        level: Level = None,
        search: Search = None,
        cut: Cuts = None,
        page: Page = 0,
        rows: Rows = 100,
    ) -> Answer:
        """The members of a dimension: the keys that cuts name, with their labels."""
        words = {"level": level, "search": search, "cut": cut}
        return asked.get("cubes", cube, "members", dimension, page=page, pagesize=rows, **words)

    def list_facts(
        cube: Cube,
        cut: Cuts = None,
        fields: Fields = None,
        order: Order = None,
        page: Page = 0,
        rows: Rows = 20,
        as_of: AsOf = None,
    ) -> Answer:
        """Single facts, as they were loaded: what a figure is made of."""
        words = {"cut": cut, "fields": _joined(fields), "order": _joined(order), "as_of": as_of}
        return asked.get("cubes", cube, "facts", page=page, pagesize=rows, **words)

    return list_cubes, describe_cube, list_members, list_facts


def _question_tools(asked: Installation) -> tuple[Tool, ...]:
    def query(
        aggregates: Aggregates = None,
        indicators: Indicators = None,
        cut: Cuts = None,
        drilldown: Drilldown = None,
        formulas: Formulas = None,
        time: Time = None,
        compare: Compare = None,
        totals: Totals = None,
        top: Top = None,
        order: Order = None,
        period: Period = None,
        as_of: AsOf = None,
        page: Page = 0,
        rows: Rows = 100,
        explain: bool = False,
    ) -> Answer:
        """Figures of one or several cubes and of indicators: `summary` is all, `cells` the parts.

        Where a figure is null the answer says why: not_loaded, late, partial, zero_denominator and
        others. `total_cell_count` tells how many cells there are beside those of this page.
        `explain` shows how it was worked out, to those who may audit.
        """
        body: dict[str, object] = {
            "aggregates": aggregates,
            "indicators": indicators,
            "cut": cut,
            "drilldown": drilldown,
            "formulas": formulas,
            "time": time,
            "compare": compare,
            "totals": totals,
            "top": top,
            "order": order,
            "period": period,
            "as_of": as_of,
            "explain": explain or None,
        }
        pages = {"page": page, "pagesize": rows} if drilldown and not top else {}
        return asked.post("query", body={**body, **pages})

    def explain_change_of_aggregate(
        cube: Cube,
        aggregate: str,
        period: Period = None,
        against: Against = None,
        by: By = None,
        cut: Cuts = None,
    ) -> Answer:
        """Why an aggregate changed: volume, mix and rate by member, adding up to the change."""
        words = {"aggregate": aggregate, "period": period, "against": against, "by": by}
        return asked.get("cubes", cube, "contribution", cut=cut, **words)

    return query, explain_change_of_aggregate


def _indicator_tools(asked: Installation) -> tuple[Tool, ...]:
    def list_indicators() -> Answer:
        """Every indicator: its code, name, unit, formula, direction and owner."""
        return asked.get("indicators")

    def indicator(
        code: Code, period: Period = None, cut: Cuts = None, as_of: AsOf = None
    ) -> Answer:
        """An indicator: its definition, its value, target, score and status, and its trend."""
        return asked.get("indicators", code, period=period, cut=cut, as_of=as_of)

    def explain_change_of_indicator(
        code: Code,
        period: Period = None,
        against: Against = None,
        by: By = None,
        cut: Cuts = None,
        as_of: AsOf = None,
    ) -> Answer:
        """Why an indicator changed or missed its target: the parts add up to the change."""
        words = {"against": against, "by": by, "cut": cut, "as_of": as_of}
        return asked.get("indicators", code, "contribution", period=period, **words)

    def list_scorecards() -> Answer:
        """Every scorecard with the indicators on it."""
        return asked.get("scorecards")

    def scorecard(
        code: ScorecardCode, period: Period = None, cut: Cuts = None, as_of: AsOf = None
    ) -> Answer:
        """A scorecard at a period and place: every indicator judged, and the whole rolled up."""
        return asked.get("scorecards", code, period=period, cut=cut, as_of=as_of)

    return (
        list_indicators,
        indicator,
        explain_change_of_indicator,
        list_scorecards,
        scorecard,
    )


def _joined(names: list[str] | None) -> str | None:
    return ",".join(names) if names else None
