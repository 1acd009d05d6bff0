"""Tools that refuse an argument that they do not have, where others would drop it.

Without that a model that calls `cut` by another name is answered with the figure of everything.
"""

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver.tools.base import Tool
from mcp.types import ToolAnnotations
from pydantic import ConfigDict, model_validator

from server.errors import nearest


def strict_tool(function: Callable[..., Any], annotations: ToolAnnotations) -> Tool:
    """The function as a tool that takes its own arguments and no others."""
    tool = Tool.from_function(function, annotations=annotations)
    metadata = tool.fn_metadata
    own = tuple(metadata.arg_model.model_fields)

    class Arguments(metadata.arg_model):  # type: ignore[name-defined, misc]
        model_config = ConfigDict(extra="forbid")

        @model_validator(mode="before")
        @classmethod
        def refuse_others(cls, given: dict[str, Any]) -> dict[str, Any]:
            for name in given:
                if name not in own:
                    raise ValueError(_told(name, own))
            return given

    Arguments.__name__ = Arguments.__qualname__ = metadata.arg_model.__name__
    metadata.arg_model = Arguments
    tool.parameters = {**tool.parameters, "additionalProperties": False}
    return tool


def _told(name: str, own: tuple[str, ...]) -> str:
    meant = nearest(name, own)
    hint = f" Did you mean {meant}?" if meant else ""
    return f"There is no argument {name[:60]!r} here. Allowed: {', '.join(own) or 'none'}.{hint}"
