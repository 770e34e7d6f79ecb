"""One browser for all tests; after each, what no page may have done is looked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .browser import Page, start_browser
from .fake_server import FakeServer


@pytest.fixture(scope="session")
def browser() -> Iterator[Page]:
    driver = start_browser()
    yield Page(driver)
    driver.quit()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def page(browser: Page, server: FakeServer) -> Iterator[Page]:
    """An empty window. At the end nothing was asked of other hosts, and no error was logged.

    The server is there until then: an answer that no one waits for any more is not an error.
    """
    browser.reset()
    browser.may_lose_the_server = False
    yield browser
    assert browser.strange_requests() == []
    log = browser.log()
    if browser.may_lose_the_server:
        log = [each for each in log if "Failed to load resource" not in each]
    assert log == []
