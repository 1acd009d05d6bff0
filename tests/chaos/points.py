"""The named crash points, found in the source."""

import ast
from pathlib import Path

HOUSE = Path(__file__).parents[2]
# No round of the story imports a model: these deaths are died in tests/loaders.
OF_IMPORTS = frozenset({"together.before_commit", "together.committed"})


def named_points(*folders: str) -> set[str]:
    """The names that `crashpoint` is called with in these folders of the product."""
    found = {
        _name(call, path)
        for folder in folders or ("server", "loaders", "web")
        for path in (HOUSE / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "crashpoint"
    }
    return found - OF_IMPORTS


def _name(call: ast.Call, path: Path) -> str:
    argument = call.args[0]
    assert isinstance(argument, ast.Constant), f"{path}: a crash point without a name of its own"
    return str(argument.value)
