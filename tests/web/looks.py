"""How screens are looked at: wide and narrow, light and dark, in both languages."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser as Chromium

from tests.web.chromium import Tab, signed_in_context


@dataclass(frozen=True)
class Look:
    """One way to look at a screen."""

    width: int
    scheme: str
    locale: str


LOOKS = [
    pytest.param(Look(width, scheme, locale), id=f"{width}-{scheme}-{locale[:2]}")
    for width, scheme, locale in (
        (1440, "light", "en-GB"),
        (1440, "dark", "zh-CN"),
        (390, "light", "zh-CN"),
        (390, "dark", "en-GB"),
    )
]


def troubles(
    chromium: Chromium,
    address: str,
    session: str,
    look: Look,
    paths: Iterable[str],
    press: str | None = None,
) -> dict[str, list[str]]:
    """What console, policy of content, axe and width say against each screen, with a menu open."""
    context = signed_in_context(
        chromium,
        address,
        session,
        viewport={"width": look.width, "height": 900},
        color_scheme=look.scheme,
        locale=look.locale,
    )
    found = {}
    for path in paths:
        tab = Tab(context)
        tab.open(path)
        if press:
            tab.page.click(press)
        is_too_wide = ["too wide"] * (tab.overflow() > 0)
        found[path] = [*tab.all_complaints(), *tab.axe(), *is_too_wide, *tab.jutting()]
        tab.page.close()
    context.close()
    return {path: wrong for path, wrong in found.items() if wrong}
