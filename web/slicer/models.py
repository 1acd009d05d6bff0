"""What the clients read first: the server, its cubes, and the model of each."""

from collections import Counter
from importlib.metadata import version
from typing import Any

from server.cube.browser import ClickHouseBrowser
from server.cube.cell import scoped_cell
from server.errors import NotAllowed
from web.slicer.aggregates import record_limit
from web.visitor import person, runtime, visitor
from web.words import language

API_VERSION = 2
CUBES_VERSION = "1.1"  # whose API this is
_INFO = (
    "name", "label", "description", "copyright", "license", "maintainer", "contributors",
    "visualizers", "keywords", "related",
)  # fmt: skip


def versions() -> dict[str, Any]:
    """Whose API this is, and which."""
    return {
        "version": CUBES_VERSION,
        "server_version": version("indicube"),
        "api_version": API_VERSION,
    }


def info() -> dict[str, Any]:
    """What the server says of itself."""
    model = runtime().cubes.model
    zones = {cube.time_zone for cube in model.cubes.values()}
    named = {"name": model.pack, "label": model.labels.in_language(language())}
    return {
        **dict.fromkeys(_INFO),
        **named,
        "json_record_limit": record_limit(),
        "cubes_version": CUBES_VERSION,
        "timezone": zones.pop() if len(zones) == 1 else "UTC",
        "first_weekday": 0,
        "api_version": API_VERSION,
        "authentication": _authentication(),
    }


def cubes() -> list[dict[str, Any]]:
    """The cubes of which something is within the scope of whoever asks."""
    listed = []
    for name, cube in runtime().cubes.model.cubes.items():
        try:
            scoped_cell(cube, (), person().scope)
        except NotAllowed:
            continue
        label = cube.labels.in_language(language())
        listed.append(
            {
                "name": name,
                "label": label,
                "category": cube.category or None,
                "info": dict(cube.info),
            }
        )
    return listed


def model(browser: ClickHouseBrowser) -> dict[str, Any]:
    """The model of a cube, in the form of Cubes."""
    told: dict[str, Any] = browser.cube.to_dict(
        expand_dimensions=True, with_mappings=False, full_attribute_names=True, create_label=True
    )
    for dimension in told["dimensions"]:
        _tell_levels_apart(dimension)
    return {**told, "features": browser.features()}


def _tell_levels_apart(dimension: dict[str, Any]) -> None:
    """Levels of one label get their hierarchy's beside it, but for those of the default one.

    Clients name the columns of a table by the labels of levels, those of all hierarchies at once;
    CubesViewer makes one column of two of one name, with the values of the later one.
    """
    default = dimension["default_hierarchy_name"]
    default_last = sorted(dimension["hierarchies"], key=lambda one: one["name"] == default)
    hierarchy_of = {name: one for one in default_last for name in one["levels"]}
    times = Counter(level["label"] for level in dimension["levels"])
    for level in dimension["levels"]:
        hierarchy = hierarchy_of.get(level["name"])
        if times[level["label"]] > 1 and hierarchy and hierarchy["name"] != default:
            level["label"] = f"{level['label']} ({hierarchy['label']})"


def _authentication() -> dict[str, Any]:
    """How programs say who they are; `none` where somebody stands for those who cannot."""
    kind = "none" if runtime().settings.slicer_user else "http_basic"
    user = visitor().user
    is_known = user is not None and visitor().token_id is not None
    return {"type": kind, **({"identity": user.name} if user is not None and is_known else {})}
