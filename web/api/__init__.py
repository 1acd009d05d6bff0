"""JSON under /api/v1, versioned apart from the pages; programs identify themselves by a token."""

from flask import Blueprint

from web.api import cubes, indicators

API: tuple[Blueprint, ...] = (cubes.api, indicators.api)
