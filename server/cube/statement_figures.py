"""An aggregate as an expression of SQL over the facts of a group.

Sums and counts of nothing are 0; extremes, middles, quantiles and stocks of nothing are NULL.
"""

from collections.abc import Iterable, Mapping

from server.cube.conditions import all_of, cut_condition
from server.cube.cuts import parse_cuts
from server.cube.elements import Aggregate, Function, PartFunction
from server.cube.statement_stocks import Spans, chosen_days, dates
from server.cube.terms import Terms, is_wide

_COMPARED = {
    Function.MIN: "minOrNull",
    Function.MAX: "maxOrNull",
    PartFunction.SUM_OF_SOME: "sumOrNull",
    PartFunction.LOWER_MIDDLE: "quantileExactLowOrNull",
    PartFunction.UPPER_MIDDLE: "quantileExactHighOrNull",
}
# Where the middles stand among the values in order; the engine's own functions take no Int128.
_PLACES: Mapping[Function | PartFunction, str] = {
    PartFunction.LOWER_MIDDLE: "intDiv(length({0}) + 1, 2)",
    PartFunction.UPPER_MIDDLE: "intDiv(length({0}), 2) + 1",
}


def aggregate_sql(terms: Terms, aggregate: Aggregate, spans: Spans) -> str:
    """A simple aggregate as SQL; stocks are taken over the spans of time."""
    if aggregate.function is PartFunction.DATES:
        return dates(terms, spans)
    conditions = _conditions(terms, aggregate)
    if aggregate.function in (Function.COUNT, Function.COUNT_NONEMPTY):
        if aggregate.function is Function.COUNT_NONEMPTY:
            conditions.append(f"isNotNull({_counted(terms, aggregate)})")
        return f"{_named('count', conditions)}({all_of(conditions) if conditions else ''})"
    if aggregate.function is Function.COUNT_DISTINCT:
        columns = [terms.column(column.name) for column in aggregate.columns]
        return distinct_sql(aggregate, columns, conditions)
    if aggregate.measure is None:
        raise ValueError(f"Aggregate {aggregate.name} has no measure.")
    if aggregate.is_semi_additive:
        conditions.append(_chosen(terms, aggregate, spans))
        return _call("sumOrNull", terms.amount(aggregate.measure), conditions)
    return _of_amounts(terms, aggregate, terms.amount(aggregate.measure), conditions)


def oldest_day_sql(terms: Terms, aggregate: Aggregate, spans: Spans) -> str:
    """The first of the days whose facts a stock is made of; NULL where it is made of none."""
    if aggregate.measure is None:
        raise ValueError(f"Aggregate {aggregate.name} has no measure.")
    conditions = [*_conditions(terms, aggregate), _chosen(terms, aggregate, spans)]
    if terms.is_nullable(aggregate.measure):
        conditions.append(f"isNotNull({terms.amount(aggregate.measure)})")
    return _call("minOrNull", terms.day(), conditions)


def distinct_sql(aggregate: Aggregate, values: Iterable[str], conditions: list[str]) -> str:
    """How many different values there are, where the conditions hold."""
    listed = ", ".join(values)
    if aggregate.is_approximate:  # of nothing it is NULL where a value may be
        return f"ifNull({_call('uniqCombined64', listed, conditions)}, 0)"
    return _call("uniqExact", listed, conditions)


def filter_sql(terms: Terms, aggregate: Aggregate) -> str:
    """Whether a fact is within an aggregate's own filter."""
    return all_of(_filters(terms, aggregate))


def _of_amounts(terms: Terms, aggregate: Aggregate, amount: str, conditions: list[str]) -> str:
    function = aggregate.function
    if function is Function.SUM:
        total = _call("sum", amount, conditions)
        is_nullable = aggregate.measure is None or terms.is_nullable(aggregate.measure)
        return f"ifNull({total}, 0)" if is_nullable else total
    if function is Function.QUANTILE:
        return _quantile(aggregate, _call("groupArray", amount, conditions))
    if function in _PLACES and is_wide(aggregate.measure):
        ordered = f"arraySort({_call('groupArray', amount, conditions)})"
        return f"arrayElementOrNull({ordered}, {_PLACES[function].format(ordered)})"
    if function not in _COMPARED:
        raise ValueError(f"Aggregate {aggregate.name} is derived: ask for its parts.")
    return _call(_COMPARED[function], amount, conditions, "(0.5)" if function in _PLACES else "")


def _quantile(aggregate: Aggregate, values: str) -> str:
    """The least value that at least so large a part of all values do not exceed."""
    if aggregate.level is None:
        raise ValueError(f"Aggregate {aggregate.name} has no level.")
    top, below = aggregate.level.as_integer_ratio()
    ordered = f"arraySort({values})"
    # The position is worked out in whole numbers: 0.7 * 10 is more than 7 in binary.
    position = f"intDiv(length({ordered}) * {top} + {below - 1}, {below})"
    return f"arrayElementOrNull({ordered}, {position})"


def _conditions(terms: Terms, aggregate: Aggregate) -> list[str]:
    """What a fact must meet to be counted."""
    conditions = [_where(terms, aggregate)] if aggregate.where else []
    conditions += _filters(terms, aggregate)
    if aggregate.given is not None and terms.is_nullable(aggregate.given):
        conditions.append(f"isNotNull({terms.amount(aggregate.given)})")
    return conditions


def _chosen(terms: Terms, aggregate: Aggregate, spans: Spans) -> str:
    given = [_where(terms, aggregate)] if aggregate.where else []
    return chosen_days(terms, aggregate, spans, given)


def _filters(terms: Terms, aggregate: Aggregate) -> list[str]:
    if not aggregate.filter:
        return []
    # A part of a ratio or of an average shares the parameters of whatever it is a part of.
    cuts = parse_cuts(terms.cube, aggregate.filter)
    return [
        cut_condition(terms, cut, f"{_word(aggregate)}_{number}")
        for number, cut in enumerate(cuts, start=1)
    ]


def _where(terms: Terms, aggregate: Aggregate) -> str:
    return f"{terms.column(aggregate.where)} = 1"


def _word(aggregate: Aggregate) -> str:
    return f"filter_{aggregate.name.split('.')[1] if '.' in aggregate.name else aggregate.name}"


def _call(name: str, amount: str, conditions: list[str], level: str = "") -> str:
    last = f", {all_of(conditions)}" if conditions else ""
    return f"{_named(name, conditions)}{level}({amount}{last})"


def _named(name: str, conditions: list[str]) -> str:
    return f"{name}If" if conditions else name


def _counted(terms: Terms, aggregate: Aggregate) -> str:
    if aggregate.measure is not None:
        return terms.amount(aggregate.measure)
    return terms.column(aggregate.columns[0].name)
