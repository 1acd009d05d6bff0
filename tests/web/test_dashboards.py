"""Dashboards: pinned from other screens, seen by whoever may, changed by their owner alone."""

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from server.metadata.dashboards import find_dashboard
from server.metadata.users import find_user
from server.runtime import Runtime
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER, Browser
from tests.web.screens import found_in, row_of, screen, texts
from tests.web.source import count, december, flights_of, is_on_time

FIGURE = {"what": "figure|on_time_arrival", "period": "month"}


@pytest.fixture
def fresh(settled: Runtime) -> Runtime:
    """The application of these tests has facts to show."""
    return settled


@pytest.fixture
def admin(browser: Browser) -> Browser:
    browser.sign_in(ADMIN)
    return browser


@pytest.fixture
def other(new_browser: Callable[[], Browser]) -> Callable[[str], Browser]:
    def signed_in(name: str) -> Browser:
        found = new_browser()
        found.sign_in(name)
        return found

    return signed_in


def pin(browser: Browser, **fields: str) -> TestResponse:
    return browser.post("/dashboards/pin", **{"dashboard": "new", "name": "Mine", **fields})


def share(browser: Browser, version: str) -> None:
    fields = {"name": "Mine", "shared": "1", "version": version}
    assert browser.post("/dashboards/1/settings", **fields).status_code == 303


def keys(browser: Browser) -> list[str]:
    page = browser.get("/dashboards/1?edit=1").text
    return re.findall(r'id="tile-(\w+)"', page)


def test_the_empty_list_says_what_to_do(admin: Browser) -> None:
    assert "press Pin" in texts(screen(admin.get("/dashboards")), ".empty")[0]


def test_an_indicator_is_pinned_with_its_figure(admin: Browser) -> None:
    offered = screen(admin.get("/indicators/on_time_arrival"))
    assert "figure|on_time_arrival" in [
        option.get("value") for option in found_in(offered, ".pin-form option")
    ]

    answer = pin(admin, **FIGURE)

    assert answer.status_code == 303
    assert re.match(r"/dashboards/1#tile-\w+", answer.location)
    share_on_time = 100 * count(december(), is_on_time) / len(december())
    shown = texts(screen(admin.get("/dashboards/1")), ".tile-value")
    assert shown == [f"{share_on_time:.1f}%"]


def test_facts_offer_what_they_add_up_to(admin: Browser) -> None:
    page = screen(
        admin.get("/indicators/on_time_arrival/facts?period=2013-07&cut=organisation:network")
    )

    assert [option.get("value") for option in found_in(page, ".pin-form option")] == [
        "figure|on_time_arrival",
        "trend|on_time_arrival",
        "month",
        "2013-07",
    ]
    assert [one.get("value") for one in found_in(page, ".pin-form [name*=cut]")] == [
        "organisation:network"
    ]


def test_every_kind_of_tile_is_pinned_and_shown(admin: Browser) -> None:
    pin(admin, **FIGURE)
    for what in (
        "trend|on_time_arrival",
        "ranking|on_time_arrival|organisation",
        "table|on_time_arrival|region",
        "scorecard|punctuality",
    ):
        assert pin(admin, what=what, dashboard="1").status_code == 303
    address = "/slice/departures?rows=organisation@default:group&value=flights"
    pinned = pin(admin, what="slice", address=address, dashboard="1")

    page = screen(admin.get("/dashboards/1"))
    assert pinned.status_code == 303, pinned.text
    assert texts(page, ".tile-trouble") == []
    assert len(found_in(page, "[data-chart]")) == 3
    assert row_of(page, ".tile-table", "Hawaii")
    assert len(found_in(page, ".tile-card li")) == 4


def test_a_pinned_part_and_period_stay(admin: Browser) -> None:
    pin(admin, what="figure|on_time_arrival", period="2013-07", cut="organisation:low_cost,B6")

    page = screen(admin.get("/dashboards/1"))

    assert texts(page, ".grid-head p") == ["JetBlue Airways · July 2013"]


