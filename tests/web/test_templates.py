"""What no template and no script of ours may hold: the strict policy would break it, or worse."""

import re
from pathlib import Path

import pytest

import web

WEB = Path(web.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
SCRIPTS = sorted((WEB / "static").glob("*.js"))
PYTHON = sorted(p for p in WEB.rglob("*.py"))

FORBIDDEN = {
    "an inline script": r"<script(?![^>]*\bsrc=)[^>]*>",
    "an inline style sheet": r"<style",
    "a style attribute": r"\sstyle\s*=",
    "an event handler": r"\son[a-z]+\s*=",
    "hx-on": r"hx-on",
    "a script address": r"javascript:",
    "values by script": r"[\"']js:",
    "a trigger filter": r"hx-trigger=[\"'][^\"']*\[",
    "text without escaping": r"\|\s*safe\b",
    "switched-off escaping": r"autoescape",
    "another host": r"(?:src|href|action|hx-get|hx-post)=[\"'](?:https?:)?//",
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(template: Path, what: str) -> None:
    assert re.search(FORBIDDEN[what], template.read_text("utf-8")) is None


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_changes_something_carries_the_token(template: Path) -> None:
    text = template.read_text("utf-8")
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.S)
    # A template with many forms may say it once, in a macro that each of them calls.
    macros = re.findall(r"macro (\w+)\(\) -%}(.*?){%- endmacro", text, re.S)
    carriers = [f"{{{{ {name}() }}}}" for name, body in macros if 'name="csrf_token"' in body]

    assert [
        form[:80]
        for form in forms
        if not any(sign in form for sign in ('name="csrf_token"', *carriers))
    ] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_of_ours_makes_code_or_markup_from_text(script: Path) -> None:
    text = script.read_text("utf-8")

    for forbidden in ("eval(", "new Function", "innerHTML", "insertAdjacentHTML", "Storage"):
        assert forbidden not in text


def test_no_python_of_ours_marks_text_as_safe() -> None:
    found = [p.name for p in PYTHON if re.search(r"Markup\(|render_template_string", p.read_text())]

    assert found == []
