"""The Slicer API of Cubes 1.1 at /slicer, so that the clients that exist work unchanged."""

from web.limits import limit_programs
from web.slicer import routes
from web.slicer.surroundings import surround_slicer

limit_programs(routes.api)

SLICER = (routes.api,)

__all__ = ["SLICER", "surround_slicer"]
