"""Nothing that an insider can ask tells anything of the outside, whoever looked before them.

In one of the two houses an administrator has looked at everything first, so that its caches are
full of what the insiders may not see; in the other one nobody has.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff

import pytest

from tests.worlds.asking import CUBE, Asked, answered, asked_of, changes_of, is_of_loads, told
from tests.worlds.scale import SEEDS
from tests.worlds.world import Insider, World, world

_ANALYST = 0


@pytest.fixture(scope="module", params=SEEDS)
def worlds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, World]]:
    """The house of the source, and one whose outside is another."""
    home = tmp_path_factory.mktemp("worlds")
    with pytest.MonkeyPatch.context() as patch:
        for module in ("publish", "steps"):  # how long a step took is told with it
            patch.setattr(f"server.ledger.{module}.monotonic", lambda: 0.0)
        with world(home / "source", None) as one, world(home / "other", request.param) as other:
            for asked in asked_of(one.app):
                answered(one.app, *one.admin, asked)
            yield one, other


@pytest.mark.parametrize("number", range(3), ids=["analyst", "viewer", "ops"])
def test_every_answer_is_the_same_in_both_worlds(worlds: tuple[World, World], number: int) -> None:
    one, other = worlds
    insider, twin = one.insiders[number], other.insiders[number]
    questions = list(_asked(one, insider))
    differences = {}
    for asked in questions:
        here, there = told(one.app, insider, asked), told(other.app, twin, asked)
        if here != there:
            lines = unified_diff(here.splitlines(), there.splitlines(), lineterm="", n=0)
            differences[asked.method, asked.path, asked.credential] = list(lines)[2:12]

    assert not differences, differences
    assert len(questions) > 250


def test_a_colleague_who_looks_at_the_same_time_changes_nothing(
    worlds: tuple[World, World],
) -> None:
    """An administrator and an analyst ask the same at once, on sixteen threads."""
    one, other = worlds
    insider, twin = one.insiders[_ANALYST], other.insiders[_ANALYST]
    questions = [asked for asked in asked_of(one.app) if "?" in asked.path]
    with ThreadPoolExecutor(16) as threads:
        for asked in questions:
            threads.submit(answered, one.app, *one.admin, asked)
        found = [threads.submit(told, one.app, insider, asked) for asked in questions]
        wrong = [
            asked.path
            for asked, here in zip(questions, found, strict=True)
            if here.result() != told(other.app, twin, asked)
        ]

    assert not wrong


def test_to_whoever_sees_everything_the_worlds_differ(worlds: tuple[World, World]) -> None:
    """Else nothing would have been compared."""
    asked = Asked("GET", f"{CUBE}/aggregate?drilldown=organisation:carrier", "token")
    here, there = (answered(house.app, *house.admin, asked).get_json() for house in worlds)

    assert here["summary"] != there["summary"]
    assert len(here["cells"]) > len(worlds[0].insiders)


def _asked(house: World, insider: Insider) -> Iterator[Asked]:
    """What an insider asks; those who may load see whole loads, which are not compared."""
    for asked in (*asked_of(house.app), *changes_of(house.app)):
        if not (insider.may_load and is_of_loads(asked)):
            yield asked
