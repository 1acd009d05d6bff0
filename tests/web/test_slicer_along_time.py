"""The slicer's choice of what is shown along time, for each value, in both languages."""

import re

from server.exports.of_slice import document_of_slice
from server.runtime import Runtime
from tests.slices.asking import answer
from tests.web.people import Browser

SLICE = "/slice/departures?rows=time:month&value=flights:value,ytd&value=cancelled&cut=time:2013,4"


def _switches(page: str) -> dict[str, str]:
    return dict(re.findall(r'<a id="(along-[0-9]+-[0-9]+)"[^>]*aria-checked="(true|false)"', page))


def test_each_value_has_its_own_switches(admin: Browser) -> None:
    page = admin.get(SLICE).text
    switches = _switches(page)

    assert len(switches) == 20
    assert [name for name, checked in switches.items() if checked == "true"] == ["along-1-3"]
    for words in ("Along time", "Year to date", "YTD", "336,776"):
        assert words in page


def test_a_switch_leads_to_the_same_slice_with_one_more_column(admin: Browser) -> None:
    page = admin.get(SLICE).text
    (link,) = re.findall(r'<a id="along-2-6"[^>]*href="([^"]+)"', page)
    more = admin.get(link.replace("&amp;", "&")).text

    assert _switches(more) == {**_switches(page), "along-2-6": "true"}
    assert more.count("not loaded") >= 3


def test_the_choice_is_in_chinese_too(admin: Browser) -> None:
    page = admin.get(SLICE + "&lang=zh").text
    for words in ("沿时间", "年初至今", "上年同期", "年累计"):
        assert words in page


def test_a_confined_analyst_sees_no_more_along_time(analyst: Browser) -> None:
    page = analyst.get("/slice/departures?value=flights:value,ytd&cut=time:2013,4,12").text
    assert "161,096" in page
    assert "336,776" not in page


def test_files_have_the_same_columns(flights: Runtime) -> None:
    result = answer(flights, "rows=time:month&value=flights:value,ytd,year_growth&cut=time:2013")
    heads = document_of_slice(result).sheets[0].heads[-1]
    assert heads[-2:] == (
        "Scheduled departures, year to date",
        "Scheduled departures, growth on a year earlier (%)",
    )
