"""The sentences in which a question is refused that cannot be asked as it stands.

Like `web.sentence_shapes`: the English ones with their values left out, compared by a test with
what the server says.
"""

from web.phrases import LazyText, lazy_gettext

CUBES: tuple[LazyText, ...] = (
    lazy_gettext("There is no cube %(asked)s. There are: %(names)s."),
    lazy_gettext("Cube %(cube)s has no %(noun)s %(asked)s. It has: %(names)s."),
    lazy_gettext("Dimension %(dimension)s has no attribute %(asked)s. It has: %(names)s."),
    lazy_gettext("Dimension %(dimension)s has no hierarchy %(asked)s. It has: %(names)s."),
    lazy_gettext(
        "Hierarchy %(hierarchy)s of %(dimension)s has no level %(asked)s. It has: %(names)s."
    ),
    lazy_gettext(
        "Hierarchy %(hierarchy)s of %(dimension)s has no depth %(asked)s. It has: %(names)s."
    ),
    lazy_gettext("Facts of %(cube)s have no field %(asked)s. Allowed: %(names)s."),
    lazy_gettext("The answer of %(cube)s has no %(asked)s to sort by. Allowed: %(names)s."),
    lazy_gettext("The direction of %(name)s is asc or desc, not %(asked)s."),
    lazy_gettext("The page is a whole number from %(least)s, not %(asked)s."),
    lazy_gettext("The page size is a whole number from %(least)s, not %(asked)s."),
    lazy_gettext("A page has at most %(most)s rows, not %(asked)s."),
    lazy_gettext("There is no page %(asked)s."),
    lazy_gettext("Give a level or a depth, not both."),
    lazy_gettext("The search text is too long or is not text."),
    lazy_gettext("%(asked)s is not the key of a fact; it is <batch>.<row>, such as 12.345."),
    lazy_gettext("%(asked)s is no %(level)s of %(dimension)s: it takes %(takes)s."),
    lazy_gettext("There are %(count)s %(noun)s; at most %(most)s are allowed."),
    lazy_gettext("There are %(count)s %(noun)s; at most %(most)s fit."),
    lazy_gettext("a whole number"),
    lazy_gettext("a number"),
    lazy_gettext("a number with at most %(most)s decimals"),
    lazy_gettext("a day such as 2013-12-31"),
    lazy_gettext("a text of at most %(most)s characters"),
)
CUTS: tuple[LazyText, ...] = (
    lazy_gettext(
        "%(asked)s is not a cut; write dimension:path, dimension:path;path or dimension:from-to, "
        "with a backslash before \\ ! | : ; , - inside a value."
    ),
    lazy_gettext("%(asked)s mixes a set and a range; a value's own minus is written \\-."),
    lazy_gettext(
        "A path of %(dimension)s has at most %(most)s levels (%(names)s), this one has %(count)s."
    ),
    lazy_gettext(
        "A cut is an object of type point (with path), set (with paths) or range (with from and "
        "to); a path is a list of keys."
    ),
    lazy_gettext("A range of %(dimension)s cannot end at %(asked)s."),
    lazy_gettext("%(asked)s cannot be said here; write the day itself."),
    lazy_gettext(
        "%(asked)s is not a drill-down; write dimension, dimension:level or "
        "dimension@hierarchy:level."
    ),
    lazy_gettext(
        "%(dimension)s is cut at its lowest level, %(level)s: there is nothing below to drill to."
    ),
    lazy_gettext(
        "The cut of %(dimension)s is on hierarchy %(hierarchy)s, the drill-down on %(other)s: "
        "name the level to drill to."
    ),
    lazy_gettext(
        "%(level)s has many members; ask for it by page (page and pagesize), or cut it to some of "
        "them."
    ),
    lazy_gettext("There are %(count)s drill-downs; at most %(most)s are allowed."),
    lazy_gettext("There are %(count)s kinds of totals; at most %(most)s are answered at once."),
    lazy_gettext("There is no total by %(asked)s: a total is by levels that are drilled down to."),
)
TIMES: tuple[LazyText, ...] = (
    lazy_gettext("%(asked)s is not a period; write one like %(names)s"),
    lazy_gettext("%(asked)s is not a period (%(words)s); write one like %(names)s"),
    lazy_gettext("the year lies outside %(first)s to %(last)s"),
    lazy_gettext("the year %(year)s is outside %(first)s to %(last)s"),
    lazy_gettext("day is out of range for month"),
    lazy_gettext("month must be in 1..12"),
    lazy_gettext("%(year)s has no %(grain)s %(number)s; it has 1 to %(most)s"),
    lazy_gettext("%(asked)s is not a kind of period; allowed: %(names)s"),
    lazy_gettext("%(steps)s %(grain)ss from %(period)s is outside %(first)s to %(last)s"),
    lazy_gettext("%(first)s and %(last)s are periods of two kinds"),
    lazy_gettext("%(period)s has not begun on %(day)s"),
    lazy_gettext("There is no %(grain)s %(count)s; it goes from %(least)s to %(most)s."),
    lazy_gettext("There is no day %(day)s."),
    lazy_gettext("Month %(month)s is not in quarter %(quarter)s."),
    lazy_gettext("%(year)s has %(weeks)s ISO weeks, not %(week)s."),
    lazy_gettext("%(asked)s is a day that no calendar has."),
    lazy_gettext("Calendar %(calendar)s has no %(grain)s; it has: %(names)s."),
    lazy_gettext("Calendar %(calendar)s has no %(grains)s."),
    lazy_gettext("Calendar %(calendar)s does not reach %(day)s."),
    lazy_gettext("Paths of calendar %(calendar)s are numbers."),
    lazy_gettext("Cube %(cube)s has no time to modify."),
    lazy_gettext(
        "Modifiers and comparisons go along one hierarchy of time; the drill-down has %(count)s."
    ),
    lazy_gettext(
        "%(asked)s goes from the start of a %(grain)s, which calendar %(calendar)s does not have; "
        "it has: %(names)s."
    ),
    lazy_gettext(
        "Cuts of time leave days out between others: a modifier or a comparison needs a run of "
        "days without a hole."
    ),
    lazy_gettext(
        "%(asked)s is nothing to compare %(period)s with: it is %(names)s, or another %(grain)s."
    ),
)
SLICES: tuple[LazyText, ...] = (
    lazy_gettext("%(asked)s is not an axis; write organisation:carrier or time@ymd:month."),
    lazy_gettext(
        "%(asked)s is not a value; write flights or indicator.on_time_arrival:value,share."
    ),
    lazy_gettext("%(asked)s is not an order; write -flights or organisation."),
    lazy_gettext(
        "%(asked)s is no top; write 10:flights, or 10:flights:only to leave the others out, with "
        "a number from 1 to %(most)s."
    ),
    lazy_gettext("A top needs a dimension on the rows."),
    lazy_gettext("A value has no %(asked)s to show; it has %(names)s."),
    lazy_gettext("A slice needs a value, such as %(name)s."),
    lazy_gettext("The indicator %(name)s is of %(cubes)s, not of the cube %(cube)s alone."),
    lazy_gettext("The value %(name)s is asked twice."),
    lazy_gettext("%(name)s is on two axes."),
    lazy_gettext("%(asked)s is not in the question; %(field)s takes %(listed)s."),
    lazy_gettext("totals is 0 or 1, not %(asked)s."),
    lazy_gettext("membership is %(formats)s, not %(asked)s."),
    lazy_gettext("There is no such membership."),
    lazy_gettext("There is no chart %(asked)s; there are %(names)s."),
    lazy_gettext("There is no column %(asked)s to sort by."),
    lazy_gettext(
        "This slice would have %(count)s %(noun)s; at most %(most)s can be shown. Cut it, use a "
        "higher level, or take a dimension away; or export it as CSV or Parquet."
    ),
    lazy_gettext("from is %(asked)s; it must be 0 or more."),
    lazy_gettext("how is %(asked)s."),
)
SCORECARDS: tuple[LazyText, ...] = (
    lazy_gettext("There is no indicator %(asked)s."),
    lazy_gettext("There is no scorecard %(asked)s."),
    lazy_gettext("There is no dimension %(asked)s."),
    lazy_gettext("No cube has a dimension %(asked)s."),
    lazy_gettext("The cube %(cube)s has no dimension %(asked)s."),
    lazy_gettext("%(dimension)s has no member %(asked)s that you may see."),
    lazy_gettext("%(asked)s is not one dimension to split by."),
    lazy_gettext("%(name)s takes nothing from a cube %(asked)s."),
    lazy_gettext("There is no fact %(asked)s."),
    lazy_gettext("page is %(asked)s; it must be 0 or more."),
)
ASKING: tuple[LazyText, ...] = (*CUBES, *CUTS, *TIMES, *SLICES, *SCORECARDS)