def test_a_slice_is_pinned_as_its_table(admin: Browser) -> None:
    """With its totals, and of what is known when somebody looks."""
    address = (
        "/slice/departures?rows=organisation:carrier&columns=origin&value=flights&totals=1"
        "&order=-flights&as_of=2"
    )
    pinned = pin(admin, what="slice_table", address=address)

    page = screen(admin.get("/dashboards/1"))
    assert pinned.status_code == 303, pinned.text
    assert row_of(page, ".tile-table", "Hawaiian")[1:] == ["0", "342", "0", "342"]
    assert row_of(page, ".tile-table", "Total")[-1] == "336,776"
    grid = admin.get("/dashboards/1").text.partition('class="grid')[2].partition("</ol>")[0]
    assert "as_of" not in grid


def test_a_dashboard_is_looked_at_for_a_period_and_a_part(admin: Browser) -> None:
    """What a tile was pinned with for good stays; the rest follows the address."""
    pin(admin, **FIGURE)
    pin(admin, what="figure|on_time_arrival", period="2013-12", dashboard="1")
    pin(admin, what="figure|on_time_arrival", cut="organisation:low_cost,B6", dashboard="1")
    slice_ = "/slice/departures?rows=organisation:group&value=flights"
    pin(admin, what="slice_table", address=slice_, dashboard="1")

    page = screen(admin.get("/dashboards/1?period=2013-02&cut=organisation:low_cost,WN"))
    subjects = texts(page, ".grid-head p")

    assert subjects[:3] == [
        "Southwest Airlines Co. · February 2013",
        "Southwest Airlines Co. · December 2013",
        "JetBlue Airways · February 2013",
    ]
    southwest = count(flights_of(2), lambda row: row["carrier"] == "WN")
    assert row_of(page, ".tile-table", "Low-cost")[-1] == f"{southwest:,}"
    assert "period=2013-02" in admin.get("/dashboards/1?period=2013-02").text
    assert admin.get("/dashboards/1?period=soon").status_code == 400
    assert admin.get("/dashboards/1?cut=organisation:nowhere").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"what": "pie|on_time_arrival"},
        {"what": "figure|on_time_arrival", "period": "soon"},
        {"what": "figure|on_time_arrival", "cut": "nonsense"},
        {"what": "slice", "address": "https://elsewhere.example/"},
        {"what": "slice_table", "address": "/slice/departures?rows=planet"},
        {"what": "figure|on_time_arrival", "name": ""},
        {"what": "figure|on_time_arrival", "dashboard": "x"},
    ],
)
def test_what_cannot_be_pinned_is_refused_and_leaves_nothing(
    admin: Browser, fields: dict[str, str]
) -> None:
    assert pin(admin, **fields).status_code in (400, 404)
    assert admin.get("/dashboards/1").status_code == 404


def test_a_private_dashboard_does_not_exist_for_others(
    admin: Browser, other: Callable[[str], Browser]
) -> None:
    pin(admin, **FIGURE)
    viewer = other(VIEWER)

    assert viewer.get("/dashboards/1").status_code == 404
    assert viewer.get("/dashboards/1/wall").status_code == 404
    assert viewer.post("/dashboards/1/text", text="x", version="2").status_code == 404
    assert "Mine" not in viewer.get("/dashboards").text


def test_a_shared_dashboard_is_seen_and_not_changed(
    admin: Browser, other: Callable[[str], Browser]
) -> None:
    pin(admin, **FIGURE)
    share(admin, "2")
    viewer = other(OPS)

    page = screen(viewer.get("/dashboards/1?edit=1"))
    assert found_in(page, ".steps-form") == []
    (key,) = keys(admin)
    for path, fields in (
        (f"/dashboards/1/tiles/{key}", {"step": "remove"}),
        ("/dashboards/1/settings", {"name": "Theirs"}),
        ("/dashboards/1/remove", {}),
        ("/dashboards/1/text", {"text": "x"}),
        ("/dashboards/1/displays", {}),
        ("/dashboards/pin", {**FIGURE, "dashboard": "1"}),
    ):
        assert viewer.post(path, version="3", **fields).status_code == 403, path
    assert keys(admin) == [key]


def test_everyone_sees_a_shared_dashboard_in_their_own_scope(
    admin: Browser, other: Callable[[str], Browser]
) -> None:
    pin(admin, **FIGURE)
    pin(admin, what="figure|on_time_arrival", cut="organisation:low_cost", dashboard="1")
    share(admin, "3")

    network = [r for r in december() if r["carrier"] in {"AA", "AS", "DL", "HA", "UA", "US"}]
    page = screen(other(ANALYST).get("/dashboards/1"))
    on_time = 100 * sum(map(is_on_time, network)) / len(network)
    assert texts(page, ".tile-value") == [f"{on_time:.1f}%"]
    assert "may see" in texts(page, ".tile-trouble")[0]


