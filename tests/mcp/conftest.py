"""A language model's client, as a real one talks: to `indicube mcp`, a process of its own."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from tests.api.conftest import app, clock, served, tokens
from tests.web.chromium import serving

__all__ = ["app", "clock", "served", "tokens"]

Use = Callable[..., "Used"]


class Used:
    """What a tool answered."""

    def __init__(self, found: Any) -> None:
        self.is_error: bool = found.is_error
        self.text: str = found.content[0].text
        self.body: dict[str, Any] = {} if found.is_error else json.loads(self.text)
        self.structured: dict[str, Any] | None = found.structured_content


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """The API on a free port of this machine."""
    with serving(app) as found:
        yield found


def parameters(address: str, token: str, *options: str) -> StdioServerParameters:
    """How a client starts the server: the token is in its environment alone."""
    return StdioServerParameters(
        command=sys.executable,
        args=["-c", "from web.cli import main; main()", "mcp", "--url", address, *options],
        env={"INDICUBE_TOKEN": token},
        cwd=str(Path(__file__).parents[2]),
    )


def talk(server: StdioServerParameters, act: Callable[[Client], Any]) -> Any:
    """Do something with a client that has shaken hands."""

    async def whole() -> Any:
        async with Client(server, read_timeout_seconds=60) as client:
            return await act(client)

    return asyncio.run(whole())


def use_all(server: StdioServerParameters, *calls: tuple[str, dict[str, Any]]) -> list[Used]:
    """What several tools answer in one conversation."""

    async def act(client: Client) -> list[Used]:
        return [Used(await client.call_tool(name, given)) for name, given in calls]

    found: list[Used] = talk(server, act)
    return found
