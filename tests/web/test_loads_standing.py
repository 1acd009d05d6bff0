"""Above the list of loads: what contracts still wait for, and roll-ups that were taken away."""

from datetime import timedelta

from server.ledger.pushes import FUNCTION
from server.ledger.stuck import GROUPS, WAITING
from server.metadata.grouped_files import form_group, receive_file, refuse_file
from server.metadata.jobs import (
    WAITING_FOR_SPECIFICATION,
    claim_job,
    create_job,
    finish_job,
    put_back_job,
)
from server.metadata.pushes import NewPush, accept_push, claim_push
from server.metadata.rollups import set_disabled
from server.runtime import Runtime
from tests.web.people import ADMIN, Browser, Clock
from tests.web.screens import found_in, screen, texts

WINDOW = timedelta(minutes=1)


def test_a_contract_that_is_met_says_so(admin: Browser) -> None:
    page = screen(admin.get("/loads"))

    assert texts(page, "#arrived dt") == ["departures"]
    assert texts(page, "#arrived dd") == ["all 12 have arrived whole to 31 Dec 2013"]


def test_a_roll_up_that_was_taken_away_is_told_with_what_to_do(
    fresh: Runtime, clock: Clock, browser: Browser
) -> None:
    browser.sign_in(ADMIN)
    assert not found_in(screen(browser.get("/loads")), ".trouble")
    with fresh.metadata.write() as writing:
        set_disabled(writing, "departures", "by_month__0a1b2c3d", "12 is told, 11 is so", clock.now)

    (told,) = texts(screen(browser.get("/loads")), ".trouble")
    assert "of departures" in told
    assert "12 is told, 11 is so" in told
    assert "indicube rollup build by_month" in told


def test_what_waits_to_be_loaded_together_is_counted_and_what_could_not_be_is_told(
    fresh: Runtime, clock: Clock, browser: Browser
) -> None:
    browser.sign_in(ADMIN)
    assert not found_in(screen(browser.get("/loads")), "#waiting, #turned-away")
    with fresh.metadata.write() as writing:
        for name in ("a", "b", "c"):
            last = receive_file(writing, "tills", f"{name}.csv", name * 64, "olga", clock.now)
        refuse_file(writing, last, "c.csv: it lacks column 'amount'")
        long_ago = clock.now - timedelta(days=8)
        old = receive_file(writing, "tills", "old.csv", "d" * 64, "olga", long_ago)
        refuse_file(writing, old, "nobody looks for this any more")

    page = screen(browser.get("/loads"))
    assert texts(page, "#waiting dt") == ["tills"]
    (waiting,) = texts(page, "#waiting dd")
    assert waiting.startswith("2 files, the first of ")
    assert "·" not in waiting
    (told,) = texts(page, "#turned-away li")
    assert told.startswith("c.csv: c.csv: it lacks column 'amount' ")
    assert told.endswith("olga")


def test_what_waits_because_its_specification_is_gone_says_so(
    fresh: Runtime, clock: Clock, browser: Browser
) -> None:
    browser.sign_in(ADMIN)
    with fresh.metadata.write() as writing:
        form_group(writing, [receive_file(writing, "tills", "a.csv", "a" * 64, "olga", clock.now)])
        job = create_job(writing, GROUPS, {}, "scheduler", clock.now)
        claimed = claim_job(writing, job.id, clock.now)
        assert claimed is not None
        told = "there is no load named 'tills'; there are: departures"
        finish_job(writing, claimed, {"loads": [], WAITING: {"tills": told}}, clock.now)

    (waiting,) = texts(screen(browser.get("/loads")), "#waiting .bad")
    assert waiting == told
    (waiting,) = texts(screen(browser.get("/loads?lang=zh")), "#waiting .bad")
    assert waiting != told
    assert "tills" in waiting


def test_a_push_of_its_own_that_waits_for_its_specification_says_so(
    fresh: Runtime, clock: Clock, browser: Browser
) -> None:
    browser.sign_in(ADMIN)
    told = "there is no load named 'tills'; there are: departures"
    new = NewPush(
        "tills", 1, "x", "olga", "b" * 64, "csv", 1, (), "c" * 64, "nobody", clock.now + WINDOW
    )
    with fresh.metadata.write() as writing:
        job = create_job(writing, FUNCTION, {}, "olga", clock.now)
        claimed = claim_push(writing, new, clock.now, lambda _owner: False)
        accept_push(writing, claimed, source_hash="a" * 64, rows=1, rejected=0, job=job.id)
        running = claim_job(writing, job.id, clock.now)
        assert running is not None
        put_back_job(writing, running, WAITING_FOR_SPECIFICATION, told, clock.now + WINDOW)

    page = screen(browser.get("/loads"))
    assert texts(page, "#waiting dt") == ["tills"]
    (waiting,) = texts(page, "#waiting dd")
    assert waiting.startswith("1 push, the first of ")
    assert waiting.endswith(told)
    (waiting,) = texts(screen(browser.get("/loads?lang=zh")), "#waiting .bad")
    assert "tills" in waiting
    assert told not in waiting
