"""People and roles: what administrators see of them, and what they change."""

import re
from datetime import timedelta

import pytest

from server.access import Role, ScopeRule
from server.metadata.people import PeopleFilter, search_people
from server.metadata.rights import add_rule
from server.metadata.rights_changes import By, list_changes
from server.metadata.tokens import create_token
from server.metadata.users import User, named_user
from server.runtime import Runtime
from server.scope_rules import DatedRule
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER, Browser, Clock
from tests.web.screens import found_in, links, row_of, screen, texts
from tests.web.source import NETWORK
from web.app import create_app


@pytest.fixture
def boss(settled: Runtime) -> Browser:
    """An administrator's browser on an application with facts that a test may change."""
    browser = Browser(create_app(settled))
    browser.sign_in(ADMIN)
    return browser


def known(runtime: Runtime, name: str) -> User:
    with runtime.metadata.read() as reading:
        return named_user(reading, name)


def version(browser: Browser, path: str) -> str:
    """The version that the forms of a page were made from."""
    found = re.search(r'name="version" value="(\d+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def give(browser: Browser, number: int, **fields: str) -> int:
    """Add a rule by the form of a person."""
    here = f"/people/{number}/rules"
    return browser.post(here, version=version(browser, f"{here}/new"), **fields).status_code


def test_the_list_says_who_may_see_what(boss: Browser, settled: Runtime, clock: Clock) -> None:
    with settled.metadata.write() as writing:
        create_token(writing, named_user(writing, VIEWER), "a program", clock())
    page = screen(boss.get("/people"))

    assert row_of(page, "#people", ANALYST)[1:4] == [
        "analyst",
        "Organisation: network",
        "may sign in",
    ]
    assert row_of(page, "#people", VIEWER)[2] == "everything"
    assert row_of(page, "#people", VIEWER)[4:] == ["never", "1"]
    assert row_of(page, "#people", ADMIN)[4].endswith("09:00 UTC")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("text=AN", [ANALYST]),
        ("role=ops", [OPS]),
        ("state=inactive", []),
        ("role=administrator&state=active", [ADMIN]),
        ("text=%25", []),
    ],
)
def test_people_are_found_by_name_role_and_state(
    boss: Browser, query: str, names: list[str]
) -> None:
    assert texts(screen(boss.get(f"/people?{query}")), "#people tbody th a") == names


def test_long_lists_go_on_where_they_stopped(settled: Runtime) -> None:
    with settled.metadata.read() as reading:
        everybody = search_people(reading, PeopleFilter(), settled.clock())
        first = search_people(reading, PeopleFilter(), settled.clock(), 2)
        rest = search_people(reading, PeopleFilter(), settled.clock(), 2, first[-1].user.name)

    assert [one.user.name for one in (*first, *rest)] == [one.user.name for one in everybody]


def test_a_new_person_signs_in_once_by_the_link_that_is_shown(
    boss: Browser, settled: Runtime
) -> None:
    made = boss.post("/people", name="mei", display_name="Mei Lin", role="analyst")
    (link,) = texts(screen(made), ".secret code")

    assert re.fullmatch(r"http://localhost/sign-in/[\w-]{43}", link)
    assert boss.client.application
    newcomer = Browser(boss.client.application)
    path = link.removeprefix("http://localhost")
    assert newcomer.post(path, password="a long enough one").status_code == 303
    assert newcomer.is_signed_in()
    assert newcomer.get("/people").status_code == 403
    user = known(settled, "mei")
    assert (user.display_name, user.role) == ("Mei Lin", Role.ANALYST)


def test_a_name_that_is_taken_is_refused_and_what_was_written_stays(boss: Browser) -> None:
    answer = boss.post("/people", name=ANALYST, display_name="Another", role="ops")

    assert answer.status_code == 409
    assert "exists already" in answer.text
    assert 'value="Another"' in answer.text
    assert boss.post("/people", name="a b", role="ops").status_code == 422
    assert boss.post("/people", name="ann", role="boss").status_code == 422


def test_a_rule_is_chosen_in_the_tree_and_counts_at_once(boss: Browser, settled: Runtime) -> None:
    number = known(settled, VIEWER).id
    here = f"/people/{number}/rules/new?dimension=organisation"
    top = screen(boss.get(here))
    (opening,) = [one for one in links(top, ".tree a") if "open=network" in one]
    below = screen(boss.get(opening))
    viewer = Browser(boss.client.application)
    viewer.sign_in(VIEWER)

    assert "Network carriers" in texts(top, ".tree li")
    assert "network,AA" in [one.get("value") for one in found_in(below, ".tree input")]
    assert give(boss, number, dimension="organisation", member="network,AA") == 303
    assert known(settled, VIEWER).scope_at(settled.clock()).rules == (
        ScopeRule("organisation", ("network", "AA")),
    )
    assert "All that you may see" in viewer.get("/scorecards/punctuality").text
    assert viewer.get("/scorecards/punctuality?cut=organisation:low_cost").status_code == 404


