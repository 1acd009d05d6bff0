"""The wall screen: one dashboard under a token that opens nothing else and leaves no trace."""

import re
from collections.abc import Callable

import pytest
from lxml.html import HtmlElement

from server.access import Role, Scope, ScopeRule
from server.errors import StoreAway
from server.metadata.session import Metadata, open_metadata
from server.metadata.users import named_user, set_rights
from server.runtime import Runtime
from tests.web.people import ADMIN, ANALYST, Browser, Clock
from tests.web.screens import found_in, screen, texts
from tests.web.source import december, is_on_time
from web.pages import dashboard_wall

PINNED = {"what": "figure|on_time_arrival", "dashboard": "new", "name": "Tower"}


@pytest.fixture
def fresh(settled: Runtime) -> Runtime:
    """The application of these tests has facts to show."""
    return settled


@pytest.fixture
def owner(browser: Browser) -> Browser:
    browser.sign_in(ANALYST)
    browser.post("/dashboards/pin", **PINNED)
    return browser


@pytest.fixture
def wall(owner: Browser) -> str:
    """The address of a new screen, without the host."""
    page = owner.post("/dashboards/1/displays").text
    found = re.search(r"http://localhost(/wall/icd_[\w-]{43})\?lang=en", page)
    assert found is not None
    return found[1]


@pytest.fixture
def screen_on_the_wall(new_browser: Callable[[], Browser]) -> Browser:
    return new_browser()


def test_a_token_shows_its_dashboard_in_the_scope_of_its_owner(
    owner: Browser, wall: str, screen_on_the_wall: Browser
) -> None:
    on_wall = texts(screen(screen_on_the_wall.get(wall)), ".tile-value")

    assert on_wall == texts(screen(owner.get("/dashboards/1")), ".tile-value")


def test_a_token_makes_no_cookie_and_opens_nothing_else(
    wall: str, screen_on_the_wall: Browser
) -> None:
    token = wall.rpartition("/")[2]
    for path in (wall, f"{wall}?page=2", "/wall/made-up"):
        assert "Set-Cookie" not in screen_on_the_wall.get(path).headers
    assert screen_on_the_wall.cookies() == {}
    for path in ("/dashboards/1", "/dashboards/1/wall", "/scorecards/punctuality", "/dashboards"):
        assert screen_on_the_wall.get(path).status_code == 303
        assert screen_on_the_wall.get(path, Authorization=f"Bearer {token}").status_code == 303
    api = screen_on_the_wall.get("/api/v1/indicators", Authorization=f"Bearer {token}")
    assert api.status_code == 401
    assert screen_on_the_wall.send(wall, {}).status_code == 405


