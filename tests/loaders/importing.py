"""Brings models of cubes 1.1 with their data into an installation, as the queue would."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loaders.importing.job import FUNCTION, import_of_job
from server.access import EVERYTHING, Scope
from server.cube.browser import ClickHouseBrowser
from server.metadata.jobs import create_job
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from tests.engine import fresh_database
from tests.stores import new_database

PACK = Path(__file__).parents[1] / "cube" / "chain_model"  # a small one, beside what is imported


class Installation:
    """An installation and a folder for models and their tables."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self.runtime = runtime
        self.folder = folder

    def write(
        self, document: Mapping[str, Any], tables: Mapping[str, str | bytes], name: str = "shop"
    ) -> Path:
        """A folder with the model and its tables: `sales.csv` by its text; what it held is kept."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        text = json.dumps(document, indent=1, ensure_ascii=False)
        (folder / "model.json").write_text(text, encoding="utf-8")
        for file, text_or_bytes in tables.items():
            data = text_or_bytes.encode() if isinstance(text_or_bytes, str) else text_or_bytes
            (folder / file).write_bytes(data)
        return folder

    def bring(
        self, folder: Path, rename: Mapping[str, str] | None = None, *, replace: bool = False
    ) -> Mapping[str, Any]:
        """What the job of an import answers."""
        arguments = {
            "model": str(folder / "model.json"),
            "data": str(folder),
            "rename": dict(rename or {}),
            "replace": replace,
        }
        with self.runtime.metadata.write() as session:
            job = create_job(session, FUNCTION, arguments, "ann", self.runtime.clock())
        return import_of_job(self.runtime, job, lambda _done, _expected: None)

    def ask(
        self,
        cube: str,
        as_of: int | None = None,
        language: str = "en",
        scope: Scope = EVERYTHING,
    ) -> ClickHouseBrowser:
        """A browser of a cube, now or at a snapshot."""
        snapshot = self.runtime.snapshot(as_of)
        return self.runtime.cubes.browser(cube, snapshot, scope, language)

    def snapshots(self) -> int:
        """The number of the latest snapshot."""
        return self.runtime.snapshot().number


@contextmanager
def installation(home: Path) -> Iterator[Installation]:
    """A fresh one that serves a small pack."""
    with new_database(home) as database:
        settings = Settings.from_environment(
            {
                "INDICUBE_HOME": str(home),
                "INDICUBE_CLICKHOUSE": fresh_database(),
                "INDICUBE_DATABASE": database,
                "INDICUBE_MODELS": str(PACK),
            }
        )
        runtime = open_runtime(settings)
        try:
            yield Installation(runtime, home)
        finally:
            runtime.close()


SHOP: dict[str, Any] = {
    "name": "shop",
    "label": "Shop 商店",
    "dimensions": [
        {
            "name": "Product",
            "label": "产品",
            "levels": [
                {
                    "name": "kind",
                    "attributes": ["kind_id", {"name": "kind", "label": "种类"}],
                    "label_attribute": "kind",
                },
                {"name": "product", "attributes": ["code", "name"], "label_attribute": "name"},
            ],
        },
        {"name": "date", "role": "time", "levels": ["year", "month", "day"]},
        "channel",
    ],
    "cubes": [
        {
            "name": "Sales",
            "label": "销售",
            "fact": "ft_sales",
            "dimensions": ["Product", "date", "channel"],
            "measures": [{"name": "Amount", "label": "Amount 金额"}, "pieces"],
            "aggregates": [
                {"name": "amount_sum", "measure": "Amount", "function": "sum"},
                {"name": "pieces_sum", "measure": "pieces", "function": "sum"},
                {"name": "pieces_avg", "measure": "pieces", "function": "avg"},
                {"name": "n", "function": "count"},
            ],
            "joins": [
                {"master": "product_id", "detail": "dm_product.id"},
                {"master": "dm_product.kind", "detail": "dm_kind.id"},
            ],
            "mappings": {
                "Product.kind_id": "dm_kind.id",
                "Product.kind": "dm_kind.name",
                "Product.code": "dm_product.code",
                "Product.name": "dm_product.name",
                "date.year": {"column": "Day", "extract": "year"},
                "date.month": {"column": "Day", "extract": "month"},
                "date.day": {"column": "Day", "extract": "day"},
            },
            "details": ["note"],
        }
    ],
}
SHOP_TABLES = {
    "ft_sales.csv": "product_id,Day,channel,Amount,pieces,note\n"
    "-1,2024-01-05,web,10.50,3,first\n"
    "2,2024-01-06,shop,4.25,1,\n"
    '2,2024-02-01,,1.25,2,"a, b"\n'
    "3,2024-02-02,店,100,,\n"
    ",2024-02-03,web,-0.75,1,none\n",
    "dm_product.csv": "id,code,name,kind\n-1,A,Äpfel,-7\n2,B,梨,-7\n3,C,Bread,2\n",
    "dm_kind.csv": "id,name\n-7,水果\n2,Bakery\n",
}