def test_a_slice_on_a_dashboard_is_not_for_those_who_may_not_slice(
    admin: Browser, other: Callable[[str], Browser]
) -> None:
    pin(admin, what="slice", address="/slice/departures?rows=organisation&value=flights")
    share(admin, "2")

    assert "'slice'" in texts(screen(other(VIEWER).get("/dashboards/1")), ".tile-trouble")[0]


def test_tiles_are_moved_resized_taken_away_and_put_back(admin: Browser) -> None:
    pin(admin, **FIGURE)
    pin(admin, what="figure|severe_delays", dashboard="1")
    first, second = keys(admin)
    admin.post(f"/dashboards/1/tiles/{first}", step="later", version="3")
    assert keys(admin) == [second, first]
    admin.post(f"/dashboards/1/tiles/{first}", to="0", version="4")
    assert keys(admin) == [first, second]
    admin.post(f"/dashboards/1/tiles/{first}", step="wider", version="5")
    assert f'w-2 h-1" id="tile-{first}"' in admin.get("/dashboards/1").text
    admin.post(f"/dashboards/1/tiles/{first}", step="remove", version="6")
    assert keys(admin) == [second]
    admin.post("/dashboards/1/restore", version="7")
    assert keys(admin) == [first, second]


def test_a_change_that_another_window_has_overtaken_is_refused_with_a_sentence(
    admin: Browser,
) -> None:
    pin(admin, **FIGURE)
    (key,) = keys(admin)
    assert admin.post("/dashboards/1/text", text="first", version="2").status_code == 303

    for path, fields in (
        ("/dashboards/1/text", {"text": "second"}),
        (f"/dashboards/1/tiles/{key}", {"step": "remove"}),
        ("/dashboards/1/settings", {"name": "Other"}),
        ("/dashboards/1/remove", {}),
    ):
        answer = admin.post(path, version="2", **fields)
        assert answer.status_code == 409, path
        assert "has been changed since you opened it" in answer.text
    assert len(keys(admin)) == 2
    assert "second" not in admin.get("/dashboards/1").text


def test_a_removed_dashboard_is_gone(admin: Browser) -> None:
    pin(admin, **FIGURE)
    assert admin.post("/dashboards/1/remove", version="2").status_code == 303
    assert admin.get("/dashboards/1").status_code == 404


def test_text_of_a_tile_is_never_markup(admin: Browser) -> None:
    pin(admin, **FIGURE)
    admin.post("/dashboards/1/text", title="<b>x</b>", text="<script>1</script>", version="2")

    page = admin.get("/dashboards/1").text
    assert "<b>x</b>" not in page
    assert "<script>1" not in page
    assert "&lt;script&gt;1" in page


def test_a_tile_whose_indicator_is_gone_leaves_the_others_alone(
    admin: Browser, fresh: Runtime
) -> None:
    pin(admin, **FIGURE)
    pin(admin, what="figure|no_such_indicator", dashboard="1")

    page = screen(admin.get("/dashboards/1"))
    assert len(texts(page, ".tile-value")) == 1
    assert "'no_such_indicator'" in texts(page, ".tile-trouble")[0]
    with fresh.metadata.read() as reading:
        user = find_user(reading, ADMIN)
        assert user is not None
        assert len(find_dashboard(reading, user.id, 1).tiles) == 2


def test_all_tiles_are_answered_at_one_snapshot(
    admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(admin, **FIGURE)
    for what in ("trend|on_time_arrival", "ranking|severe_delays|region", "scorecard|punctuality"):
        pin(admin, what=what, dashboard="1")
    opened = []
    real = Runtime.snapshot

    def counted(runtime: Runtime, *clocks: int | None) -> object:
        opened.append(clocks)
        return real(runtime, *clocks)

    monkeypatch.setattr(Runtime, "snapshot", counted)

    assert admin.get("/dashboards/1").status_code == 200
    assert opened == [(None, None)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_language_in_the_address_is_kept(admin: Browser, language: str) -> None:
    answer = admin.post(f"/dashboards?lang={language}", name="Plan")
    assert answer.location == f"/dashboards/1?lang={language}&edit=1"
    page = admin.get(answer.location).text
    assert {"en": "This dashboard is empty", "zh": "这个仪表板是空的"}[language] in page
