"""A page, or the part of it that htmx asked for: the same template answers both.

The id of the element that is swapped names the part: `frame` is everything inside the body,
any other id is the block of that name in the screen's own template.
"""

from flask import Response as FlaskResponse
from flask import current_app, render_template
from jinja2 import Template

from web.htmx import htmx

FRAME = "frame"


def render(template: str, status: int = 200, **context: object) -> FlaskResponse:
    """Answer with the whole page, its frame, or one block."""
    found = current_app.jinja_env.get_template(template)
    target = htmx().target if htmx() and not htmx().wants_page else None
    if target and target != FRAME and target in found.blocks:
        return FlaskResponse(_block(found, target, context), status)
    text = render_template(template, is_part=target is not None, **context)
    answer = FlaskResponse(text, status, content_type="text/html; charset=utf-8")
    if target not in (None, FRAME):  # a part was asked for that this screen does not have
        answer.headers["HX-Retarget"] = f"#{FRAME}"
        answer.headers["HX-Reswap"] = "outerMorph"
    return answer


def _block(template: Template, name: str, context: dict[str, object]) -> str:
    current_app.update_template_context(context)
    filled = template.new_context(context)
    return "".join(template.blocks[name](filled))