def test_the_search_finds_members_of_every_level(boss: Browser) -> None:
    page = screen(boss.get("/people/3/rules/new?dimension=organisation&search=american"))

    assert [one.get("value") for one in found_in(page, ".tree input")] == ["network,AA"]


def test_the_page_of_a_person_counts_what_is_open_to_them(boss: Browser, settled: Runtime) -> None:
    number = known(settled, ANALYST).id
    page = screen(boss.get(f"/people/{number}"))
    assert row_of(page, ".rules", "Organisation")[1].startswith("Network carriers (network)")
    assert row_of(page, ".rules", "Organisation")[4] == "in force"
    (open_,) = [one for one in texts(page, ".facts dd") if "members" in one]
    some, of = (int(one) for one in re.findall(r"\d+", open_))
    assert (some, of) == (len(NETWORK), 16)  # carriers of 2013
    assert [one.split(" closed")[0] for one in texts(page, ".open-cubes li")]


def test_rules_that_open_nothing_say_why(boss: Browser, settled: Runtime, clock: Clock) -> None:
    number, by = known(settled, VIEWER).id, By(ADMIN, clock())
    day = timedelta(days=1)
    with settled.metadata.write() as writing:
        for dimension, key, begins, ends in (
            ("organisation", "low_cost", None, clock() - day),
            ("organisation", "network", clock() + day, None),
            ("origin", "XYZ", None, None),
            ("gone", "a", None, None),
        ):
            add_rule(writing, number, DatedRule(dimension, (key,), begins, ends), by)
    page = screen(boss.get(f"/people/{number}"))

    assert texts(page, ".rules tbody .status") == [
        "ended",
        "not yet in force",
        "no such member now",
        "no cube has this dimension: closes every cube",
    ]
    assert "nothing" in texts(page, ".facts dd")
    assert all("closed by" in one for one in texts(page, ".open-cubes li"))


