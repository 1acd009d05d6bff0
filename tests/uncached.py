"""A runtime that keeps no answer and no row, so that every question is asked of the engine."""

from dataclasses import replace

from server.cube.browser import Cubes
from server.runtime import Runtime


def uncached(runtime: Runtime) -> Runtime:
    """The same without what it keeps."""
    settings = replace(runtime.settings, cache_megabytes=0)
    return replace(
        runtime, settings=settings, cubes=Cubes(runtime.cubes.model, runtime.store.readers)
    )
