"""The architecture: the import contracts hold, and each of them notices a breaking import."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import api
from importlinter.domain.contract import Contract, registry

HOUSE = Path(__file__).parents[1]
PACKAGES = ("server", "cube_models", "loaders", "web")
CONFIGURATION = api.read_configuration(str(HOUSE / "pyproject.toml"))
CONTRACTS: dict[str, dict[str, Any]] = {
    options["id"]: options for options in CONFIGURATION["contracts_options"]
}

# One import for each contract that it must refuse: the importer, what it imports.
BREAKS = {
    "packages": [
        ("server.errors", "loaders.specification"),
        ("loaders.specification", "web.app"),
        ("web.app", "loaders.specification"),
        ("cube_models", "server.errors"),
    ],
    "server": [
        ("server.store.client", "server.cube.model"),
        ("server.cube.model", "server.metadata.jobs"),
        ("server.errors", "server.settings"),
        ("server.periods", "server.indicators.scoring"),
        ("server.queue", "server.runtime"),
    ],
    "judgement": [
        ("server.indicators.scoring", "sqlalchemy"),
        ("server.access", "flask"),
        ("server.periods", "pyarrow"),
    ],
    "http": [("server.scorecards.evaluate", "flask"), ("loaders.specification", "jinja2")],
    "small": [("server.embedded.supervisor", "click"), ("server.home", "redis")],
    "clickhouse": [("server.cube.browser", "clickhouse_connect")],
    "sql": [("server.ledger.publish", "sqlalchemy"), ("web.app", "alembic")],
    "passwords": [("web.pages.door", "argon2")],
    "cubes": [("server.cube.statement", "cubes")],
    "rq": [("server.scheduler", "rq")],
    "redis": [("server.queue", "redis")],
    "grammar": [("server.indicators.definition", "lark")],
    "arrow": [("server.cube.statement", "pyarrow")],
    "templates": [("server.scorecards.evaluate", "jinja2")],
    "serving": [("web.app", "gunicorn")],
    "mcp": [("web.api.cubes", "mcp")],
    "terminal": [("server.ledger.publish", "click"), ("web.app", "rich")],
    "cycles": [("server.metadata.columns", "server.metadata.jobs")],
    "web": [("web.rendering", "web.app"), ("web.words", "web.pages.scorecard")],
}


@cache
def graph_of_the_house() -> grimp.ImportGraph:
    return grimp.build_graph(
        *PACKAGES,
        include_external_packages=True,
        exclude_type_checking_imports=True,
        cache_dir=None,
    )


def keeps(contract_id: str, graph: grimp.ImportGraph) -> bool:
    """Whether the graph keeps the contract."""
    options = CONTRACTS[contract_id]
    kind = registry.get_contract_class(options["type"])
    contract: Contract = kind(
        name=options["name"],
        session_options=CONFIGURATION["session_options"],
        contract_options=options,
    )
    return contract.check(graph=copy.deepcopy(graph), verbose=False).kept


@contextmanager
def with_import(importer: str, imported: str) -> Iterator[grimp.ImportGraph]:
    """The graph of the house with one more import."""
    graph = copy.deepcopy(graph_of_the_house())
    for module in (importer, imported):
        if module not in graph.modules:
            graph.add_module(module, is_squashed=module.split(".")[0] not in PACKAGES)
    graph.add_import(importer=importer, imported=imported)
    yield graph


@pytest.fixture(scope="module", autouse=True)
def _contract_types() -> None:
    for kind in ("layers", "forbidden", "protected", "independence", "acyclic_siblings"):
        module = import_module(f"importlinter.contracts.{kind}")
        name = "".join(word.title() for word in kind.split("_")) + "Contract"
        registry.register(getattr(module, name), kind)


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_the_house_keeps_the_contract(contract_id: str) -> None:
    assert keeps(contract_id, graph_of_the_house())


@pytest.mark.parametrize(
    ("contract_id", "importer", "imported"),
    [(contract_id, *pair) for contract_id, pairs in BREAKS.items() for pair in pairs],
)
def test_the_contract_notices_an_import(contract_id: str, importer: str, imported: str) -> None:
    assert importer in graph_of_the_house().modules, "the example must name a real module"
    with with_import(importer, imported) as graph:
        assert not keeps(contract_id, graph)


def test_every_contract_is_broken_on_purpose_by_some_example() -> None:
    assert set(BREAKS) == set(CONTRACTS)


@pytest.mark.parametrize("drawer", ["server.utils", "server.helpers", "web.common"])
def test_a_module_without_a_place_is_noticed(drawer: str) -> None:
    graph = copy.deepcopy(graph_of_the_house())
    graph.add_module(drawer)

    assert not keeps(drawer.split(".")[0], graph)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_ours(package: str) -> None:
    """Their names are common: another distribution could have been installed over them."""
    assert Path(import_module(package).__file__ or "").parent == HOUSE / package
