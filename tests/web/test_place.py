"""The URL is the state of a screen: what is read from it is written back to it."""

import pytest
from flask import Flask, request

from server.errors import InvalidInput
from web.place import cut_text, path_of_ours, read_cuts, read_place


@pytest.mark.parametrize(
    "query",
    [
        "",
        "period=2013-07",
        "period=2013-Q3&cut=organisation:network,AA",
        "cut=organisation:low_cost&cut=region:America/New_York",
        "period=2013&cut=organisation:__null__&lang=zh",
    ],
)
def test_a_place_is_written_as_it_was_read(app: Flask, query: str) -> None:
    with app.test_request_context(f"/indicators?{query}"):
        link = read_place(request).link("dictionary.show")

    assert link == ("/indicators?" + query if query else "/indicators")


def test_cuts_may_be_repeated_or_joined() -> None:
    joined = read_cuts(["organisation:network,AA|region:America/New_York"])
    repeated = read_cuts(["organisation:network,AA", "region:America/New_York"])

    assert joined == repeated


@pytest.mark.parametrize("name", ["a,b", "a|b", "a:b", "a;b", "a-b", "!a", "\\", "__null__x"])
def test_a_member_with_special_letters_survives_the_url(name: str) -> None:
    assert read_cuts([cut_text("organisation", (name,))]).path("organisation") == (name,)


def test_the_whole_dimension_is_no_cut() -> None:
    assert cut_text("organisation", ()) == ""
    assert read_cuts(["", "organisation:"]).paths == ()


@pytest.mark.parametrize("text", ["organisation", ":x", "a b:c"])
def test_a_cut_that_cannot_be_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_cuts([text])

    assert "organisation:network" in refused.value.allowed


def test_a_dimension_cannot_be_cut_twice() -> None:
    with pytest.raises(InvalidInput, match="cut twice"):
        read_cuts(["region:a", "region:b"])


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/indicators?q=a", "/indicators?q=a"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_only_paths_of_this_site_are_gone_back_to(address: str, kept: str) -> None:
    assert path_of_ours(address) == kept
