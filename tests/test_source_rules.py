"""Rules that hold for every file of the house."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.longest import BEGUN_FIRST

HOUSE = Path(__file__).parents[1]
CODE = ("server", "cube_models", "loaders", "web")
LONGEST = 400
# Names of drawers: a module is named for what it answers.
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core"}
# Calls and modules that run text, unpack objects from bytes, or fork beside chDB.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "os.fork", "os.system", "os.popen", "yaml.load"}
FORBIDDEN_IMPORTS = {
    "pickle",
    "marshal",
    "shelve",
    "multiprocessing",
    "yaml",
    "dill",
    "cloudpickle",
}
SELECT = re.compile(r"^\s*SELECT\b|\bSELECT\b.*\bFROM\b", re.DOTALL)
DDL = re.compile(r"\b(CREATE|ALTER|DROP) (TABLE|DICTIONARY|VIEW)\b|\bINSERT INTO\b")
TEXT_SUFFIXES = {
    ".css", ".html", ".js", ".json", ".lock", ".md", ".po", ".py", ".sql", ".toml", ".xml", ".yml",
}  # fmt: skip


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (HOUSE / folder).rglob("*.py"))


def our_files() -> Iterator[Path]:
    """Every text file that we wrote; what we only carry keeps its own form."""
    for folder in (*CODE, "tests", "bench", "docs", ".ci"):
        for path in (HOUSE / folder).rglob("*"):
            is_carried = "vendor" in path.parts or path.name.endswith(".min.js")
            if path.is_file() and path.suffix in TEXT_SUFFIXES and not is_carried:
                yield path
    yield from (path for path in HOUSE.iterdir() if path.is_file() and path.name != ".git")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module that is not a docstring, with its line."""
    tree = tree_of(path)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield from [(node.lineno, node.value)] if isinstance(node.value, str) else []


def place(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(HOUSE)}" + (f":{line}" if line else "")


@pytest.mark.parametrize("folder", [*CODE, "tests"])
def test_no_file_is_longer_than_a_head_can_hold(folder: str) -> None:
    lengths = {place(p): len(p.read_text("utf-8").splitlines()) for p in python_files(folder)}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_is_a_drawer() -> None:
    drawers = [place(p) for p in python_files(*CODE) if {p.stem, p.parent.name} & DRAWERS]

    assert drawers == []


def test_the_files_that_are_begun_first_are_there() -> None:
    assert [name for name in BEGUN_FIRST if not (HOUSE / "tests" / name).exists()] == []


def test_every_module_says_what_it_is() -> None:
    silent = [place(p) for p in python_files(*CODE, "tests") if not _says_what_it_is(p)]

    assert silent == []


def _says_what_it_is(path: Path) -> bool:
    is_empty = not path.read_text("utf-8").strip()
    return (is_empty and path.name == "__init__.py") or bool(ast.get_docstring(tree_of(path)))


def test_nothing_runs_text_or_unpacks_objects() -> None:
    found = []
    for path in python_files(*CODE):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS:
                found.append(place(path, node.lineno))
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if FORBIDDEN_IMPORTS & {name.split(".")[0] for name in names}:
                    found.append(place(path, node.lineno))
            if isinstance(node, ast.keyword) and node.arg == "shell":
                found.append(place(path, node.value.lineno))

    assert found == []


def test_a_select_that_answers_people_is_written_in_one_place() -> None:
    """Elsewhere: the ledger's own are `.sql` files, and metadata speaks to its own database.

    What merges, compares or rolls up rows, or follows parents, names the columns of the model's
    tables, and answers nobody.
    """
    names = ("merging", "clashes", "trees", "projections", "rollups")
    generated = [HOUSE / "server" / "store" / f"{name}.py" for name in names]
    found = [
        place(path, line)
        for path in python_files(*CODE)
        for line, text in texts_of(path)
        if SELECT.search(text)
        and not (path.parent == HOUSE / "server" / "cube" and path.stem.startswith("statement"))
        and HOUSE / "server" / "metadata" not in path.parents
        and path not in generated
    ]

    assert found == []


def test_tables_are_made_by_the_store_alone() -> None:
    found = [
        place(path, line)
        for path in python_files(*CODE)
        for line, text in texts_of(path)
        if DDL.search(text) and HOUSE / "server" / "store" not in path.parents
    ]

    assert found == []


def test_no_debt_is_left_without_an_owner() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [
        place(path)
        for path in our_files()
        if path != Path(__file__) and path.name != "pyproject.toml" and mark.search(_text(path))
    ]

    assert found == []


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    paths = "|".join(re.escape(f"{folder}/") for folder in (HOUSE, Path.home()))
    mark = re.compile(rf"https?://[\w.-]*(?:pypi|npm)|/home/\w+/|{paths}")
    found = [
        place(path) for path in our_files() if path != Path(__file__) and mark.search(_text(path))
    ]

    assert found == []


def test_the_lock_pins_every_package_by_hash_and_holds_no_address() -> None:
    lock = (HOUSE / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]

    assert len(entries) > 50
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"://|--index|--find-links|--extra| @ ", lock)


def test_every_dependency_is_in_the_lock() -> None:
    lock = (HOUSE / "requirements.lock").read_text(encoding="utf-8")
    project = (HOUSE / "pyproject.toml").read_text(encoding="utf-8")
    named = re.findall(r'^\s+"([A-Za-z0-9._-]+)(?:\[[a-z]+\])?[=>]=', project, re.MULTILINE)

    assert len(named) > 30
    assert [name for name in named if not re.search(rf"(?m)^{name}==", lock)] == []


def test_what_the_tests_import_is_named_as_a_dependency() -> None:
    """For the rest deptry does the same, but it leaves tests out.

    Three come with what we name: the engine, a form in which it is spoken to, and what it brings.
    """
    carried = {"chdb", "lz4", "pandas"}
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *extras["dev"], *extras["mcp"]]
    known = (
        {re.split(r"[\[<>=]", each)[0].lower() for each in named}
        | {"grimp", "jsonschema"}
        | carried
    )
    carriers = packages_distributions()
    unnamed = set()
    for path in python_files("tests", "bench"):
        for module in _imported(path) - {*CODE, "tests", "bench"} - sys.stdlib_module_names:
            if not known & {name.lower() for name in carriers.get(module, [])}:
                unnamed.add(f"{module} in {place(path)}")

    assert unnamed == set()


def test_every_link_between_our_pages_leads_somewhere() -> None:
    dead = [
        f"{target} in {place(page)}"
        for page in [*HOUSE.glob("*.md"), *(HOUSE / "docs").glob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)\)", _text(page))
        if not (page.parent / target).exists()
    ]

    assert dead == []


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
