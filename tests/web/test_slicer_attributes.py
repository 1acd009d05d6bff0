"""The slicer within a cut on an attribute: told by its name, kept on the way down."""

import re
from collections import Counter
from html import unescape

from tests.web.people import Browser
from tests.web.source import december

SUMMER = "/slice/departures?rows=time:year&value=flights:value,change&cut=time.month:7;8"


def test_the_attribute_is_named_and_stays_on_the_way_down(admin: Browser) -> None:
    page = admin.get(SUMMER)

    assert page.status_code == 200
    assert "Month" in page.text
    addresses = [unescape(one) for one in re.findall(r'href="([^"]+)"', page.text)]
    down = [one for one in addresses if re.search(r"cut=time(@ymd)?:2013", one)]
    assert down
    assert all("cut=time.month:7;8" in one for one in down)


def test_its_facts_and_the_form_of_its_dimension_are_shown(admin: Browser) -> None:
    tail = SUMMER.partition("?")[2]

    assert admin.get(f"/slice/departures/facts?{tail}").status_code == 200
    assert admin.get(f"/slice/departures/cut/time?{tail}").status_code == 200
    assert admin.get(f"/slice/departures/cut/organisation?{tail}").status_code == 200


def test_the_figures_are_those_within(admin: Browser) -> None:
    weekend = "rows=origin&value=flights&cut=time:2013,4,12&cut=time.weekday:6;7"
    page = admin.get(f"/slice/departures?{weekend}").text

    flights = Counter(row["origin"] for row in december() if int(row["day"]) in _weekend_days())
    assert all(f"{number:,}" in page for number in flights.values())


def _weekend_days() -> set[int]:
    return {1, 7, 8, 14, 15, 21, 22, 28, 29}  # of December 2013
