"""Who may open what, for every route: 8 callers, 3 credentials, and their own or others' things.

The routes are those of the application, what is expected follows from the right that each declares.
A route that declares none, or whose things are not named here, fails.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, Response
from werkzeug.routing import Rule

from loaders.sample import apply_everything
from server.access import RIGHTS, Permission, Role
from server.metadata.users import create_user
from server.runtime import Runtime
from tests.web.callers import CREDENTIALS, Caller, callers, knock
from tests.web.owned_things import Things
from tests.web.routes import address, rules
from web.app import create_app
from web.gate import PUBLIC, declared_right
from web.programs import DOORS

# Whose things the address names: each is open to its owner alone, and not there for anybody else.
OWNED = {
    "/account/links/<int:number>/end": "link",
    "/account/sessions/<int:number>/end": "session",
    "/api/v1/exports/<code>": "export",
    "/api/v1/exports/<code>/file": "file",
    "/api/v1/loads/<specification>/pushes/<key>": "push",
    "/dashboards/<int:number>": "dashboard",
    "/dashboards/<int:number>/displays": "dashboard",
    "/dashboards/<int:number>/displays/end": "display",
    "/dashboards/<int:number>/remove": "dashboard",
    "/dashboards/<int:number>/restore": "dashboard",
    "/dashboards/<int:number>/settings": "dashboard",
    "/dashboards/<int:number>/slice": "dashboard",
    "/dashboards/<int:number>/text": "dashboard",
    "/dashboards/<int:number>/tiles/<name>": "tile",
    "/dashboards/<int:number>/wall": "dashboard",
    "/exports/<export>/cancel": "export",
    "/exports/<export>/file": "file",
    "/exports/<export>/repeat": "export",
    "/exports/schedules/<name>/end": "schedule",
    "/slice/<name>/views/<int:number>/remove": "view",
}
# Everybody who has the right may name these; what of them is shown is said by the scope.
COMMON = (
    "/api/v1/cubes/<name>",
    "/api/v1/indicators/<code>",
    "/api/v1/loads/<int:number>",
    "/api/v1/loads/<specification>",
    "/api/v1/scorecards/<code>",
    "/indicators/<code>",
    "/loads/<int:number>",
    "/odata/<name>",
    "/odata/IndicatorValues(<path:key>)",
    "/odata/Indicators(<path:key>)",
    "/people/<int:number>",
    "/roles/<role>",
    "/scorecards/<code>",
    "/slice/<name>",
    "/slicer/cube/<name>",
    "/snapshots/<int:first>..<int:last>",
    "/static/<path:filename>",
)
# Whoever has the secret in the address may open it.
SECRET = (
    "/links/<token>/<name>.csv",
    "/links/<token>/<name>.json",
    "/sign-in/<token>",
    "/wall/<token>",
)
_QUIET = {"HEAD", "OPTIONS"}


@pytest.fixture
def house(fresh: Runtime, tmp_path: Path) -> Runtime:
    """Metadata of its own, exports of its own, and no limit of requests."""
    settings = replace(
        fresh.settings,
        exports=tmp_path,
        redis="unix:///none.sock",
        api_requests_per_minute=10**6,
    )
    return replace(fresh, settings=settings)


def cells(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every route and method, with the right that it declares."""
    for rule in rules(app):
        right = declared_right(app.view_functions[rule.endpoint])
        for method in sorted((rule.methods or set()) - _QUIET):
            assert right is not None, f"{rule.rule} declares no right"
            yield rule, method, right


def expected(caller: Caller, credential: str, rule: Rule, method: str, right: str) -> int:
    """The status of a view that does nothing and says 204, judged from the right alone."""
    is_door = rule.rule.startswith(DOORS)
    is_fitting = credential == ("token" if is_door else "session")
    if is_door and credential == "token" and caller.token and caller.role is None:
        return 401  # a token that is no good is told so, also where none is needed
    if right == PUBLIC:
        is_forged = method != "GET" and not is_door and not (is_fitting and caller.role)
        return 403 if is_forged else 204
    if not is_fitting or caller.role is None:
        return 401 if is_door else 303
    needed = {Permission(right), *([Permission.API] if is_door else [])}
    return 204 if needed <= RIGHTS[caller.role] else 403


def test_the_gate_lets_each_caller_through_by_the_declared_right_alone(house: Runtime) -> None:
    app, everybody = _hollow(create_app(house)), callers(house)
    wrong, count = [], 0
    for rule, method, right in cells(app):
        path = address(rule)
        for caller in everybody:
            for credential in CREDENTIALS:
                got = knock(app, caller, credential, method, path).status_code
                want = expected(caller, credential, rule, method, right)
                count += 1
                if got != want:
                    wrong.append((method, rule.rule, caller.name, credential, got, want))

    print(f"{count} cells of {count // 24} routes × 8 callers × 3 credentials")  # noqa: T201
    assert wrong == []
    assert count > 3_000


