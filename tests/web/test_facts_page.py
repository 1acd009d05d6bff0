"""The facts behind a figure, and the line of the source that each came from."""

import pytest

from tests.web.people import Browser
from tests.web.screens import found_in, links, screen, texts, words
from tests.web.source import december

PAGE = "/indicators/on_time_arrival/facts"


def test_every_fact_of_the_slice_is_reached_page_by_page(admin: Browser) -> None:
    own = [row for row in december() if row["carrier"] == "HA"]
    page = screen(admin.get(PAGE + "?cut=organisation:network,HA"))

    assert f"1 to {min(50, len(own))} of {len(own)} rows" in words(found_in(page, ".lede")[0])
    assert len(found_in(page, "tbody tr")) == min(50, len(own))


def test_pages_lead_to_one_another(admin: Browser) -> None:
    first, second = screen(admin.get(PAGE)), screen(admin.get(PAGE + "?page=2"))

    assert links(first, ".pages a") == [f"{PAGE}?period=2013-12&page=2"]
    assert links(second, ".pages a") == [
        f"{PAGE}?period=2013-12",
        f"{PAGE}?period=2013-12&page=3",
    ]
    assert not set(texts(first, "tbody th")) & set(texts(second, "tbody th"))


def test_a_fact_opens_its_line_as_it_stands_in_the_source(admin: Browser) -> None:
    page = screen(admin.get(PAGE))
    link = links(page, "tbody th a")[0]
    line = link.rsplit("/", 1)[1].split("?")[0]
    (source,) = [row for row in december() if row["line"] == line]

    opened = screen(admin.get(link))

    columns = texts(opened, "dl.facts dt")
    values = texts(opened, "dl.facts dd")
    shown = dict(zip(columns, values, strict=True))
    assert shown == {k: v or "empty" for k, v in source.items() if k != "line"}


@pytest.mark.parametrize("line", ["4/1", "4/99999999", "999/5", "1/2"])
def test_a_line_that_holds_no_visible_fact_is_not_shown(admin: Browser, line: str) -> None:
    """Not the header, not beyond the end, not of another table."""
    assert admin.get(f"{PAGE}/{line}").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "²", "99999999999"])
def test_a_page_that_cannot_be_is_refused_with_what_can(admin: Browser, page: str) -> None:
    answer = admin.get(f"{PAGE}?page={page}")

    assert answer.status_code == 400
    assert "must be 1 or more" in answer.text


def test_a_slice_without_facts_says_what_to_do(admin: Browser) -> None:
    answer = admin.get(PAGE + "?period=2012-01")

    assert answer.status_code == 200
    assert "Choose another period" in answer.text
