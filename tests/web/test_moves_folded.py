"""A long difference is folded: totals first, the first months of each figure, all on demand."""

from collections import Counter
from fractions import Fraction

import pytest
from lxml.html import HtmlElement

from server.periods import Period
from server.scorecards.difference import Moved
from tests.web.people import Browser
from tests.web.screens import found_in, links, screen, texts, words
from web.differences import FIRST_OF_EACH, decimals_of

WITHDRAWN = "/loads/4/change/withdraw"  # the departures of the whole year
Pages = tuple[HtmlElement, HtmlElement]


@pytest.fixture(scope="module")
def pages(admin: Browser) -> Pages:
    """The preview as it opens, and all of it."""
    folded = screen(admin.get(WITHDRAWN))
    (everything,) = links(folded, "#show-all")
    return folded, screen(admin.get(everything))


def figures(page: HtmlElement) -> Counter[str]:
    """How many lines each figure has."""
    lines = (row for row in found_in(page, "#moved tbody tr") if "rest" not in row.classes)
    return Counter(words(row).partition(" 2013")[0].rsplit(" ", 1)[0] for row in lines)


def rest(page: HtmlElement) -> dict[str, int]:
    """How many lines are left out of each figure, as the page says."""
    told = (words(row).partition(" more of ") for row in found_in(page, "#moved .rest"))
    return {figure: int(count) for count, _, figure in told}


def test_the_first_months_of_every_figure_are_shown_and_the_others_counted(pages: Pages) -> None:
    folded, everything = pages
    few, whole = figures(folded), figures(everything)

    assert few.keys() == whole.keys()
    assert max(few.values()) == FIRST_OF_EACH
    assert rest(everything) == {}
    assert sum(few.values()) + sum(rest(folded).values()) == sum(whole.values())
    assert links(everything, "#show-all") == []


def test_the_totals_stand_on_top_and_are_those_of_all_lines(pages: Pages) -> None:
    folded, everything = pages
    totals = dict(zip(texts(folded, ".totals dt"), texts(folded, ".totals dd"), strict=True))

    assert totals["Rows in them"] == "336,776 → 0 (−336,776)"
    assert totals["Scope keys"] == "12"
    figured = sum(int(totals[kind]) for kind in ("Scores", "Indicators", "Values of the cubes"))
    assert figured == sum(figures(everything).values())
    assert texts(everything, ".totals dd") == texts(folded, ".totals dd")


def test_a_reader_of_chinese_reads_all_of_it_in_chinese(admin: Browser) -> None:
    page = screen(admin.get(f"{WITHDRAWN}?lang=zh"))

    assert texts(page, "#show-all") == ["全部显示"]
    assert "还有 9 项" in texts(page, "#moved .rest")[0]


@pytest.mark.parametrize(
    ("before", "after", "decimals"),
    [
        ("90", "80", 1),
        ("73.94", "73.86", 2),  # at one decimal 73.9 and 73.9, with 0.1 between them
        ("73.96", "73.94", 2),  # at one decimal 74.0 and 73.9, with 0.0 between them
        ("73.9400", "73.9401", 4),
        ("1", "1.00000001", 7),  # no more than these
    ],
)
def test_a_figure_that_moved_has_the_decimals_that_show_it(
    before: str, after: str, decimals: int
) -> None:
    figures = Fraction(before), Fraction(after)
    moved = Moved("score", "all", "All", "", Period.parse("2013-01"), *figures, (4,))

    assert decimals_of(moved) == decimals
