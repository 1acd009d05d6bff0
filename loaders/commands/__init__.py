"""`indicube load`, `indicube sample` and `indicube cube`."""

from loaders.commands.importing import cube
from loaders.commands.loading import commands, load, sample

__all__ = ["commands", "cube", "load", "sample"]
