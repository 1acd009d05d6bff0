"""Who may open what: every route declares one right, and nothing is open by accident."""

from collections.abc import Callable

import pytest
from flask import Flask
from lxml import html

from server.access import RIGHTS, Permission, Role
from server.runtime import Runtime
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER, Browser
from tests.web.routes import address, is_of_programs, rules
from web.app import create_app
from web.gate import PUBLIC, declared_right

OPEN = {
    "/healthz",
    "/links/<token>/<name>.csv",
    "/links/<token>/<name>.json",
    "/readyz",
    "/sign-in",
    "/sign-in/<token>",
    "/static/<path:filename>",
    "/wall/<token>",
}
ROLES = {
    VIEWER: Role.VIEWER,
    ANALYST: Role.ANALYST,
    OPS: Role.OPS,
    ADMIN: Role.ADMINISTRATOR,
}


def _rights(app: Flask) -> dict[str, str | None]:
    return {r.rule: declared_right(app.view_functions[r.endpoint]) for r in rules(app)}


def test_every_route_declares_exactly_one_right(app: Flask) -> None:
    allowed = {PUBLIC, *Permission}

    assert {rule: right for rule, right in _rights(app).items() if right not in allowed} == {}


def test_what_anyone_may_open_is_a_short_list(app: Flask) -> None:
    assert {rule for rule, right in _rights(app).items() if right == PUBLIC} == OPEN


def test_a_route_that_declares_nothing_is_closed_to_everyone(fresh: Runtime) -> None:
    app = create_app(fresh)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    browser = Browser(app)

    assert browser.get("/forgotten").status_code == 403
    browser.sign_in(ADMIN)
    answer = browser.get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_a_stranger_is_sent_to_the_sign_in_from_every_closed_page(
    stranger: Browser, app: Flask
) -> None:
    for rule in rules(app, "GET"):
        if rule.rule in OPEN or is_of_programs(rule.rule):
            continue
        answer = stranger.get(address(rule))

        assert answer.status_code == 303, rule.rule
        assert answer.location.startswith("/sign-in"), rule.rule


def test_a_program_without_a_token_is_told_so_at_every_door(stranger: Browser, app: Flask) -> None:
    for rule in rules(app, "GET"):
        if not is_of_programs(rule.rule) or "<token>" in rule.rule:
            continue
        answer = stranger.get(address(rule))
        is_api = rule.rule.startswith("/api/")

        assert answer.status_code == 401, rule.rule
        assert "Bearer icb_" in answer.text, rule.rule
        asked = answer.headers["WWW-Authenticate"]
        assert asked == ("Bearer" if is_api else 'Basic realm="Indicube"'), rule.rule
        assert not is_api or answer.get_json()["error"]["code"] == "not_signed_in", rule.rule


@pytest.mark.parametrize("name", ROLES)
def test_each_role_opens_the_pages_of_its_rights_and_no_others(
    name: str, new_browser: Callable[[], Browser], fresh_app: Flask
) -> None:
    browser = new_browser()
    browser.sign_in(name)
    rights = RIGHTS[ROLES[name]]
    for rule in rules(fresh_app, "GET"):
        right = declared_right(fresh_app.view_functions[rule.endpoint])
        if right == PUBLIC or is_of_programs(rule.rule):
            continue
        status = browser.get(address(rule)).status_code

        assert (status == 403) == (right not in rights), (rule.rule, status)


def test_loads_are_for_those_who_load(new_browser: Callable[[], Browser]) -> None:
    """Control sums and refused values tell of facts outside a person's scope."""
    seen = {}
    for name in ROLES:
        browser = new_browser()
        browser.sign_in(name)
        seen[name] = browser.get("/loads").status_code

    assert seen == {VIEWER: 403, ANALYST: 403, OPS: 200, ADMIN: 200}


@pytest.mark.parametrize("name", ROLES)
def test_the_navigation_leads_nowhere_that_is_closed(
    new_browser: Callable[[], Browser], name: str
) -> None:
    browser = new_browser()
    browser.sign_in(name)
    page = html.fromstring(browser.get("/account").text)
    links = {link.get("href") for link in page.iterfind(".//nav//a[@href]")}

    assert len(links) >= 4
    assert [one for one in links if browser.get(one or "").status_code not in (200, 302)] == []
