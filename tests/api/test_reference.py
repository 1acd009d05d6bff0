"""The reference for people: every route on one page, quiet and accessible."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import sync_playwright

from tests.api.conftest import Ask
from tests.web.chromium import ARGUMENTS, CHROMIUM, Tab, serving, signed_in_context
from tests.web.people import Browser
from tests.web.screens import screen, texts


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    with serving(app) as found:
        yield found


def test_every_route_of_the_document_is_on_the_page(admin: Browser, ask: Ask) -> None:
    document = ask("/api/v1/openapi.json").get_json()
    shown = texts(screen(admin.get("/reference")), "section h2")

    assert shown == [
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    ]
    assert admin.get("/reference/openapi.json").get_json() == document


def test_a_stranger_signs_in_first(app: Flask) -> None:
    assert Browser(app).get("/reference").status_code == 303


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")
@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1440, "dark", "en"), (390, "light", "zh")]
)
def test_the_page_is_quiet_accessible_and_fits(
    address: str, admin: Browser, width: int, scheme: str, language: str
) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        context = signed_in_context(
            chromium,
            address,
            admin.cookies()["sid"],
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
        )
        tab = Tab(context)
        tab.open(f"/reference?lang={language}")
        found = [*tab.all_complaints(), *tab.axe(), *(["too wide"] * (tab.overflow() > 0))]
        chromium.close()

    assert found == []
