"""JSON under /api/v1, versioned apart from the pages; programs identify themselves by a token."""

from flask import Blueprint

from web.api import (
    across,
    contributions,
    cubes,
    exports,
    indicators,
    loads,
    pushes,
    reference,
    scorecards,
    slices,
    snapshots,
)
from web.limits import limit_programs

_ROUTES = (
    cubes.api,
    across.api,
    indicators.api,
    contributions.api,
    scorecards.api,
    slices.api,
    exports.api,
    loads.api,
    pushes.api,
    snapshots.api,
    reference.api,
)
for _routes in _ROUTES:
    limit_programs(_routes)

API: tuple[Blueprint, ...] = (*_ROUTES, reference.pages)
