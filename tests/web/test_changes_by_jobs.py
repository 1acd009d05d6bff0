"""Changes of loads that a job carries out: what was purged, mended rows, a file read again."""

from datetime import timedelta
from pathlib import Path

from lxml.html import document_fromstring

from loaders.changing import change_of_job
from loaders.job import answer
from server.ledger.purge import purge
from server.metadata.batches import batches_of, counting_batches_of
from server.metadata.jobs import list_jobs
from server.metadata.loads import find_load
from server.runtime import Runtime
from tests.few_flights import few_flights, load_departures, rows_of
from tests.web.people import OPS, Browser, settle_people
from tests.web.screens import found_in, links, screen, texts, words
from web.app import create_app


def state(runtime: Runtime, number: int) -> str:
    """How a load stands."""
    with runtime.metadata.read() as reading:
        return find_load(reading, number).state


def test_what_was_purged_is_read_again_by_a_job(tmp_path: Path) -> None:
    """Withdrawing shows what was replaced; when that is purged, the spool has it still."""
    with few_flights(tmp_path) as runtime:
        january = rows_of(1, 1)
        load_departures(runtime, "january.csv", january)
        load_departures(runtime, "january again.csv", january[:-42])
        settle_people(runtime)
        much_later = runtime.clock() + timedelta(days=60)
        purge(runtime.metadata, runtime.store, "olga", much_later, timedelta(days=7))
        browser = Browser(create_app(runtime))
        browser.sign_in(OPS)

        gone = browser.get("/scorecards/punctuality?as_of=4")
        assert (gone.status_code, "from snapshot 5" in gone.text) == (410, True)
        asked = screen(browser.get("/loads/5/change/withdraw"))
        assert "purged" in words(asked)
        done = browser.post("/loads/5/change/withdraw", reason="wrong")
        assert done.location == "/loads/5?done=withdraw"
        assert state(runtime, 5) == "published"
        assert "waiting for its turn" in words(screen(browser.get(done.location)))
        browser.post("/loads/5/change/withdraw", reason="wrong")  # a second click
        with runtime.metadata.read() as reading:
            (job,) = list_jobs(reading, 9, "loaders.changing.run_change")
        answer(runtime, job.id, change_of_job)
        assert state(runtime, 5) == "withdrawn"
        counted = runtime.cubes.browser("departures", runtime.snapshot()).aggregate(
            aggregates=["flights"]
        )
        assert counted.summary["flights"] == len(january)
        with runtime.metadata.read() as reading:
            (again,) = counting_batches_of(reading, 4)
        assert again.rows == len(january)
        told = found_in(screen(browser.get("/loads/4")), ".load-facts span[title='month=2013-01']")
        assert [words(one) for one in told] == [str(again.id)]  # what was purged is not counted


def test_refused_rows_are_mended_in_the_browser_once(tmp_path: Path) -> None:
    """A row with a day that does not exist is put right and belongs to its load from then on."""
    with few_flights(tmp_path) as runtime:
        lines = rows_of(1, 1)
        broken = [*lines[:-1], lines[-1].replace("2013,1,1,", "2013,1,41,", 1)]
        load_departures(runtime, "january.csv", broken)
        settle_people(runtime)
        browser = Browser(create_app(runtime))
        browser.sign_in(OPS)
        assert "Mend refused rows" in texts(screen(browser.get("/loads/4")), ".load-changes a")

        path = "/loads/4/change/correct"
        (field,) = found_in(screen(browser.get(path)), "#lines")
        given = field.text or ""
        assert given.strip().split("\n")[1].startswith(f"{len(lines) + 1},2013,1,41,")
        assert browser.post(path, lines="", reason="asked").status_code == 400
        browser.post(path, lines=given.replace(",41,", ",1,"), reason="asked the airline")
        late = browser.post(path, lines=given.replace(",41,", ",2,"), reason="asked again")
        shown = document_fromstring(late.text)
        assert (late.status_code, texts(shown, "#reason")) == (409, ["asked again"])
        assert f"{len(lines) + 1},2013,1,2," in (found_in(shown, "#lines")[0].text or "")
        assert texts(shown, "#refusal") == [f"{OPS} is changing this load already."]
        with runtime.metadata.read() as reading:
            (job,) = list_jobs(reading, 1, "loaders.changing.run_change")
        answer(runtime, job.id, change_of_job)

        page = screen(browser.get("/loads/4"))
        assert words(found_in(page, ".balance")[0]).startswith("842 in the file=842 stored")
        assert "asked the airline" in words(page)
        assert "Mend refused rows" not in texts(page, ".load-changes a")
        counted = runtime.cubes.browser("departures", runtime.snapshot())
        assert counted.aggregate(aggregates=["flights"]).summary["flights"] == 842

        with runtime.metadata.read() as reading:
            corrected = batches_of(reading, 4)[-1].id
        line = f"/indicators/on_time_arrival/facts/{corrected}/{len(lines) + 1}"
        (as_mended, as_sent) = texts(screen(browser.get(line)), "p.line")
        assert as_mended.startswith("2013,1,1,")
        assert as_sent.startswith("2013,1,41,")


def test_a_load_that_is_read_again_leads_to_the_new_one(tmp_path: Path) -> None:
    with few_flights(tmp_path) as runtime:
        load_departures(runtime, "january.csv", rows_of(1, 1))
        settle_people(runtime)
        browser = Browser(create_app(runtime))
        browser.sign_in(OPS)
        browser.post("/loads/4/change/withdraw", reason="wrong")
        browser.post("/loads/4/change/replay", reason="right after all")
        with runtime.metadata.read() as reading:
            (job,) = list_jobs(reading, 1, "loaders.changing.run_change")
        answer(runtime, job.id, change_of_job)

        page = screen(browser.get("/loads/4"))
        assert links(page, "#job a") == ["/loads/5"]
        told = texts(page, ".events li")[-1]
        assert told.startswith("replayed ")
        assert told.endswith(f"{OPS} · right after all")
        assert state(runtime, 5) == "published"
