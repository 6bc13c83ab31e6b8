"""A visitor in a real browser: types, reads, filters, turns the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.browser import chromium, emulate
from tests.support.processes import wait_until
from tests.support.serving import Serving

pytestmark = pytest.mark.browser

OFF = 2  # Chromium's number for "blocked" in its content settings


class Visitor:
    """One browser window on the search page."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver, self.url = driver, url

    def open(self, path: str = "") -> None:
        self.driver.get(f"{self.url}/{path}")

    def type(self, text: str) -> None:
        box = self.driver.find_element(By.ID, "q")
        box.clear()
        box.send_keys(text)

    def titles(self) -> list[str]:
        elements = "document.querySelectorAll('.hit h3')"
        found = self.ask(f"Array.from({elements}, e => e.innerText)")
        return [str(title) for title in found]

    def text(self) -> str:
        return str(self.ask("document.querySelector('main').innerText"))

    def ask(self, expression: str) -> Any:
        """In one step: the page may replace its answer between two."""
        return self.driver.execute_script(f"return {expression}")

    def sees(self, words: str) -> None:
        wait_until(lambda: words in self.text(), 15, f"{words!r} on the page")

    def background(self) -> str:
        script = "return getComputedStyle(document.body).backgroundColor"
        return str(self.driver.execute_script(script))

    def emulate(self, width: int, scheme: str) -> None:
        emulate(self.driver, width, scheme)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("serve"), "--no-writer") as service:
        yield service


@pytest.fixture(scope="module")
def browser(
    running: Serving, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Visitor]]:
    """Start a browser; all of them are closed at the end."""
    open_ones: dict[bool, webdriver.Chrome] = {}

    def start(javascript: bool = True) -> Visitor:
        if javascript not in open_ones:
            preferences: dict[str, object] = {}
            if not javascript:
                preferences["profile.managed_default_content_settings.javascript"] = OFF
            open_ones[javascript] = chromium(
                tmp_path_factory.mktemp("profile"), **preferences
            )
        visitor = Visitor(open_ones[javascript], running.url)
        visitor.emulate(1200, "light")
        return visitor

    yield start
    for driver in open_ones.values():
        driver.quit()


def test_visitor_follows_the_one_thing_to_try(browser: Callable[..., Visitor]) -> None:
    visitor = browser()
    visitor.open()

    visitor.driver.find_element(By.LINK_TEXT, "2018天象").click()

    visitor.sees("找到")
    assert visitor.titles()[0] == "2018年重要天象 <预告> & 观测"
    marks = visitor.driver.find_elements(By.CSS_SELECTOR, ".hit h3 mark")
    assert "天象" in [mark.text for mark in marks]


def test_answer_follows_what_is_typed(browser: Callable[..., Visitor]) -> None:
    visitor = browser()
    visitor.open()

    visitor.type("极光")

    visitor.sees("木星与土星")
    assert "q=%E6%9E%81%E5%85%89" in visitor.driver.current_url
    assert visitor.driver.title.startswith("极光")


def test_older_answer_never_replaces_a_newer_one(
    browser: Callable[..., Visitor],
) -> None:
    """The first answer is held back until the second has been shown."""
    visitor = browser()
    visitor.open()
    visitor.driver.execute_script(
        """
        const real = window.fetch;
        window.fetch = (address, options) => {
          const slow = decodeURIComponent(address).includes("q=木星");
          const late = new Promise((done) => setTimeout(done, slow ? 1500 : 0));
          return late.then(() => real(address));
        };
        """
    )

    visitor.type("木星")
    time.sleep(0.5)
    visitor.type("oscillations")
    visitor.sees("Damped oscillations")
    time.sleep(2)

    assert visitor.titles() == ["Damped oscillations in Python"]


def test_clearing_the_box_brings_the_empty_page_back(
    browser: Callable[..., Visitor],
) -> None:
    visitor = browser()
    visitor.open("?q=python")

    visitor.driver.find_element(By.ID, "q").send_keys(Keys.CONTROL, "a")
    visitor.driver.find_element(By.ID, "q").send_keys(Keys.DELETE)

    visitor.sees("试试")


def test_slash_goes_to_the_box(browser: Callable[..., Visitor]) -> None:
    visitor = browser()
    visitor.open("?q=python")

    visitor.driver.find_element(By.TAG_NAME, "body").send_keys("/")

    focused = visitor.driver.switch_to.active_element
    assert focused.get_attribute("id") == "q"
    assert focused.get_attribute("value") == "python"


def test_composing_an_input_method_asks_nothing(
    browser: Callable[..., Visitor],
) -> None:
    visitor = browser()
    visitor.open()

    visitor.driver.execute_script(
        """
        const box = document.getElementById("q");
        box.value = "tian xiang";
        box.dispatchEvent(new InputEvent("input", {isComposing: true}));
        """
    )
    time.sleep(0.6)

    assert "试试" in visitor.text()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_visitor_searches_filters_then_turns_the_page(
    browser: Callable[..., Visitor], javascript: bool
) -> None:
    visitor = browser(javascript)
    visitor.open()

    visitor.type("变分自编码器" + Keys.ENTER)
    visitor.sees("找到 23 篇")
    first = visitor.titles()
    visitor.driver.find_element(By.LINK_TEXT, "下一页").click()
    visitor.sees("第 2 页，共 3 页")
    second = visitor.titles()
    visitor.open("?q=天象")
    visitor.driver.find_element(By.PARTIAL_LINK_TEXT, "随笔").click()
    visitor.sees("找到 1 篇")

    assert len(first) == len(second) == 10
    assert not set(first) & set(second)
    assert visitor.titles() == ["木星与土星"]


def test_no_script_runs_where_scripts_are_off(browser: Callable[..., Visitor]) -> None:
    """The no-script cases above would prove nothing otherwise."""
    visitor = browser(javascript=False)
    visitor.open()

    visitor.type("极光")
    time.sleep(1)

    assert "试试" in visitor.text()


def test_nothing_found_leads_on(browser: Callable[..., Visitor]) -> None:
    visitor = browser()

    visitor.open("?q=ζζζζ&category=天文")
    visitor.driver.find_element(By.LINK_TEXT, "去掉筛选再找一次").click()

    visitor.sees("没有找到“ζζζζ”")
    assert "category" not in visitor.driver.current_url


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_page_never_scrolls_sideways(
    browser: Callable[..., Visitor], width: int
) -> None:
    visitor = browser()
    visitor.emulate(width, "light")

    for path in ("", "?q=天象", "?q=damped_oscillator", "?q=" + "长" * 300):
        visitor.open(path)
        wide = visitor.driver.execute_script(
            "return document.documentElement.scrollWidth"
        )
        assert wide <= width, path


def test_dark_browser_gets_a_dark_page(browser: Callable[..., Visitor]) -> None:
    visitor = browser()
    visitor.open("?q=天象")
    light = visitor.background()

    visitor.emulate(1200, "dark")

    assert light == "rgb(253, 253, 251)"
    assert visitor.background() == "rgb(23, 26, 24)"


def test_browser_complains_about_nothing(browser: Callable[..., Visitor]) -> None:
    """No violated policy, no missing file, no error in the script."""
    visitor = browser()
    visitor.driver.get_log("browser")

    visitor.open()
    visitor.type("天象")
    visitor.sees("找到")

    assert visitor.driver.get_log("browser") == []
