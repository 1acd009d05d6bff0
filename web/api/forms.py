"""What programs may ask: the names, their form, and a sentence on each."""

from typing import Any

from marshmallow import Schema

from server.cube.elements import MEMBERSHIPS
from server.cube.marked import MARKS
from server.exports.spec import FORMATS as FILE_FORMATS
from server.exports.spec import LANGUAGES
from server.slices.question import CHARTS
from web.api.formats import FORMATS
from web.api.reading import (
    ModelMoment,
    Moment,
    Names,
    OneOf,
    Part,
    RowFormat,
    Switch,
    Text,
    Texts,
    TextsByName,
    Whole,
)

MOST_PAGE = 50_000
STATES = ("queued", "running", "done", "failed", "cancelled", "expired")


def _said(sentence: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"description": sentence, **more}}


def _cut() -> Texts:
    return Texts(
        "Cuts that all apply, such as `time:2013,4,12`, `!origin:EWR`, `time.month:7;8` (an "
        "attribute) or `time:lastmonth-yesterday` (days counted from the last one with facts)."
    )


def _order() -> Names:
    return Names("What to sort by, each with `:asc` or `:desc`.")


def _page() -> Whole:
    return Whole("The page, counted from 0; needs `pagesize`.")


def _page_size() -> Whole:
    return Whole("Rows of a page; needs `page`.", 1, MOST_PAGE)


def _format() -> RowFormat:
    return RowFormat(
        FORMATS,
        "How the rows are written: JSON, JSON lines, CSV, an Arrow stream or Parquet; what the "
        "header `Accept` prefers when left out.",
    )


def _absences() -> Switch:
    return Switch(
        **_said(
            "Whether an Arrow stream or Parquet has a column beside each figure that says why it "
            "is none, such as `flights__absence`; false if left out."
        )
    )


def _as_of() -> Moment:
    return Moment(
        "The figures as they were known then: the number of a snapshot, an instant, or a day, "
        "which means its end in UTC; what is known now when left out."
    )


def _as_of_model() -> ModelMoment:
    return ModelMoment(
        "By the definitions, targets and weights of then: `then` for those of the moment of "
        "`as_of`, the number of a change to them, an instant, or a day, which means its end in "
        "UTC; by those of now when left out."
    )


def _membership() -> OneOf:
    return OneOf(
        MEMBERSHIPS,
        "Of dated dimensions: where a member belonged on the day of each fact (`as_was`, if left "
        "out), or where it belongs now (`as_is`).",
    )


def _period() -> Text:
    return Text(**_said("Such as `2013-12`, `2013-Q4`, `2013` or `2013-W52`."))


def _like_for_like(whether: str = "Whether") -> Switch:
    return Switch(
        **_said(
            f"{whether} comparisons are made only of organisations that are on both sides; false "
            "if left out."
        )
    )


def _explain() -> Switch:
    return Switch(
        **_said("Whether to say how the answer was worked out; needs the right to audit.")
    )


def _columns() -> Names:
    return Names("Levels to set the cells against, such as `time@ymd:month`.")


def _totals() -> Names:
    return Names(
        "Totals beside the cells, each asked at its own grain: `nested` (every level above in the "
        "order of the drill-down), `every` (every set of levels), `whole`, or levels such as "
        "`organisation:group*time:year`."
    )


def _top() -> Text:
    return Text(
        **_said(
            "The members of the first drill-down with the greatest figures, such as `10:flights`; "
            "all the others as one come beside them, unless `:only` follows."
        )
    )


def _marks() -> Names:
    return Names(
        f"What each cell is among the others: {', '.join(f'`{one}`' for one in MARKS)}; of every "
        "aggregate, or of one as `flights:rank`."
    )


def _time() -> Names:
    return Names(
        "Each figure also over other days: `wtd`, `mtd`, `qtd`, `ytd` (from the start of the "
        "week, month, quarter, year) and `rolling-3` (the last three periods); the outputs are "
        "called like `flights__ytd`."
    )


def _compare() -> Names:
    return Names(
        "Each of these also for the period `previous` or the same one `last_year`; with "
        "`:difference` or `:change` after it that of the two. The outputs are called like "
        "`flights__ytd__last_year__change`; a rate changes by percentage points."
    )


class Nothing(Schema):
    """No parameter."""


class AggregateAsked(Schema):
    """A question for aggregates."""

    cut = _cut()
    aggregates = Names("Names of aggregates; all of the cube when left out.")
    drilldown = Names("Levels to break down by, such as `organisation:carrier`.")
    columns = _columns()
    totals = _totals()
    top = _top()
    marks = _marks()
    time = _time()
    compare = _compare()
    split = Text(**_said("Cuts; each cell is split into facts within and outside."))
    summary = Switch(**_said("Whether the figures of the whole cell are asked; true if left out."))
    explain = _explain()
    order = _order()
    page = _page()
    pagesize = _page_size()
    format = _format()
    absences = _absences()
    membership = _membership()
    as_of = _as_of()
    as_of_model = _as_of_model()