def test_a_removed_rule_is_gone_and_both_changes_are_told(
    boss: Browser, settled: Runtime, clock: Clock
) -> None:
    number = known(settled, ANALYST).id
    give(
        boss,
        number,
        dimension="origin",
        member="JFK",
        **{"from": "2026-12-01", "until": "2026-12-31"},
    )
    added = known(settled, ANALYST).rules[-1]
    where = f"/people/{number}/rules/{added.id}/remove"
    gone = boss.post(where, version=version(boss, f"/people/{number}"))

    assert (str(added.begins_at), str(added.ends_at)) == (
        "2026-12-01 00:00:00+00:00",
        "2027-01-01 00:00:00+00:00",
    )
    assert gone.status_code == 303
    with settled.metadata.read() as reading:
        told = [(one.what, one.by, one.subject, one.at) for one in list_changes(reading)]
    assert told == [
        ("rule_removed", ADMIN, ANALYST, clock()),
        ("rule_added", ADMIN, ANALYST, clock()),
    ]
    assert "rule added: Origin: JFK" in boss.get(f"/people/{number}").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"member": ""}, "Choose a member first"),
        ({"member": "network,AA,N123,more"}, "at most"),
        ({"member": "network", "from": "soon"}, "is no day"),
        (
            {"member": "network", "from": "2026-12-02", "until": "2026-12-01"},
            "end before it begins",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused_where_it_is_made(
    boss: Browser, fields: dict[str, str], words: str
) -> None:
    here = "/people/3/rules"
    sent = {"dimension": "organisation", "version": version(boss, f"{here}/new"), **fields}
    answer = boss.post(here, **sent)

    assert answer.status_code == 422
    assert words in answer.text


def test_the_second_of_two_editors_is_told_and_changes_nothing(
    boss: Browser, settled: Runtime
) -> None:
    number = known(settled, VIEWER).id
    seen = version(boss, f"/people/{number}")
    assert give(boss, number, dimension="origin", member="JFK") == 303

    late = boss.post(f"/people/{number}/role", role="analyst", version=seen)
    assert late.status_code == 409
    assert "Somebody else has changed these rights meanwhile" in late.text
    assert known(settled, VIEWER).role is Role.VIEWER
    late = boss.post(f"/people/{number}/rules", version=seen, dimension="origin", member="EWR")
    assert late.status_code == 409
    assert len(known(settled, VIEWER).rules) == 1


def test_two_editors_of_a_role_notice_each_other(boss: Browser) -> None:
    seen, fields = version(boss, "/roles/ops/rules/new"), {"dimension": "origin", "member": "JFK"}

    assert boss.post("/roles/ops/rules", version=seen, **fields).status_code == 303
    late = boss.post("/roles/ops/rules", version=seen, **fields)
    assert late.status_code == 409
    assert texts(screen(boss.get("/roles/ops")), ".rules tbody th") == ["Origin"]


def test_the_last_administrator_cannot_lock_everybody_out(boss: Browser, settled: Runtime) -> None:
    number = known(settled, ADMIN).id
    for path, field in (("role", {"role": "viewer"}), ("activity", {"active": "no"})):
        seen = version(boss, f"/people/{number}")
        answer = boss.post(f"/people/{number}/{path}", version=seen, **field)

        assert answer.status_code == 409, path
        assert "This is the last active administrator" in answer.text
    user = known(settled, ADMIN)
    assert (user.role, user.is_active) == (Role.ADMINISTRATOR, True)


def test_with_two_administrators_one_may_go(boss: Browser, settled: Runtime) -> None:
    other, own = known(settled, OPS).id, known(settled, ADMIN).id
    seen = version(boss, f"/people/{other}")
    assert boss.post(f"/people/{other}/role", role="administrator", version=seen).status_code == 303

    seen = version(boss, f"/people/{own}")
    assert boss.post(f"/people/{own}/role", role="viewer", version=seen).status_code == 303
    assert boss.get("/people").status_code == 403


def test_who_is_closed_out_is_out_and_comes_back_by_signing_in(
    boss: Browser, settled: Runtime
) -> None:
    viewer, number = Browser(boss.client.application), known(settled, VIEWER).id
    viewer.sign_in(VIEWER)
    here = f"/people/{number}/activity"
    assert (
        boss.post(here, active="no", version=version(boss, f"/people/{number}")).status_code == 303
    )

    assert not viewer.is_signed_in()
    assert boss.post(f"/people/{number}/link").status_code == 409
    assert (
        boss.post(here, active="yes", version=version(boss, f"/people/{number}")).status_code == 303
    )
    assert not viewer.is_signed_in()
    viewer.sign_in(VIEWER)
    assert viewer.is_signed_in()


def test_sessions_and_tokens_are_ended_by_an_administrator(
    boss: Browser, settled: Runtime, clock: Clock
) -> None:
    with settled.metadata.write() as writing:
        tokens = [
            create_token(writing, named_user(writing, ANALYST), name, clock()) for name in "abc"
        ]
    number, analyst = known(settled, ANALYST).id, Browser(boss.client.application)
    analyst.sign_in(ANALYST)
    page = screen(boss.get(f"/people/{number}"))
    first = [one.get("value") for one in found_in(page, "button[name*=token]")]

    def statuses() -> list[int]:
        return [
            boss.client.application.test_client()
            .get("/api/v1/cubes", headers={"Authorization": f"Bearer {token}"})
            .status_code
            for token in tokens
        ]

    assert statuses() == [200, 200, 200]
    assert boss.post(f"/people/{number}/tokens/revoke", token=first[0]).status_code == 303
    assert sorted(statuses()) == [200, 200, 401]
    assert boss.post(f"/people/{number}/tokens/revoke", token="").status_code == 303
    assert statuses() == [401, 401, 401]
    assert boss.post(f"/people/{number}/sessions/end").status_code == 303
    assert not analyst.is_signed_in()
    assert boss.post(f"/people/{number}/tokens/revoke", token="999").status_code == 404


def test_the_table_of_roles_says_what_each_may_do(boss: Browser) -> None:
    page = screen(boss.get("/roles"))

    assert row_of(page, ".rights", "administer people")[1:] == ["no", "no", "no", "yes"]
    assert row_of(page, ".rights", "slice facts")[1:] == ["no", "yes", "no", "yes"]
    assert row_of(page, ".rights", "People who may sign in")[1:] == ["1", "1", "1", "1"]


def test_only_administrators_are_shown_the_way_there(boss: Browser) -> None:
    viewer = Browser(boss.client.application)
    viewer.sign_in(VIEWER)

    assert found_in(screen(boss.get("/account")), "#nav-people")
    assert not found_in(screen(viewer.get("/account")), "#nav-people")


def test_the_account_tells_a_person_what_confines_them(boss: Browser, settled: Runtime) -> None:
    with settled.metadata.write() as writing:
        add_rule(writing, Role.ANALYST, DatedRule("origin", ("JFK",)), By(ADMIN, settled.clock()))
    analyst = Browser(boss.client.application)
    analyst.sign_in(ANALYST)
    words = texts(screen(analyst.get("/account")), ".card li")

    assert words == ["Organisation: network", "Origin: JFK"]
