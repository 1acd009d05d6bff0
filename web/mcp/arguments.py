"""What the tools take: each argument with the sentence that a language model reads about it."""

from typing import Annotated

from pydantic import Field

MOST_ROWS = 500


Cube = Annotated[str, Field(description="The name of a cube, as list_cubes gives it.")]
Dimension = Annotated[str, Field(description="A dimension of the cube, as describe_cube gives it.")]
Level = Annotated[
    str | None, Field(description="The lowest level to list; the lowest of all when left out.")
]
Search = Annotated[
    str | None, Field(description="Only members whose key or label holds this text.")
]
Code = Annotated[str, Field(description="The code of an indicator, as list_indicators gives it.")]
ScorecardCode = Annotated[str, Field(description="A scorecard, as list_scorecards gives it.")]
Cuts = Annotated[
    list[str] | None,
    Field(
        description="Cuts that all apply: a member `time:2013,4,12` (year, quarter, month), "
        "alternatives `origin:EWR;JFK`, a range `time:2013,1-2013,2`, all but `!origin:EWR`."
    ),
]
Drilldown = Annotated[
    list[str] | None,
    Field(description="Levels to break down by, such as `organisation:carrier`, `time:month`."),
]
Aggregates = Annotated[
    list[str] | None,
    Field(description="`cube.aggregate`, such as `departures.flights`; names: describe_cube."),
]
Indicators = Annotated[
    list[str] | None,
    Field(description="Codes of indicators; value, target, score and status come back."),
]
Formulas = Annotated[
    dict[str, str] | None,
    Field(description='Formulas over aggregates: {"rate": "a.cancelled / b.hours"}.'),
]
Time = Annotated[
    list[str] | None,
    Field(description="Figures also over other days: wtd, mtd, qtd, ytd, rolling-3."),
]
Compare = Annotated[
    list[str] | None,
    Field(
        description="Figures also of `previous` or `last_year`; `last_year:change` and "
        "`previous:difference` give what changed."
    ),
]
Totals = Annotated[
    list[str] | None, Field(description="`whole`, `nested`, or levels such as `time:year`.")
]
Top = Annotated[
    str | None,
    Field(description="The greatest members, all others as one beside them: `10:flights`."),
]
Order = Annotated[
    list[str] | None, Field(description="What to sort by, such as `departures.flights:desc`.")
]
Fields = Annotated[list[str] | None, Field(description="Columns of the rows; all if left out.")]
Page = Annotated[int, Field(ge=0, description="The page of rows, counted from 0.")]
Rows = Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows of a page.")]
Period = Annotated[
    str | None,
    Field(description="`2013-12`, `2013-Q4`, `2013` or `2013-W52`; the last full one if left out."),
]
Against = Annotated[
    str | None, Field(description="What to compare with: `previous`, `last_year` or `target`.")
]
By = Annotated[
    str | None,
    Field(description="The dimension or level to split the change by; found out if left out."),
]
AsOf = Annotated[
    str | None,
    Field(description="The figures as known then: a day, an instant or a snapshot's number."),
]
