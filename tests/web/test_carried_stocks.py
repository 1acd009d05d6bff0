"""A stock that is carried on from an earlier period is marked wherever its figure stands.

Branch x was counted on 1 May alone, b on 31 May and 30 June, a on 20 May: what June shows of a and
x is of May. Beds are powers of two, so that every sum tells who is in it.
"""

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from loaders.context import context_of
from loaders.load import run_load
from server.exports.csv import write_csv
from server.exports.document import Document, Number
from server.exports.of_slice import document_of_slice
from server.exports.printed import html_of
from server.exports.xlsx import write_xlsx
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime, open_runtime
from server.slices.ask import ask
from server.slices.result import SliceResult
from tests.slices.asking import ANALYST, question_of
from tests.stores import settings_for
from tests.web.people import ADMIN, Browser, settle_people
from web.app import create_app

MODELS = Path(__file__).parents[1] / "cube" / "chain_model"
BRANCHES = ("branch", "name", "region", "region_name", "staff", "valid_from", "valid_to")
BEDS = ("day", "branch", "beds")
FILES = {
    "branches": "branch,name,region,region_name,staff,valid_from,valid_to\n"
    "a,Alder,east,East,1,NA,NA\nb,Birch,west,West,2,NA,NA\nx,Yew,west,West,4,NA,NA\n",
    "beds": "day,branch,beds\n2025-05-01,x,16\n2025-05-20,a,1\n2025-05-31,b,4\n2025-06-30,b,4\n",
}
JUNE = "rows=branch:branch&value=beds_carried&value=beds&cut=time:2025,6&totals=1"
OLDEST = {"a": date(2025, 5, 20), "b": None, "x": date(2025, 5, 1)}


def _specification(name: str, mode: str, columns: tuple[str, ...]) -> str:
    listed = "".join(f'[[columns]]\nfrom = "{each}"\n\n' for each in columns)
    return (
        f'name = "{name}"\ntable = "{name}"\nmode = "{mode}"\n'
        f'labels = {{ en = "{name}", zh = "{name}" }}\n'
        + ('event_date = "day"\n' if mode == "append" else "")
        + f'\n[source]\nfile = "{name}.csv"\n\n[format]\nnull = ["NA"]\n\n{listed}'
    )


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    home = tmp_path_factory.mktemp("chain")
    models = Path(shutil.copytree(MODELS, home / "models"))
    loads = models / "chain" / "loads"
    loads.mkdir()
    (loads / "branches.toml").write_text(_specification("branches", "complete", BRANCHES), "utf-8")
    (loads / "beds.toml").write_text(_specification("beds", "append", BEDS), "utf-8")
    runtime = open_runtime(settings_for(home, INDICUBE_MODELS=str(models)))
    for name, text in FILES.items():
        file = home / f"{name}.csv"
        file.write_text(text, "utf-8")
        run_load(context_of(runtime), name, file)
    settle_people(runtime)
    yield runtime
    runtime.close()


@pytest.fixture(scope="module")
def app(chain: Runtime) -> Flask:
    return create_app(chain)


@pytest.fixture(scope="module")
def admin(app: Flask) -> Browser:
    browser = Browser(app)
    browser.sign_in(ADMIN)
    return browser


def _june(chain: Runtime, text: str = JUNE, language: str = "en") -> SliceResult:
    return ask(chain, ANALYST, question_of(chain, text, "beds"), language)


def test_a_cell_of_a_slice_says_since_when_a_stock_in_it_is_carried_on(chain: Runtime) -> None:
    result = _june(chain)

    by_branch = {row.paths[0][-1]: row for row in result.rows if row.kind == "cell"}
    assert {key: row.carried_cells[0] for key, row in by_branch.items()} == OLDEST
    assert [row.carried_cells[1] for row in result.rows] == [None] * 4  # `beds` is never carried
    (total,) = (row for row in result.rows if row.kind == "total")
    assert (total.cells[0], total.carried_cells[0]) == (Fraction(21), date(2025, 5, 1))


def test_what_is_worked_out_of_such_cells_is_marked_too(chain: Runtime) -> None:
    text = "rows=branch:region&value=beds_carried:value,share,change,last_year,ytd&cut=time:2025,6"

    west = next(r for r in _june(chain, text).rows if r.labels == ("West",))
    assert west.carried_cells == (
        date(2025, 5, 1),
        None,  # of a stock there is no share
        date(2025, 5, 1),
        None,
        None,  # every count of the year is within the year to date
    )


def test_a_slice_without_such_stocks_has_no_mark(chain: Runtime) -> None:
    result = _june(chain, "rows=branch:branch&value=beds_carried&cut=time:2025,5")

    assert [row.carried for row in result.rows] == [()] * 3


def test_the_page_marks_them_in_both_languages(admin: Browser) -> None:
    english = admin.get(f"/slice/beds?{JUNE}&lang=en").text
    chinese = admin.get(f"/slice/beds?{JUNE}&lang=zh").text

    assert english.count('class="absent carried"') == 3  # a, x and the total
    assert "With stocks carried on; the oldest is of 20 May 2025." in english
    assert "含结转的存量，最早为2025年5月20日。" in chinese


