"""A slice over members that stand under each other, from the loaded files to its rows."""

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from loaders.context import context_of
from loaders.load import run_load
from server.access import Person, Role, Scope, ScopeRule
from server.runtime import Runtime, open_runtime
from server.slices.moves import drilled
from tests.slices.asking import answer, question_of
from tests.stores import settings_for

MODELS = Path(__file__).parents[1] / "cube" / "tree_model"
FORMAT = '[format]\nnull = ["NA"]\n\n[control]\nerror_limit_percent = 0\n'
UNITS = ("unit", "above", "name", "name_zh", "town", "staff")
FILES = {
    "units": "unit,above,name,name_zh,town,staff\n"
    "north,sales,North,NA,Kiel,3\nsales,firm,Sales,NA,NA,2\nfirm,NA,Firm,NA,NA,1\n"
    "works,firm,Works,NA,Ulm,NA\nharbour,north,Harbour,NA,Kiel,NA\n",
    "bookings": "day,unit,amount\n"
    "2025-01-01,firm,1\n2025-01-01,sales,2\n2025-02-01,north,4\n2025-02-01,harbour,8\n"
    "2025-02-01,works,16\n2025-02-01,lost,32\n",
}


def _specification(name: str, mode: str, columns: tuple[str, ...]) -> str:
    head = (
        f'name = "{name}"\ntable = "{name}"\nmode = "{mode}"\n'
        f'labels = {{ en = "{name}", zh = "{name}" }}\n'
        + ('event_date = "day"\n' if mode == "append" else "")
        + f'\n[source]\nfile = "{name}.csv"\n\n{FORMAT}\n'
    )
    return head + "".join(f'[[columns]]\nfrom = "{each}"\n\n' for each in columns)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    home = tmp_path_factory.mktemp("firm")
    models = Path(shutil.copytree(MODELS, home / "models"))
    loads = models / "firm" / "loads"
    loads.mkdir()
    (loads / "units.toml").write_text(_specification("units", "complete", UNITS), "utf-8")
    columns = ("day", "unit", "amount")
    (loads / "bookings.toml").write_text(_specification("bookings", "append", columns), "utf-8")
    runtime = open_runtime(settings_for(home, INDICUBE_MODELS=str(models)))
    for name, text in FILES.items():
        file = home / f"{name}.csv"
        file.write_text(text, "utf-8")
        run_load(context_of(runtime), name, file)
    yield runtime
    runtime.close()


def rows(firm: Runtime, text: str, person: Person | None = None) -> dict[str, int]:
    found = answer(firm, text, person or Person("ana", Role.ANALYST), cube="bookings")
    return {
        (row.labels[-1] if row.labels else row.kind): int(row.cells[0])
        for row in found.rows
        if isinstance(row.cells[0], Fraction)
    }


def test_every_level_of_a_tree_adds_up_to_the_whole(firm: Runtime) -> None:
    first = rows(firm, "rows=organisation:level1&value=amount")
    second = rows(firm, "rows=organisation:level2&value=amount&cut=organisation:firm")

    assert (first["Firm"], first["Unknown"]) == (31, 32)
    # The firm's own bookings stand beside its divisions, under its own name.
    assert (second["Sales"], second["Works"], second["Firm"]) == (14, 16, 1)


def test_a_click_goes_down_a_branch_to_its_end(firm: Runtime) -> None:
    cube = firm.cubes.model.cube("bookings")
    question = question_of(firm, "rows=organisation:level2&value=amount", "bookings")
    below = drilled(question, cube, question.rows[0], ("firm", "sales"))
    own = drilled(below, cube, below.rows[0], ("firm", "sales", None))

    assert (below.rows[0].level, below.cuts) == ("level3", ("organisation:firm,sales",))
    assert own.cuts == ("organisation:firm,sales,__null__",)
    found = rows(firm, "rows=organisation:level4&value=amount&cut=" + own.cuts[0])
    assert found["Sales"] == 2


def test_whoever_sees_a_subtree_sees_its_own_total(firm: Runtime) -> None:
    person = Person(
        "cora", Role.ANALYST, Scope((ScopeRule("organisation", ("firm", "sales", "north")),))
    )
    found = rows(firm, "rows=organisation:level4&value=amount", person)

    assert (found["Harbour"], found["North"]) == (8, 4)
    assert sum(value for label, value in found.items() if label in ("Harbour", "North")) == 12
