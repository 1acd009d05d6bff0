"""`indicube model check`: every mistake of a model at once, each with its file and line."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from server.commands.checking import MOST_MEMBERS, check_pack, line_of
from server.commands.model import model
from server.metadata.batches import begin_batches
from server.metadata.session import Metadata
from server.metadata.tables import BatchRow
from tests.cube.bookshop import DOCUMENT, TYPES
from tests.stores import new_metadata

HOUSE = Path(__file__).parent.parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder with the pack of flights, to be broken."""
    return Path(shutil.copytree(HOUSE / "cube_models", tmp_path / "packs"))


@pytest.fixture
def bookshop(tmp_path: Path) -> Path:
    """A folder with a model of cubes 1.1 and the types of its tables."""
    folder = tmp_path / "bookshop"
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps(DOCUMENT, indent=1), encoding="utf-8")
    (folder / "schema.json").write_text(json.dumps(TYPES), encoding="utf-8")
    return folder


def check(*arguments: object) -> Result:
    return CliRunner().invoke(model, ["check", *map(str, arguments)])


def change(file: Path, old: str, new: str) -> int:
    """Change a text in a file; the number of the line that was changed."""
    text = file.read_text("utf-8")
    assert text.count(old) >= 1
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.fixture(autouse=True)
def _no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDICUBE_HOME", str(tmp_path / "nowhere"))


def test_a_pack_without_mistakes_is_counted(packs: Path) -> None:
    for path in (packs / "flights", packs):
        result = check(path)

        assert result.exit_code == 0
        assert result.output.startswith("flights: 2 cubes, 15 indicators, 2 scorecards, 5 loads")


def test_mistakes_of_every_kind_are_named_together_with_file_and_line(packs: Path) -> None:
    pack = packs / "flights"
    indicator = change(pack / "indicators.toml", "direction =", "directon =")
    load = pack / "loads" / "carriers.toml"
    mode = change(load, 'mode = "complete"', 'mode = "whole"')
    scorecards = pack / "scorecards.toml"
    change(scorecards, "min_coverage", "minimal")

    result = check(pack)

    assert result.exit_code == 2
    told = result.output.splitlines()
    # The key that lacks is told at its table, the one that is too many where it stands.
    assert any(
        re.match(r"flights/indicators\.toml:\d+: .*direction: is missing", one) for one in told
    )
    assert any(one.startswith(f"flights/indicators.toml:{indicator}: ") for one in told)
    assert any(one.startswith(f"flights/loads/carriers.toml:{mode}: mode: ") for one in told)
    assert any(one.startswith("flights/scorecards.toml:") for one in told)


def test_a_mistake_of_a_cube_has_the_line_of_its_part(packs: Path) -> None:
    line = change(packs / "flights" / "cubes.json", '"function": "sum"', '"function": "add"')
    shared = packs / "shared" / "dimensions.json"
    other = change(shared, '"role": "time"', '"role": "tide"')

    result = check(packs / "flights")

    found = [each for each in result.output.splitlines() if "unknown function 'add'" in each]
    (file, number, *_) = found[0].split(":")
    assert (file, 0 <= line - int(number) < 5) == ("flights/cubes.json", True)
    (named,) = [each for each in result.output.splitlines() if "unknown role 'tide'" in each]
    assert named.startswith("shared/dimensions.json:")
    assert 0 <= other - int(named.split(":")[1]) < 5  # the dimension begins a little above
    assert "checked when the cubes are right" in result.output


def test_a_file_that_is_no_json_is_named_with_the_line_where_it_breaks(packs: Path) -> None:
    line = change(packs / "flights" / "cubes.json", '"function": "sum"', '"function" "sum"')

    assert f"flights/cubes.json:{line}: not JSON" in check(packs / "flights").output


def test_programs_get_json(packs: Path) -> None:
    change(packs / "flights" / "cubes.json", '"function": "sum"', '"function": "add"')

    result = check(packs / "flights", "--json")
    (found,) = json.loads(result.output)

    assert result.exit_code == 2
    (mistake,) = [each for each in found["mistakes"] if "'add'" in each["message"]]
    assert mistake["file"] == "flights/cubes.json"
    assert isinstance(mistake["line"], int)
    assert {"sum", "count"} <= set(mistake["allowed"])


def test_a_model_of_cubes_is_checked_with_its_types(bookshop: Path) -> None:
    for path in (bookshop, bookshop / "model.json"):
        result = check(path)

        assert result.exit_code == 0
        assert "2 cubes, 7 dimensions, 4 tables, no mistake" in result.output
        assert "note: model.json: cube sales: facts whose member" in result.output


def test_a_model_of_cubes_without_types_is_checked_as_far_as_it_goes(bookshop: Path) -> None:
    (bookshop / "schema.json").unlink()
    assert "note: there is no schema.json" in check(bookshop).output

    line = change(bookshop / "model.json", '"detail": "days.id"', '"detail": ["days.id", 1, 2, 3]')
    result = check(bookshop)

    assert result.exit_code == 2
    assert "cube sales: join number 1: detail: it must be a text" in result.output
    assert line > 1


def test_a_folder_of_cubes_files_is_one_model(bookshop: Path) -> None:
    file = bookshop / "model.json"
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    for each in document.pop("cubes"):
        (bookshop / f"cube_{each['name']}.json").write_text(json.dumps(each), encoding="utf-8")
    file.write_text(json.dumps(document), encoding="utf-8")

    assert "2 cubes, 7 dimensions, 4 tables, no mistake" in check(bookshop).output


def test_a_place_is_found_step_below_step() -> None:
    first = '{"cubes": [\n{"name": "a",\n"measures": [\n{"name": "x"}]},\n'
    text = first + '{"name": "b",\n"measures": [{"name": "x"}]}]}'

    assert line_of(text, ["cube a", "measure x"]) == 4
    assert line_of(text, ["cube b", "measure x"]) == 6
    assert line_of(text, ["cube b", "measure gone"]) == 5
    assert line_of(text, ["cube gone"]) is None


@pytest.fixture
def metadata(tmp_path: Path) -> Iterator[Metadata]:
    with new_metadata(tmp_path) as opened:
        yield opened


def test_versions_that_outgrow_a_dictionary_are_a_mistake(metadata: Metadata, packs: Path) -> None:
    with metadata.write() as session:
        for number in (1, 2):
            load = _load(session, number)
            (batch,) = begin_batches(session, load, ("",)).values()
            row = session.get(BatchRow, batch)
            assert row is not None
            row.rows = MOST_MEMBERS // 2 + 1

    (mistake,) = check_pack(packs, "flights", metadata).mistakes
    assert "table carriers: 2 versions with 20,000,002 members" in mistake.sentence


def _load(session: Any, number: int) -> Any:
    from server.metadata.loads import find_load
    from server.metadata.tables import LoadRow

    session.add(
        LoadRow(
            id=number, pack="flights", specification="carriers", specification_hash="",
            table_name="carriers", kind="dimension", source="carriers.csv", source_hash=str(number),
            source_bytes=1, state="published", by="", owner="", lease_until=NOW, received_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    return find_load(session, number)
