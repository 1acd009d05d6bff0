"""What `load show` tells of a load: the files it was made of, what was mended in it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from loaders.context import LoadContext
from loaders.correcting import correct_load
from loaders.grouping import load_due_groups, receive_for_group
from loaders.listing import history_lines, load_history
from loaders.load import run_load
from server.metadata.loads import find_load
from tests.shop_loads import HEADER, sales_text

Written = Callable[..., Path]


def told(context: LoadContext, load: int) -> list[str]:
    with context.metadata.read() as session:
        return list(history_lines(load_history(session, find_load(session, load))))


def test_a_grouped_load_lists_the_files_that_it_was_made_of(
    context: LoadContext, written: Written
) -> None:
    sales = replace(context.specifications["sales"], group=True)
    till = replace(context, specifications={**context.specifications, "sales": sales})
    for name, text in (("a", sales_text(2)), ("b", HEADER), ("c", sales_text(1, first=5))):
        receive_for_group(till, "sales", written(text, f"{name}.csv"), "ann")
    till.clock.now += timedelta(seconds=61)  # type: ignore[attr-defined]

    (load,) = load_due_groups(till)

    assert [line for line in told(till, load) if "file" in line] == [
        "made of 3 files:",
        "  file 1: a.csv, lines 2 to 3, 2026-03-02T08:00 by ann",
        "  file 2: b.csv, no rows, 2026-03-02T08:00 by ann",
        "  file 3: c.csv, lines 4 to 4, 2026-03-02T08:00 by ann",
    ]


def test_a_corrected_load_names_the_file_of_the_mended_lines(
    context: LoadContext, written: Written
) -> None:
    good = sales_text(1)
    outcome = run_load(
        context, "sales", written(good + good.replace("1.25", "x").split("\n")[1] + "\n")
    )
    mended = written(f"_line,{HEADER}3,{good.splitlines()[1]}\n", "mended.csv")
    correct_load(context, outcome.load, mended, "ann", "asked the shop")

    lines = told(context, outcome.load)

    assert any(line.startswith("mended 1 lines from mended.csv, SHA-256 ") for line in lines)
    assert not any("files" in line for line in lines)
