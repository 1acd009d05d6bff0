"""The screens of an indicator over two cubes: cancelled departures over hours of low visibility."""

from tests.web.people import Browser
from tests.web.screens import found_in, links, screen, texts

CODE = "cancellations_in_low_visibility"
NOVEMBER = f"/indicators/{CODE}?period=2013-11"


def test_the_screen_tells_what_it_takes_from_which_cube(admin: Browser) -> None:
    """233 cancellations over 54 hours are 4.3 an hour."""
    page = screen(admin.get(NOVEMBER))

    assert texts(page, ".figures .main dd") == ["4.3"]
    told = " ".join(texts(page, "dl.facts dd"))
    assert "cancelled / weather.low_visibility_hours" in told
    assert "233 Departures: Cancelled flights" in told
    assert "54 Weather: Hours of low visibility" in told


def test_its_change_can_be_explained_by_airport(admin: Browser) -> None:
    page = screen(admin.get(f"/indicators/{CODE}/why?period=2013-11&by=origin"))

    assert not links(page, "table a[href*=slice]")  # a slice is of one cube
    assert len(texts(page, "tbody th a")) == 3
    assert "La Guardia" in texts(page, "tbody th a")


def test_the_facts_of_each_cube_can_be_read(admin: Browser) -> None:
    page = screen(admin.get(f"/indicators/{CODE}/facts?period=2013-11"))
    weather = next(link for link in links(page, ".choice a") if "of=weather" in link)
    other = screen(admin.get(weather))

    assert "Visibility (miles)" in texts(other, "#facts th")
    assert "Visibility (miles)" not in texts(page, "#facts th")
    line = links(other, "#facts th a")[0]
    assert "of=weather" in line
    assert admin.get(line).status_code == 200
    assert admin.get(f"/indicators/{CODE}/facts?of=nothing").status_code == 404


def test_the_slicer_of_one_cube_does_not_offer_it(admin: Browser) -> None:
    assert CODE not in admin.get("/slice/departures?rows=origin&value=flights").text
    answer = admin.get(f"/slice/departures?rows=origin&value=indicator.{CODE}")

    assert answer.status_code == 400
    assert "departures and weather" in answer.text


def test_its_scorecard_stands_beside_the_first(admin: Browser) -> None:
    page = screen(admin.get("/scorecards/weather_operations"))

    assert "All" not in texts(page, ".lede")
    assert texts(page, ".lede")[0].endswith("November 2013")
    assert found_in(page, f"#i-{CODE}")


def test_a_member_with_a_figure_and_no_target_is_not_scored(admin: Browser) -> None:
    """To call it without data beside its figure would be wrong."""
    page = screen(admin.get(NOVEMBER))

    assert texts(page, "tbody .status").count("not scored") >= 10  # three groups, seven regions
    assert "no data" not in texts(page, "tbody .status")


def test_who_wrote_its_definition_is_told_in_the_readers_language(admin: Browser) -> None:
    page = screen(admin.get(f"{NOVEMBER}&lang=zh"))

    assert any("随模型包提供的示例" in text for text in texts(page, "dl.facts dd"))
    assert "the sample of the pack" not in " ".join(texts(page, "main"))


def test_the_share_of_a_member_is_one_of_the_facts_of_the_cube_that_is_counted(
    admin: Browser,
) -> None:
    """The figure is worked out of two cubes: a part of the facts is no part of it."""
    page = screen(admin.get(NOVEMBER))
    (told, *_) = (one.get("title") for one in found_in(page, ".with-bars th abbr"))

    assert told.startswith("share of the facts of ")
    assert told.endswith(", not of the figure, which is worked out of several cubes")