class QueryAsked(Schema):
    """A question for aggregates of several cubes, and for indicators."""

    aggregates = Names("Such as `departures.flights`; the cubes are those that are named.")
    indicators = Names(
        "Codes of indicators. Each cell has the figure by the code, and beside it the target, the "
        "score and the status where the cell is about one period, such as "
        "`on_time_arrival__score`."
    )
    period = Text(
        **_said(
            "Such as `2013-12`: cuts to it. Where indicators are asked and nothing says a time it "
            "is the last full month."
        )
    )
    formulas = TextsByName(
        "Formulas over aggregates of all cubes, by names of their own.",
        {"per_hour": "departures.flights / weather.observations"},
    )
    cut = Texts("Cuts that all apply; a cube that lacks the dimension has no figures then.")
    drilldown = Names("Levels of dimensions that all of the cubes share.")
    columns = _columns()
    totals = _totals()
    top = _top()
    marks = _marks()
    time = _time()
    compare = _compare()
    summary = Switch(**_said("Whether the figures of the whole cell are asked; true if left out."))
    order = _order()
    page = _page()
    pagesize = _page_size()
    format = _format()
    absences = _absences()
    membership = _membership()
    as_of = _as_of()
    as_of_model = _as_of_model()
    explain = _explain()


class CellAsked(Schema):
    """A question for a cell itself."""

    cut = _cut()
    membership = _membership()
    as_of = _as_of()
    as_of_model = _as_of_model()


class MembersAsked(Schema):
    """A question for the members of a dimension."""

    cut = _cut()
    hierarchy = Text(**_said("The hierarchy to go down; the first one when left out."))
    level = Text(**_said("The lowest level to list; not together with `depth`."))
    depth = Whole("How many levels to list.", 1, 20)
    search = Text(**_said("Only members whose key or label holds this text."))
    order = _order()
    page = _page()
    pagesize = _page_size()
    format = _format()
    membership = _membership()
    as_of = _as_of()
    as_of_model = _as_of_model()


class FactsAsked(Schema):
    """A question for single facts."""

    cut = _cut()
    fields = Names("Columns to answer; all when left out.")  # type: ignore[assignment]
    order = _order()
    page = _page()
    pagesize = _page_size()
    format = _format()
    membership = _membership()
    as_of = _as_of()
    as_of_model = _as_of_model()


class SliceShape(Schema):
    """What a slice is made of, in the form of the slicer's own address."""

    rows = Texts("Up to four axes, such as `organisation:carrier`.")
    columns = Texts("Up to two axes, such as `time@ymd:month`.")
    value = Texts(
        "Aggregates, or `indicator.<code>`; `:value,share,change` after them, or `ytd`, "
        "`rolling_3`, `last_year`, `year_growth` and others along time."
    )
    cut = _cut()
    order = Texts("A value or a dimension; `-` before it sorts downwards.")
    top = Text(**_said("Such as `10:flights`; `10:flights:only` leaves the others out."))
    totals = Switch(**_said("Whether subtotals and totals are asked."))
    chart = OneOf(CHARTS, "The chart that goes with it.")
    membership = _membership()


class SliceAsked(SliceShape):
    """A question for a slice."""

    cube = Text(required=True, **_said("The cube's name."))
    first = Whole("The first row of a window, counted from 0; needs `size`.")
    size = Whole("Rows of the window; needs `first`.", 1, MOST_PAGE)
    as_of = _as_of()
    as_of_model = _as_of_model()


class StandingAsked(Schema):
    """A period, a place and a state of knowledge."""

    period = _period()
    cut = Texts("Members to be within, such as `organisation:network,AA`.")
    like_for_like = _like_for_like()
    as_of = _as_of()
    as_of_model = _as_of_model()


class DefinitionsAsked(Schema):
    """By which definitions to answer."""

    as_of_model = _as_of_model()


class SnapshotsAsked(Schema):
    """Which snapshots to list."""

    before = Whole("Only snapshots with a smaller number: the last one of the page before.")
    limit = Whole("The most snapshots to list; 50 when left out.", 1, 500)


# `from` is no name that a class could give to a field.
DifferenceAsked = Schema.from_dict(
    {
        "from": Moment("The earlier state: a snapshot, a day or an instant.", required=True),
        "to": Moment("The later state; what is known now when left out."),
        "scorecard": Text(
            **_said(
                "Whose indicators are compared; when left out the first one that looks at a cube "
                "which changed."
            )
        ),
        "cut": Texts("Members to be within, such as `organisation:network,AA`."),
    },
    name="DifferenceAsked",
)


class LoadsAsked(Schema):
    """Which loads to list."""

    before = Whole("Only loads with a smaller number: the last one of the page before.")
    limit = Whole("The most loads to list; 50 when left out.", 1, 500)


class ExportsAsked(Schema):
    """Which exports to list."""

    state = OneOf(STATES, "Only exports in this state.")
    format = OneOf(FILE_FORMATS, "Only files of this format.")
    limit = Whole("The most exports to list; 50 when left out.", 1, 500)


class ExportAsked(Schema):
    """What to write into a file."""

    kind = OneOf(("scorecard", "slice", "facts"), "What is exported.", required=True)
    name = Text(required=True, **_said("The scorecard's code, or the cube."))
    format = OneOf(FILE_FORMATS, "The format of the file.", required=True)
    language = OneOf(LANGUAGES, "The language of the file; English when left out.")
    period = _period()
    cut = Texts("Of a scorecard: members to be within; of facts: the cuts of their cell.")
    like_for_like = _like_for_like("Of a scorecard: whether")
    question = Part(SliceShape, **_said("Of a slice: what it is made of."))
    membership = _membership()
    as_of = _as_of()
    as_of_model = _as_of_model()
