"""What goes into a file of any length: the facts of a cell, or a slice too large for the screen.

Facts are one row each, with the batch and the source row. A slice is one row for each combination
of members that has facts, rows and columns alike, with the aggregates as the engine counts them.
"""

from collections.abc import Iterable, Sequence

from server.access import Person
from server.cube.cube_model import CubeModel
from server.cube.cuts import parse_cuts
from server.cube.drilldown import parse_drilldown
from server.cube.elements import AS_WAS, Aggregate, Membership
from server.cube.statement import Breakdown, Statement, aggregate_statement
from server.cube.statement_facts import all_facts_statement, check_fields
from server.errors import InvalidInput
from server.exports.long_table import Asked
from server.exports.words import day_words, membership_facts, word
from server.indicators.wording import UNITS
from server.runtime import Runtime
from server.slices.grains import Grains, open_grains
from server.slices.question import SliceQuestion, read_question, write_question
from server.slices.reading import question_of
from server.slices.wording import filters_in_words
from server.snapshot import Snapshot
from server.store.tables import LOAD_COLUMN, ROW_COLUMN

Pairs = Sequence[tuple[str, str]]


def asked_facts(
    runtime: Runtime, person: Person, cube: CubeModel, query: Pairs, language: str, at: Snapshot
) -> Asked:
    """All facts of a cell: the columns that the screen shows, or the `fields` of the query.

    Facts within the cuts that the query calls `outside` are left out.
    """
    cuts = tuple(value for name, value in query if name == "cut")
    outside = [value for name, value in query if name == "outside"]
    wanted = ",".join(value for name, value in query if name == "fields")
    shown = tuple(one.spec.name for one in cube.fact_columns)
    fields = check_fields(cube, (one for one in wanted.split(",") if one)) or shown
    membership = _membership(query, cube)
    grains = open_grains(runtime, person, cube.name, language, at, membership=membership)
    cell = grains.browser.cell(cuts)
    if outside:
        cell = cell.without(parse_cuts(cube, outside))
    statement = all_facts_statement(cell, at, fields, language=language)
    question: dict[str, object] = {
        "facts": cube.name,
        "cuts": list(cuts),
        "fields": list(statement.columns),
    }
    question |= {"outside": outside} if outside else {}
    question |= {"membership": membership} if membership != AS_WAS else {}
    heads = _told_apart(statement, (_field_head(cube, n, language) for n in statement.columns))
    label = cube.labels.in_language(language)
    title = f"{label} · {word('facts', language)}"
    facts = _facts(grains, cuts, language, at, outside)
    return Asked(title, facts, question, heads, statement, language, cube.model_version)


def asked_long_slice(
    runtime: Runtime, person: Person, query: Pairs, cube: CubeModel, language: str, at: Snapshot
) -> Asked:
    """A slice as one long table, in the model's own order.

    Raises:
        InvalidInput: it has what only a table on the screen can have; the sentence says what.
    """
    question = question_of(runtime, query, cube, at).plain
    _refuse_what_does_not_fit(question, cube)
    grains = open_grains(runtime, person, cube.name, language, at, membership=question.membership)
    cell = grains.browser.cell(question.cuts)
    drills = parse_drilldown(cell, [axis.text for axis in question.axes])
    aggregates = [cube.aggregate(one.name) for one in question.values]
    breakdown = Breakdown(drills)
    statement = aggregate_statement(cell, at, aggregates, breakdown, language=language)
    asked: dict[str, object] = {
        "cube": cube.name,
        "long": [list(pair) for pair in write_question(question) if pair[0] != "chart"],
    }
    heads = _told_apart(statement, (_cell_head(cube, n, language) for n in statement.columns))
    facts = _facts(grains, question.cuts, language, at)
    title = _slice_title(cube, question, language)
    return Asked(title, facts, asked, heads, statement, language, cube.model_version)


def _membership(query: Pairs, cube: CubeModel) -> Membership:
    return read_question([one for one in query if one[0] == "membership"], cube).membership


def _refuse_what_does_not_fit(question: SliceQuestion, cube: CubeModel) -> None:
    """The engine writes the table: it can write what is an expression of SQL."""
    worked_out = [
        one.reference
        for one in question.values
        if one.kind == "indicator" or not _is_expression(cube.aggregate(one.name))
    ]
    shown = sorted({show for one in question.values for show in one.show if show != "value"})
    parts = [*worked_out, *shown, *(["top"] if question.top else [])]
    if parts:
        raise InvalidInput(
            "A slice of this length is exported as its simple aggregates alone; "
            f"take {', '.join(parts)} away, or cut the slice.",
            code="long_slice",
            field="value",
        )


def _is_expression(aggregate: Aggregate) -> bool:
    return not aggregate.is_derived and not aggregate.carry


def _facts(
    grains: Grains,
    cuts: Iterable[str],
    language: str,
    at: Snapshot,
    outside: Iterable[str] = (),
) -> tuple[tuple[str, str], ...]:
    cube = grains.browser.model
    filters = filters_in_words(grains, parse_cuts(cube, list(cuts)), language)
    left_out = filters_in_words(grains, parse_cuts(cube, list(outside)), language)
    told = "; ".join(
        f"{one.dimension_label}: {'≠ ' if is_out or one.is_negated else ''}{one.words}"
        for is_out, found in ((False, filters), (True, left_out))
        for one in found
    )
    watermark = at.watermarks.get(cube.fact.name)
    reach = day_words(watermark, language) if watermark else word("no_facts", language)
    return (
        (word("cube", language), cube.labels.in_language(language)),
        (word("filters", language), told or word("whole", language)),
        *membership_facts(cube.membership, language),
        (word("data_to", language), reach),
        (word("snapshot", language), str(at.number)),
        (word("model", language), cube.model_version),
    )


def _told_apart(statement: Statement, heads: Iterable[str]) -> tuple[str, ...]:
    """The heads; those that are the same are told apart by the names of the model."""
    listed = tuple(heads)
    return tuple(
        f"{head} ({name})" if listed.count(head) > 1 else head
        for head, name in zip(listed, statement.columns, strict=True)
    )


def _slice_title(cube: CubeModel, question: SliceQuestion, language: str) -> str:
    axes = [cube.dimension(one.dimension).labels.in_language(language) for one in question.axes]
    return f"{cube.labels.in_language(language)} · {' × '.join(dict.fromkeys(axes))}"


def _field_head(cube: CubeModel, name: str, language: str) -> str:
    own = {LOAD_COLUMN: word("batch", language), ROW_COLUMN: word("source_row", language)}
    columns = {one.spec.name: one.labels.in_language(language) for one in cube.fact_columns}
    measures = {one.name: one.labels.in_language(language) for one in cube.measures}
    return {**measures, **columns, **own}.get(name) or _attribute_head(cube, name, language)


def _cell_head(cube: CubeModel, name: str, language: str) -> str:
    for one in cube.aggregates:
        if one.name == name:
            unit = UNITS.get(one.unit, UNITS["count"]).symbol.in_language(language)
            label = one.labels.in_language(language)
            return f"{label} ({unit})" if unit else label
    return _attribute_head(cube, name, language)


def _attribute_head(cube: CubeModel, name: str, language: str) -> str:
    for dimension in cube.dimensions:
        for attribute in dimension.attributes:
            if attribute.ref == name:
                return attribute.labels.in_language(language) or name
    return name
