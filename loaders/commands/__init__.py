"""`indicube load` and `indicube sample`."""

from loaders.commands.loading import commands, load, sample

__all__ = ["commands", "load", "sample"]