def test_programs_are_told_the_day(chain: Runtime, app: Flask) -> None:
    with chain.metadata.write() as writing:
        token = create_token(writing, named_user(writing, ADMIN), "test", chain.clock())
    client, sent = app.test_client(), {"Authorization": f"Bearer {token}"}
    asked = {"aggregates": "beds_carried", "drilldown": "branch:branch", "cut": "time:2025,6"}
    path = "/api/v1/cubes/beds/aggregate"
    rows = client.get(path, query_string=asked, headers=sent).get_json()["cells"]
    slice_ = {"cube": "beds", "rows": ["branch:branch"], "value": ["beds_carried"]}
    slice_["cut"] = ["time:2025,6"]
    cells = client.post("/api/v1/slices", json=slice_, headers=sent).get_json()["rows"]

    told = {key: day and day.isoformat() for key, day in OLDEST.items()}
    carried = {row["branch.branch"]: row.get("carried", {}).get("beds_carried") for row in rows}
    assert carried == told
    assert {row["paths"][0][-1]: row["cells"][0].get("carried") for row in cells} == told


@pytest.mark.parametrize("path", ["cubes/beds/aggregate", "query"])
def test_rows_as_columns_tell_the_day_in_a_column_of_their_own(
    chain: Runtime, app: Flask, path: str
) -> None:
    name = "beds_carried" if path != "query" else "beds.beds_carried"
    asked = {"aggregates": [name], "drilldown": ["branch:branch"], "cut": ["time:2025,6"]}
    told = {key: day.isoformat() if day else "" for key, day in OLDEST.items()}

    written = _posted(chain, app, path, asked, "csv").get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(written)))
    assert {row["branch.branch"]: row[f"{name}__carried"] for row in lines} == told
    table = pa.ipc.open_stream(_posted(chain, app, path, asked, "arrow").data).read_all()
    assert table.schema.names[-1] == f"{name}__carried"
    assert table.schema.field(f"{name}__carried").type == pa.date32()
    assert {row["branch.branch"]: row[f"{name}__carried"] for row in table.to_pylist()} == OLDEST
    frame = pq.read_table(io.BytesIO(_posted(chain, app, path, asked, "parquet").data))
    assert frame.to_pylist() == table.to_pylist()


def test_rows_without_such_stocks_have_no_such_column(chain: Runtime, app: Flask) -> None:
    asked = {"aggregates": ["beds_carried"], "drilldown": ["branch:branch"], "cut": ["time:2025,5"]}

    written = _posted(chain, app, "cubes/beds/aggregate", asked, "csv").get_data(as_text=True)
    assert "carried\r\n" in written
    assert "__carried" not in written


def test_a_table_with_totals_tells_the_day_too(chain: Runtime, app: Flask) -> None:
    asked = {"aggregates": ["beds_carried"], "drilldown": ["branch:region"], "cut": ["time:2025,6"]}
    asked["marks"] = ["rank"]

    written = _posted(chain, app, "cubes/beds/aggregate", asked, "csv").get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(written)))
    days = {row["branch.region"]: row["beds_carried__carried"] for row in lines}
    assert days == {"east": "2025-05-20", "west": "2025-05-01"}


def _posted(
    chain: Runtime, app: Flask, path: str, asked: dict[str, list[str]], form: str
) -> TestResponse:
    with chain.metadata.write() as writing:
        token = create_token(writing, named_user(writing, ADMIN), form, chain.clock())
    sent = {"Authorization": f"Bearer {token}"}
    answer = app.test_client().post(f"/api/v1/{path}", json={**asked, "format": form}, headers=sent)
    assert answer.status_code == 200, answer.text
    return answer


def test_files_say_it_at_their_head_and_at_the_cell(chain: Runtime, tmp_path: Path) -> None:
    document = document_of_slice(_june(chain))

    assert _noted(document) == {"Alder": "20 May 2025", "Yew": "1 May 2025", "Total": "1 May 2025"}
    written = tmp_path / "june.csv"
    write_csv(document, written, lambda *_: None)
    assert "Carried on (*)" in written.read_text("utf-8-sig")
    assert "the oldest on 1 May 2025" in written.read_text("utf-8-sig")
    assert html_of(document).count("<sup>*</sup>") == 3
    write_xlsx(document, tmp_path / "june.xlsx", lambda *_: None)
    page = openpyxl.load_workbook(tmp_path / "june.xlsx").worksheets[0]
    comments = [cell.comment.text for row in page.iter_rows() for cell in row if cell.comment]
    assert sorted(each.rpartition("of ")[2] for each in comments) == [
        "1 May 2025.", "1 May 2025.", "20 May 2025.",
    ]  # fmt: skip


def test_files_without_such_stocks_say_nothing_of_it(chain: Runtime) -> None:
    document = document_of_slice(_june(chain, "rows=branch:branch&value=beds&cut=time:2025,6"))

    assert "Carried on (*)" not in dict(document.facts)
    assert "<sup>" not in html_of(document)
    assert not _noted(document)


def _noted(document: Document) -> dict[str, str]:
    return {
        str(row.cells[0]): cell.note.rpartition("of ")[2].rstrip(".")
        for row in document.sheets[0].rows
        for cell in row.cells
        if isinstance(cell, Number) and cell.note
    }
