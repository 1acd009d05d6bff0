"""One answer on the screen, from the API and in the file, compared cell by cell."""

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from lxml import html as lxml_html

from server.exports.job import file_path
from server.exports.spec import ExportSpec
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.exports.people import exported
from tests.exports.views import random_slices
from tests.web.people import ADMIN, Browser, settle_people
from web.app import create_app

VIEWS = random_slices(20, seed=31)

Cell = Decimal | str  # a number, or the word for its absence


def test_twenty_views_say_the_same_on_the_screen_from_the_api_and_in_the_file(
    own: Runtime,
) -> None:
    settle_people(own)
    browser = Browser(create_app(own))
    browser.sign_in(ADMIN)
    with own.metadata.write() as session:
        user = named_user(session, ADMIN)
        token = create_token(session, user, "same", own.clock())
    for spec in VIEWS:
        made = exported(own, user.person_at(own.clock()), spec)
        path = file_path(own, made)
        assert path is not None, made.job.error
        with path.open(encoding="utf-8-sig", newline="") as file:
            in_file = list(_file_rows(list(csv.reader(file)), spec))
        on_screen = list(_screen_rows(browser, spec))
        answer = _answered(browser, token, spec)

        assert on_screen, spec.query
        assert on_screen == in_file, spec.query
        assert [
            [cell if isinstance(cell, Decimal) else None for cell in row] for row in on_screen
        ] == [
            [Decimal(cell["value"]) if "value" in cell else None for cell in row["cells"]]
            for row in answer["rows"]
        ], spec.query
        assert answer["fingerprint"] == made.fingerprint, spec.query


def _screen_rows(browser: Browser, spec: ExportSpec) -> Iterator[list[Cell]]:
    """The figures of every window of the table, in turn."""
    address = f"/slice/{spec.name}?{urlencode([*spec.query, ('lang', spec.language)])}"
    while address:
        page: Any = lxml_html.fromstring(browser.get(address).text)
        body = page.xpath('//table[@id="slice-table"]/tbody/tr[td[contains(@class, "n")]]')
        for row in body:
            yield [_shown(cell) for cell in row.xpath("./td")]
        address = next(iter(page.xpath('//tr[@id="more"]/@hx-get')), "")


def _file_rows(lines: list[list[str]], spec: ExportSpec) -> Iterator[list[Cell]]:
    heads = sum(name == "columns" for name, _ in spec.query) + 1
    labels = sum(name == "rows" for name, _ in spec.query)
    for line in lines[heads : lines.index([])]:
        yield [Decimal(one) if re.search("[0-9]", one) else one for one in line[labels:]]


def _answered(browser: Browser, token: str, spec: ExportSpec) -> Any:
    asked: dict[str, Any] = {"cube": spec.name}
    for name, text in spec.query:
        if name in ("rows", "columns", "value", "cut"):
            asked.setdefault(name, []).append(text)
        else:
            asked[name] = True if name == "totals" else text
    answer = browser.client.post(
        "/api/v1/slices", json=asked, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def _shown(cell: Any) -> Cell:
    for hidden in cell.xpath('.//*[contains(@class, "why")]'):
        hidden.getparent().remove(hidden)
    text = " ".join(cell.text_content().split())
    if not re.search("[0-9]", text):
        return text
    return Decimal(re.sub(r"[^0-9.\-]", "", text.replace("\u2212", "-")))
