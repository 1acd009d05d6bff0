"""A real browser on a real server: collects everything that the browser complains about."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from werkzeug.serving import WSGIRequestHandler, make_server

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Every violation of the policy is kept where a test can read it.
_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
"""
# What was right stays in the browser: to send all of it here takes longer than to find it out.
_VIOLATIONS = """
rules => axe.run(document, {
  runOnly: {type: "tag", values: rules}, resultTypes: ["violations"],
}).then(found => found.violations.flatMap(violation => violation.nodes.map(
  node => `${violation.id}: ${JSON.stringify(node.target)} ${node.failureSummary}`
)))
"""


# What lies within something that scrolls, and so is cut off there, juts out of nothing.
_JUTTING = """
() => [...document.querySelectorAll("main .card")].flatMap(card => {
  const edge = card.getBoundingClientRect().right + 0.5;
  const isCut = part => {
    for (let one = part.parentElement; one !== card.parentElement; one = one.parentElement) {
      const isOpen = getComputedStyle(one).overflowX === "visible";
      if (!isOpen && one.getBoundingClientRect().right <= edge) return true;
    }
    return false;
  };
  const juts = part => part.getBoundingClientRect().right > edge && !isCut(part);
  return [...card.querySelectorAll("*")].filter(juts).slice(0, 1).map(
    part => `${part.localName}.${part.className} juts out of its card`
  );
})
"""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, type: str, message: str, *arguments: object) -> None:  # noqa: A002, ARG002
        return


class Tab:
    """A tab that remembers its console errors and its violations of the policy."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.complaints: list[str] = []
        self.page.add_init_script(_WATCH)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> None:
        """Open an address and wait until nothing moves."""
        self.page.goto(path)
        self.settle()

    def settle(self) -> None:
        """Wait until htmx and the charts are done."""
        self.page.wait_for_load_state("load")
        self.until(
            "[...document.querySelectorAll('[data-chart]')].every(e => e.querySelector('svg'))"
        )

    def until(self, truth: str, seconds: float = 10) -> None:
        """Wait until an expression is true; asked from outside, for the page forbids eval."""
        for _ in range(int(seconds * 20)):
            if self.page.evaluate(truth):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not within {seconds} s: {truth}")

    def all_complaints(self) -> list[str]:
        """Console errors and violations since the last full page."""
        return self.complaints + list(self.page.evaluate("window.violations"))

    def axe(self) -> list[str]:
        """What axe finds wrong, one line for each element."""
        self.page.evaluate(AXE)
        found: list[str] = self.page.evaluate(_VIOLATIONS, RULES)
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def jutting(self) -> list[str]:
        """What stands over the edge of the card that it is in."""
        found: list[str] = self.page.evaluate(_JUTTING)
        return found

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


def signed_in_context(
    chromium: Browser, address: str, session: str, **options: Any
) -> BrowserContext:
    """A browser profile that holds the cookie of a session."""
    context = chromium.new_context(base_url=address, **options)
    context.add_cookies([{"name": "sid", "value": session, "url": address}])
    return context
