"""Filters of the slicer by days that are counted from the last one that has arrived."""

from tests.web.people import Browser
from tests.web.screens import found_in, links, screen, texts, words
from tests.web.source import december, flights_of

ROWS = "rows=organisation:group&value=flights&totals=1"
SO_FAR = "time@ymd:last0months-today"


def test_days_counted_from_today_are_plain_ones_on_the_screen(admin: Browser) -> None:
    """The last day is 31 December: the month so far is December."""
    page = screen(admin.get(f"/slice/departures?{ROWS}&cut={SO_FAR}"))
    (chip,) = texts(page, ".chip")

    assert chip == "Time: 1 Dec 2013 – 31 Dec 2013 last0months-today"
    assert f"{len(december()):,}" in words(found_in(page, "table")[0])


def test_links_and_saved_views_keep_how_they_are_counted(admin: Browser) -> None:
    page = screen(admin.get(f"/slice/departures?{ROWS}&cut={SO_FAR}"))
    kept = {
        one.get("value") for one in found_in(page, ".view-save input") if one.get("name") == "cut"
    }
    sorting = links(page, "table thead a[href*=order]")

    assert kept == {SO_FAR}
    assert sorting
    assert all(f"cut={SO_FAR}" in link for link in sorting)


def test_the_filter_offers_them_and_takes_them_in_a_range(admin: Browser) -> None:
    page = screen(admin.get(f"/slice/departures/cut/time?{ROWS}"))
    offered = links(page, ".counted a[href*=today]")
    form = "dimension=time&hierarchy=ymd&how=range&first=last1month&last=last0months"
    answer = admin.get(f"/slice/departures?{ROWS}&{form}")

    assert any("29daysago-today" in link for link in offered)
    assert answer.status_code == 302
    assert "cut=time@ymd:last1month-last0months" in answer.location
    again = screen(admin.get(answer.location))
    assert f"{len(flights_of(11)) + _first_of_december():,}" in words(found_in(again, "table")[0])


def test_what_was_read_is_said(admin: Browser) -> None:
    page = screen(admin.get(f"/slice/departures?{ROWS}"))

    assert "read from the facts" in words(found_in(page, ".bar-base")[0])


def test_a_fiscal_year_is_called_by_its_name(admin: Browser) -> None:
    """The fiscal year 2014 begins in October 2013."""
    question = "rows=time@fiscal:fiscal_year&value=flights:value,ytd"
    page = screen(admin.get(f"/slice/departures?{question}"))
    flights = sum(len(flights_of(month)) for month in (10, 11, 12))

    told = words(found_in(page, "table")[0])
    assert "FY2014" in told
    assert f"{flights:,}" in told
    assert "Fiscal year › Year" in page.text_content()
    cut = screen(admin.get(f"/slice/departures?{question}&cut=time@fiscal:2014"))
    assert "FY2014" in texts(cut, ".chip")[0]


def _first_of_december() -> int:
    return sum(row["day"] == "1" for row in december())