def test_a_route_without_a_rule_does_not_pass(house: Runtime) -> None:
    app = create_app(house)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    with pytest.raises(AssertionError, match="/forgotten declares no right"):
        list(cells(app))


def test_every_address_that_names_a_thing_says_whose_it_may_be(app: Flask) -> None:
    named = {rule.rule for rule in rules(app) if rule.arguments}

    assert [one for one in OWNED if one not in named] == []
    assert [
        one
        for one in sorted(named)
        if one not in OWNED and one not in SECRET and not one.startswith(COMMON)
    ] == []


def test_what_is_anothers_is_as_if_it_were_not_there(house: Runtime) -> None:
    apply_everything(house, house.cubes.model, "adele")
    app, everybody = create_app(house), callers(house)
    wrong, count = [], 0
    with house.metadata.write() as writing:
        other = create_user(writing, "zoe", Role.ADMINISTRATOR, house.clock())
    for rule, method, right in cells(app):
        if rule.rule not in OWNED:
            continue
        credential = "token" if rule.rule.startswith(DOORS) else "session"
        things = Things(house, OWNED[rule.rule])
        for caller in everybody:
            gate = expected(caller, credential, rule, method, right)
            answers = []
            for thing in (things.of(caller.user or other), things.of(other), things.missing):
                path = _filled(rule, thing)
                answer = knock(app, caller, credential, method, path, things.form(thing))
                answers.append((answer.status_code, _words(answer.text, thing)))
                count += 1
            own, foreign, missing = answers
            if gate != 204:
                right_ones = [status for status, _ in answers] == [gate] * 3
            else:
                right_ones = own[0] not in (401, 403, 404) and foreign == missing
                right_ones = right_ones and foreign[0] == 404
            if not right_ones:
                wrong.append((method, rule.rule, caller.name, gate, answers))

    print(f"{count} cells of {len(OWNED)} addresses × 8 callers × own, foreign, missing")  # noqa: T201
    assert wrong == []
    assert count >= len(OWNED) * 24


def test_what_does_not_exist_is_told_only_to_those_with_the_right(house: Runtime) -> None:
    app, everybody = create_app(house), callers(house)
    wrong, count = [], 0
    for rule, method, right in cells(app):
        if method != "GET" or right == PUBLIC or not rule.rule.startswith(COMMON):
            continue
        credential = "token" if rule.rule.startswith(DOORS) else "session"
        for caller in everybody:
            gate = expected(caller, credential, rule, method, right)
            status = knock(app, caller, credential, method, _missing(rule)).status_code
            count += 1
            if status not in ((400, 404) if gate == 204 else (gate,)):
                wrong.append((rule.rule, caller.name, gate, status))

    print(f"{count} cells of common addresses at which nothing is")  # noqa: T201
    assert wrong == []


def _hollow(app: Flask) -> Flask:
    """The application with views that do nothing, under the rights of those that were there."""
    for name, view in list(app.view_functions.items()):

        def nothing(**_parts: object) -> Response:
            return Response(status=204)

        nothing.indicube_right = declared_right(view)  # type: ignore[attr-defined]
        app.view_functions[name] = nothing
    return app


def _filled(rule: Rule, thing: str) -> str:
    """The address of a thing; what else stands in it is of this house."""
    others = {"name": "departures", "specification": "departures"}
    own = {"export", "code", "number", "key"} & rule.arguments or {"name"}
    filled = rule.rule
    for name in rule.arguments:
        value = thing if name in own else others[name]
        for form in (f"<{name}>", f"<int:{name}>"):
            filled = filled.replace(form, value)
    return filled


def _missing(rule: Rule) -> str:
    """The address at which nothing is."""
    return re.sub(r"<(\w+:)?\w+>", lambda m: "987654" if m[1] == "int:" else "nothing", rule.rule)


def _words(text: str, thing: str) -> str:
    """What an answer says, without what was asked and what is new in every answer."""
    # The messages of the caller's own exports are counted in them: such a number is no thing asked.
    answer, messages, rest = text.partition('<div id="toasts"')
    said = re.sub(rf"\b([0-9a-f]{{12}}|{thing})\b", "…", _plain(answer))
    return f"{said} {_plain(messages + rest)}"


def _plain(text: str) -> str:
    told = re.sub(r"<head>.*?</head>|<[^>]+>", " ", text, flags=re.DOTALL)
    return " ".join(told.split())
