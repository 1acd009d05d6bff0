"""Draws chart definitions as PNG in a process of its own: `python -m server.exports.drawing`.

The page's own files make the options and draw them in V8 as SVG; resvg turns that into pixels. V8
must never share a process with whatever forks, so it lives here and ends with its last chart.
"""

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from py_mini_racer import MiniRacer
from resvg_py import svg_to_bytes

FONTS = Path(__file__).with_name("fonts")
FAMILY = "Noto Sans SC"
SECONDS = 20  # of one chart
MEMORY = 400_000_000

# What ECharts and our options look for in a page, as far as they need it without one.
_SURROUNDINGS = """
var window = globalThis; var self = globalThis; var global = globalThis;
globalThis.setTimeout ??= () => 0; globalThis.clearTimeout ??= () => {};
"""
_DRAW = """
(text) => {
  const { definition, theme, width, height, title } = JSON.parse(text);
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  const option = { ...chartOptions(definition, { ...theme, width }), animation: false };
  option.backgroundColor = theme.colour.surface;
  if (title) {
    option.title = { left: 0, top: 0, text: title[0], subtext: title[1], itemGap: 4,
      textStyle: { fontFamily: theme.font, fontSize: 16, color: theme.colour.ink },
      subtextStyle: { fontFamily: theme.font, fontSize: 12, color: theme.colour["ink-3"] } };
    if (option.legend) option.legend = { ...option.legend, top: 48 };
    if (option.grid) option.grid = { ...option.grid, top: (option.grid.top ?? 36) + 48 };
  }
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
"""
# The colours of the light theme, as tokens.css has them and as a browser computes them.
LIGHT: Mapping[str, str] = {
    "actual": "rgb(58, 64, 72)",
    "earlier": "rgb(169, 173, 179)",
    "plan": "rgb(25, 28, 32)",
    "ink": "rgb(25, 28, 32)",
    "ink-2": "rgb(76, 82, 90)",
    "ink-3": "rgb(101, 107, 115)",
    "line": "rgb(225, 225, 219)",
    "surface": "rgb(255, 255, 255)",
    "raised": "rgb(255, 255, 255)",
    "brand": "rgb(75, 63, 206)",
    "good": "rgb(20, 108, 58)",
    "bad": "rgb(176, 37, 28)",
}


def draw(orders: list[Mapping[str, Any]], web_files: Path) -> list[bytes]:
    """One PNG for each order: definition, language, width, height, zoom, title or none."""
    with MiniRacer() as engine:
        engine.eval(_SURROUNDINGS)
        for name in ("vendor/echarts.min.js", "chart_options.js"):
            engine.eval((web_files / name).read_text(encoding="utf-8"))
        engine.eval(f"var draw = {_DRAW}")
        return [_draw(engine, order) for order in orders]


def _draw(engine: MiniRacer, order: Mapping[str, Any]) -> bytes:
    theme = {"colour": dict(LIGHT), "font": FAMILY, "language": order["language"]}
    text = json.dumps({**order, "theme": theme}, ensure_ascii=False)
    svg = engine.eval(f"draw({json.dumps(text)})", timeout_sec=SECONDS, max_memory=MEMORY)
    return bytes(
        svg_to_bytes(
            svg_string=str(svg),
            zoom=order["zoom"],
            background="#ffffff",
            font_family=FAMILY,
            sans_serif_family=FAMILY,
            font_dirs=[str(FONTS)],
        )
    )


def main() -> None:
    """Read orders as JSON from standard input, answer each picture as a line of base64."""
    told = json.load(sys.stdin)
    for picture in draw(told["orders"], Path(told["web_files"])):
        sys.stdout.write(base64.b64encode(picture).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
