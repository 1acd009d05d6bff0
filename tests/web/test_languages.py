"""Both languages are complete, and the right one is chosen."""

import re
from pathlib import Path

import pytest

from tests.web.people import ADMIN, Browser
from web import catalogues

TEMPLATES = Path(catalogues.__file__).parent / "templates"
HOUSE = TEMPLATES.parent.parent
# What reads the same in every language.
SAME_EVERYWHERE = {"Indicube", "SHA-256", "Ctrl K", "indicube sample flights"}


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_text_that_is_shown_has_a_sure_translation(language: str) -> None:
    shown = {m.id for m in catalogues.shown_texts() if m.id}
    known = {m.id for m in catalogues.catalogue(language) if m.id}

    assert shown - known == set()
    assert known - shown == set()
    assert catalogues.untranslated(language) == ()


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_what_the_application_reads_is_compiled_from_what_is_written(language: str) -> None:
    written = catalogues.compiled(catalogues.catalogue(language))

    assert catalogues.compiled_path(language).read_bytes() == written


def test_chinese_is_chinese() -> None:
    """A text that was copied over untranslated would else pass as translated."""
    same = {
        str(message.id)
        for message in catalogues.catalogue("zh")
        if message.id and message.string == message.id and re.search("[a-z]{3}", str(message.id))
    }

    assert same == set()


def _glossary() -> list[tuple[str, str, list[str]]]:
    """Each word in English and Chinese, and the Chinese ones that are not used for it."""
    lines = (HOUSE / "docs" / "words.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    return [(row[0], row[1], [one for one in row[2].split(", ") if one]) for row in rows[2:]]


def test_one_thing_has_one_name_in_chinese() -> None:
    models = [one for kind in ("json", "toml") for one in HOUSE.glob(f"cube_models/**/*.{kind}")]
    files = [catalogues.source_path("zh"), HOUSE / "server" / "exports" / "words.py", *models]
    told = "\n".join(one.read_text("utf-8") for one in files)

    words = _glossary()
    assert len(words) > 30
    assert [chinese for _, chinese, _ in words if chinese not in told] == []
    assert [one for _, _, others in words for one in others if one in told] == []
    assert "立方体" not in told.replace("数据立方体", "")


def test_every_translation_keeps_the_values_of_its_text() -> None:
    for message in catalogues.catalogue("zh"):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = {name for one in ids for name in re.findall(r"%\((\w+)\)s", str(one))}
        for text in texts:
            assert set(re.findall(r"%\((\w+)\)s", str(text))) == wanted, ids


@pytest.mark.parametrize("template", sorted(p.name for p in TEMPLATES.glob("*.html")))
def test_no_template_shows_a_text_that_is_not_in_the_catalogues(template: str) -> None:
    source = (TEMPLATES / template).read_text("utf-8")
    for classes in re.findall(r"{% block frame_class %}.*?{% endblock %}", source):
        source = source.replace(classes, "")
    written = re.sub(r"{#.*?#}|{{.*?}}|{%.*?%}", "", source, flags=re.DOTALL)
    words = re.sub(r"<[^>]*>", "\n", written, flags=re.DOTALL).split("\n")
    left = {one.strip(" ·") for one in words if re.search("[A-Za-z\u4e00-\u9fff]{2}", one)}

    assert left - SAME_EVERYWHERE == set()


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("/sign-in", "", "en"),
        ("/sign-in", "zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("/sign-in", "de,zh;q=0.5", "zh-Hans"),
        ("/sign-in", "fr", "en"),
        ("/sign-in?lang=zh", "en", "zh-Hans"),
        ("/sign-in?lang=zh-Hans", "en", "zh-Hans"),
        ("/sign-in?lang=en", "zh", "en"),
    ],
)
def test_the_address_goes_before_the_browser(
    stranger: Browser, path: str, accepted: str, language: str
) -> None:
    answer = stranger.get(path, **{"Accept-Language": accepted})

    assert f'<html lang="{language}"' in answer.text


def test_the_persons_choice_goes_before_the_browser_and_after_the_address(
    browser: Browser,
) -> None:
    browser.sign_in(ADMIN)
    browser.post("/account/preferences", language="zh")

    assert '<html lang="zh-Hans"' in browser.get("/account", **{"Accept-Language": "en"}).text
    assert '<html lang="en"' in browser.get("/account?lang=en").text


def test_links_keep_the_language_of_the_address(admin: Browser) -> None:
    page = admin.get("/scorecards/punctuality?lang=zh").text

    assert 'href="/indicators/on_time_arrival?period=2013-12&amp;lang=zh"' in page


def test_a_whole_screen_is_in_chinese(admin: Browser) -> None:
    page = admin.get("/scorecards/punctuality?lang=zh").text

    for word in ("准点到达率", "2013年12月", "百分点", "未达标", "数据截至"):
        assert word in page
    assert "off target" not in page
    assert "December" not in page
