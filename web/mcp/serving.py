"""The server of the Model Context Protocol: its tools, and what it says of itself."""

from importlib.metadata import version

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

from web.mcp.installation import Installation
from web.mcp.strict import strict_tool
from web.mcp.tools import tools_of

_INSTRUCTIONS = """\
Indicube holds indicators (KPIs) and the cubes of facts that they are worked out from.
Look names up before you ask: list_cubes, describe_cube and list_members for cubes, list_indicators
and list_scorecards for indicators. A refused question says what is allowed: mend it and ask again.
Every answer names the snapshot that it is based on and the watermark, the last day with facts.
A figure that is null is not zero; the answer says why it is none. Never add averages or rates up:
ask for the total. Figures are those that the owner of the token may see, and may be a part."""
_READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


def server_of(asked: Installation) -> MCPServer:
    """A server that answers from one installation, as one person."""
    server = MCPServer(
        "indicube",
        title="Indicube",
        instructions=_INSTRUCTIONS,
        version=version("indicube"),
        log_level="WARNING",
        tools=[strict_tool(each, _READ_ONLY) for each in tools_of(asked)],
    )

    @server.resource("indicube://indicators", mime_type="application/json")
    def dictionary() -> dict[str, object]:
        """The dictionary: every indicator with its definition."""
        return asked.get("indicators")

    return server
