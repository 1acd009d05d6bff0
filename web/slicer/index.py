"""The page at the door, for people who look where the clients ask."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from flask import Response

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{label}: Slicer</title>
<h1>{label}: Slicer</h1>
<p>This address answers clients of Cubes {version}, such as CubesViewer.
<a href="/slicer/info">Info</a>, <a href="/slicer/cubes">cubes</a>,
<a href="/slicer/version">version</a>.</p>
<ul>
{cubes}
</ul>
</html>
"""


def index_page(info: Mapping[str, Any], cubes: Iterable[Mapping[str, Any]]) -> Response:
    """Which cubes there are, with the address of each one's model."""
    listed = [
        f'<li><a href="/slicer/cube/{quote(cube["name"])}/model">{escape(cube["label"])}</a></li>'
        for cube in cubes
    ]
    text = _PAGE.format(
        label=escape(str(info["label"])), version=info["cubes_version"], cubes="\n".join(listed)
    )
    return Response(text, content_type="text/html; charset=utf-8")
