"""Whatever people write in cuts on attributes, modifiers and orders is only ever a value."""

from collections.abc import Callable, Iterator

import pytest

from server.cube.browser import ClickHouseBrowser
from server.errors import IndicubeError
from tests.cube.test_hostile_text import HOSTILE
from tests.truth.our_engine import OurEngine
from tests.truth.questions import written
from tests.truth.worlds import world_of


@pytest.fixture(scope="module")
def browser() -> Iterator[ClickHouseBrowser]:
    engine = OurEngine(world_of(2))
    yield engine.browser(engine.world.moments[-1])
    engine.close()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cut_on_an_attribute_takes_any_text_for_a_value(
    browser: ClickHouseBrowser, text: str
) -> None:
    inside, outside = (
        browser.aggregate(f"{sign}shop.kind:{written(text)}", "facts").summary["facts"]
        for sign in ("", "!")
    )

    assert inside == 0
    assert outside == _with_kind(browser)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_where_a_word_of_ours_belongs_is_refused_in_a_sentence(
    browser: ClickHouseBrowser, text: str
) -> None:
    before = browser.aggregate(aggregates="facts").summary
    questions: list[Callable[[], object]] = [
        lambda: browser.aggregate(time=[f"ytd{text}x"]),
        lambda: browser.aggregate(compare=[f"previous{text}x"]),
        lambda: browser.aggregate(f"time:last{text}month"),
        lambda: browser.aggregate(f"shop.kind{text}x:big"),
        lambda: browser.aggregate(f"shop.size:{written(text)}x"),
        lambda: browser.aggregate(drilldown="shop", time="ytd", order=[f"facts__ytd{text}"]),
    ]

    for question in questions:
        with pytest.raises(IndicubeError):
            question()
    assert browser.aggregate(aggregates="facts").summary == before


def _with_kind(browser: ClickHouseBrowser) -> int:
    number = browser.aggregate("shop.kind:big;small", "facts").summary["facts"]
    assert isinstance(number, int)
    return number
