"""Chromium, and the page in it: what a test does with it, and what it may never have done."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from waiting import wait_until

PATIENCE_SECONDS = 60.0  # two slow processors, shared
AXE = files("axe_playwright_python") / "axe.min.js"


def start_browser() -> webdriver.Chrome:
    """Debian's Chromium, without a window; nothing is downloaded."""
    options = Options()
    options.binary_location = shutil.which("chromium") or "chromium"
    options.add_argument("--headless=new")
    options.add_argument("--disable-dev-shm-usage")
    options.add_argument("--disable-background-networking")
    if os.geteuid() == 0:  # as in CI: Chromium's sandbox refuses to work for root
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


class Page:
    """The page, as someone sees it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.may_lose_the_server = False

    def open(self, url: str) -> None:
        """Load the page, and wait for its first picture."""
        self.driver.get(url)
        self.wait_for(lambda: self.shown != "nothing")

    def reset(self) -> None:
        """As a new window has it."""
        self.driver.get("about:blank")
        self.size(1280, 900)
        self.prefer()
        self.requests(), self.log()

    def size(self, width: int, height: int, *, is_phone: bool = False) -> None:
        """The window's size; a phone also has a finger, and shows two pixels for each."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, **features: str) -> None:
        """What the system prefers: color_scheme="dark", reduced_motion="reduce"."""
        media = {"color_scheme": "light", "reduced_motion": "no-preference", **features}
        chosen = [
            {"name": f"prefers-{name.replace('_', '-')}", "value": value}
            for name, value in media.items()
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": chosen})

    # What it shows

    @property
    def shown(self) -> str:
        """Whether that is the present, the past, or nothing."""
        return str(self.run("return document.body.dataset.shown"))

    @property
    def is_live(self) -> bool:
        """Whether its news come over the stream; without one it says "live updates are not"."""
        return self.text("#state").endswith(", live")

    def all(self, selector: str) -> list[WebElement]:
        """Elements, in their order."""
        return list(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def one(self, selector: str) -> WebElement:
        """The first of them."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def place(self, place: str) -> WebElement:
        """The cell of a place, as the command line takes it."""
        return self.driver.find_element(By.ID, f"place-{place}")

    def cell(self, place: str) -> tuple[str, str, str]:
        """Of a cell: its state, its marks, its words."""
        script = (
            "const cell = document.getElementById(`place-${arguments[0]}`);"
            "const [, marks, words] = [...cell.children].map((each) => each.textContent);"
            "return [cell.dataset.state, marks, words]"
        )
        state, marks, words = self.run(script, place)
        return state, marks, words

    def text(self, selector: str) -> str:
        """Its text, as it is seen."""
        return str(self.one(selector).text)

    def is_seen(self, selector: str) -> bool:
        """Whether it is on the page, and not hidden."""
        return any(each.is_displayed() for each in self.all(selector))

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a script."""
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Until it is so."""
        wait_until(condition, seconds=PATIENCE_SECONDS)

    def press(self, *keys: str) -> None:
        """Keys, at whatever has the focus."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def focused(self) -> str:
        """The id of what has the focus."""
        return str(self.run("return document.activeElement.id"))

    @contextmanager
    def counting_changes(self) -> Iterator[Callable[[], int]]:
        """How many nodes of the map are changed, added or removed meanwhile."""
        self.run(
            "window.changes = 0;"
            "window.observer = new MutationObserver((found) => { changes += found.length; });"
            "window.observer.observe(document.getElementById('map'),"
            " {subtree: true, childList: true, attributes: true, characterData: true});"
        )
        yield lambda: int(self.run("return window.changes"))
        self.run("window.observer.disconnect()")

    @contextmanager
    def short_waits(self) -> Iterator[None]:
        """Pages that are opened here wait two seconds where others wait for ten or more."""
        script = (
            "const wait = window.setTimeout, limit = AbortSignal.timeout.bind(AbortSignal);"
            "const short = (time) => (time >= 10000 ? 2000 : time);"
            "window.setTimeout = (call, time) => wait(call, short(time));"
            "AbortSignal.timeout = (time) => limit(short(time));"
        )
        command = "Page.addScriptToEvaluateOnNewDocument"
        added = self.driver.execute_cdp_cmd(command, {"source": script})
        yield
        self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)

    # What may not be

    def violations(self) -> list[str]:
        """What axe-core finds wrong with what is shown."""
        # By the debugger: the page's own policy lets no script in.
        evaluate = {"expression": AXE.read_text(), "returnByValue": False}
        self.driver.execute_cdp_cmd("Runtime.evaluate", evaluate)
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run({resultTypes: ['violations']}).then(({violations}) => done(violations))"
        )
        return [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found
            for node in each["nodes"]
        ]

    def log(self) -> list[str]:
        """Messages of the console: errors, refusals of the policy."""
        return [str(each["message"]) for each in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """URLs that were asked for since the last time."""
        messages = (json.loads(each["message"]) for each in self.driver.get_log("performance"))
        return [
            str(each["message"]["params"]["request"]["url"])
            for each in messages
            if each["message"]["method"] == "Network.requestWillBeSent"
        ]

    def strange_requests(self) -> list[str]:
        """URLs of other hosts."""
        own = (None, "127.0.0.1")
        return [each for each in self.requests() if urlsplit(each).hostname not in own]