def test_an_address_is_answered_so_many_times_a_minute(
    owner: Browser,
    wall: str,
    screen_on_the_wall: Browser,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another screen is not held up by it, and a minute later it is answered again."""
    monkeypatch.setattr(dashboard_wall, "REQUESTS_A_MINUTE", 3)
    answers = [screen_on_the_wall.get(wall).status_code for _ in range(4)]
    held_up = screen_on_the_wall.get(wall)
    page = owner.post("/dashboards/1/displays").text
    other = re.search(r"http://localhost(/wall/icd_[\w-]{43})", page)

    assert answers == [200, 200, 200, 429]
    assert held_up.headers["Retry-After"] == "20"
    assert "Set-Cookie" not in held_up.headers
    assert other is not None
    assert screen_on_the_wall.get(other[1]).status_code == 200
    clock.pass_by(minutes=1)
    assert screen_on_the_wall.get(wall).status_code == 200


def test_a_screen_has_no_controls(wall: str, screen_on_the_wall: Browser) -> None:
    page = screen_on_the_wall.get(wall).text

    assert re.findall("<(?:form|button|input|a|nav)[ >]", page) == []
    assert "csrf" not in page


def test_the_secret_is_shown_once_and_not_kept(owner: Browser, wall: str, fresh: Runtime) -> None:
    secret = wall.rpartition("/")[2]

    assert secret not in owner.get("/dashboards/1?edit=1").text
    assert fresh.settings.home.exists()
    with fresh.metadata.read() as reading:
        kept = reading.connection().exec_driver_sql("SELECT * FROM display_token").all()
    assert len(kept) == 1
    assert secret not in str(kept)


def test_an_ended_screen_goes_dark(owner: Browser, wall: str, screen_on_the_wall: Browser) -> None:
    owner.post("/dashboards/1/displays/end", display="1")

    answer = screen_on_the_wall.get(wall)
    assert answer.status_code == 404
    assert "This screen is closed" in answer.text
    assert "63" not in re.sub(r"v=\w+", "", answer.text)


def _confine(house: Runtime, *, is_active: bool = True) -> None:
    """Let the owner see one airline alone from now on."""
    _confine_in(house.metadata, is_active=is_active)


def _confine_in(metadata: Metadata, *, is_active: bool = True) -> None:
    delta = Scope((ScopeRule("organisation", ("network", "DL")),))
    with metadata.write() as writing:
        user = named_user(writing, ANALYST)
        set_rights(writing, user.id, role=Role.ANALYST, scope=delta, is_active=is_active)


def _look(page: HtmlElement) -> str:
    """The address at which a screen looks whether it may still show the same."""
    (look,) = found_in(page, "#wall [hx-get]")
    return str(look.get("hx-get"))


def test_a_screen_looks_whether_it_may_still_show_the_same(
    owner: Browser,
    wall: str,
    screen_on_the_wall: Browser,
    fresh: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A look asks nothing of the facts and does not count against the pace."""
    look = _look(screen(screen_on_the_wall.get(f"{wall}?seconds=3600")))
    monkeypatch.setattr(dashboard_wall, "REQUESTS_A_MINUTE", 1)
    with monkeypatch.context() as away:
        away.setattr(dashboard_wall, "show_tiles", None)
        for _ in range(3):
            assert screen_on_the_wall.get(look).status_code == 204

    _confine(fresh)
    narrowed = screen_on_the_wall.get(look)
    assert narrowed.status_code == 200
    assert _look(screen(narrowed)) != look
    assert "rights" not in str(found_in(screen(narrowed), "#wall")[0].get("hx-get"))
    assert screen_on_the_wall.get(_look(screen(narrowed))).status_code == 204
    owner.post("/dashboards/1/displays/end", display="1")
    assert screen_on_the_wall.get(_look(screen(narrowed))).status_code == 404


def test_a_wall_of_somebody_signed_in_looks_too(owner: Browser, fresh: Runtime) -> None:
    look = _look(screen(owner.get("/dashboards/1/wall")))
    assert owner.get(look).status_code == 204
    _confine(fresh)
    assert owner.get(look).status_code == 200


def test_a_wall_of_somebody_signed_in_hears_of_another_process_within_five_seconds(
    owner: Browser, fresh: Runtime, clock: Clock
) -> None:
    """It looks every four seconds, and what it looks at is a second old at most."""
    elsewhere = open_metadata(str(fresh.metadata._engine.url))
    look = _look(screen(owner.get("/dashboards/1/wall")))
    try:
        _confine_in(elsewhere)
        clock.pass_by(seconds=5 - dashboard_wall.LOOK_SECONDS)
        assert owner.get(look).status_code == 200
    finally:
        elsewhere.close()


def test_a_screen_ends_after_a_year(wall: str, screen_on_the_wall: Browser, clock: Clock) -> None:
    clock.pass_by(days=364)
    assert screen_on_the_wall.get(wall).status_code == 200
    clock.pass_by(days=2)
    assert screen_on_the_wall.get(wall).status_code == 404


def test_a_screen_ends_with_its_dashboard(
    owner: Browser, wall: str, screen_on_the_wall: Browser
) -> None:
    owner.post("/dashboards/1/remove", version="2")

    assert screen_on_the_wall.get(wall).status_code == 404


def test_nobody_ends_a_screen_of_another(
    wall: str, new_browser: Callable[[], Browser], screen_on_the_wall: Browser
) -> None:
    admin = new_browser()
    admin.sign_in(ADMIN)

    assert admin.post("/dashboards/1/displays/end", display="1").status_code == 404
    assert screen_on_the_wall.get(wall).status_code == 200


def test_the_owners_rights_are_those_of_this_moment(
    wall: str, fresh: Runtime, screen_on_the_wall: Browser
) -> None:
    before = texts(screen(screen_on_the_wall.get(wall)), ".tile-value")
    _confine(fresh)
    after = texts(screen(screen_on_the_wall.get(wall)), ".tile-value")
    rows = [row for row in december() if row["carrier"] == "DL"]

    assert before != after == [f"{100 * sum(map(is_on_time, rows)) / len(rows):.1f}%"]
    _confine(fresh, is_active=False)
    assert screen_on_the_wall.get(wall).status_code == 404


def test_a_failure_is_logged_without_the_secret_and_sets_no_cookie(
    wall: str,
    screen_on_the_wall: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise StoreAway("the facts are away")

    monkeypatch.setattr(dashboard_wall, "show_tiles", broken)
    answer = screen_on_the_wall.get(wall)

    assert answer.status_code == 503
    assert "Set-Cookie" not in answer.headers
    failures = [one.getMessage() for one in caplog.records if one.name == "web.problems"]
    assert [one.rpartition(" ")[2] for one in failures] == ["/wall/…"]
    assert wall.rpartition("/")[2] not in caplog.text


@pytest.mark.parametrize("seconds", ["4", "x", "99999"])
def test_a_pace_that_cannot_be_is_refused(owner: Browser, seconds: str) -> None:
    assert owner.get(f"/dashboards/1/wall?seconds={seconds}").status_code == 400
