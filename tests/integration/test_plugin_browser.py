"""What does a reader's browser make of the plugin's two scripts?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.browser import chromium, complaints
from tests.support.processes import wait_until
from tests.support.site import Site
from tests.support.written import WORD

pytestmark = [pytest.mark.typecho, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    driver = chromium(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


def type_into_box(browser: webdriver.Chrome, site: Site, text: str) -> None:
    browser.get(f"{site.blog.url}/")
    box = browser.find_element(By.ID, "s")
    box.send_keys(text, Keys.ENTER)
    wait_until(lambda: "/search/" in browser.current_url, 30, "the result page")


def test_words_are_marked_in_titles_and_texts(
    site: Site, browser: webdriver.Chrome
) -> None:
    type_into_box(browser, site, WORD)

    marks = browser.find_elements(By.CSS_SELECTOR, "article mark.search-bridge")

    assert marks
    assert {mark.text for mark in marks} <= {WORD, "量子", "纠缠"}
    assert complaints(browser) == []


def test_markup_in_a_query_stays_text(site: Site, browser: webdriver.Chrome) -> None:
    type_into_box(browser, site, f"{WORD} <img src=x onerror=document.title='owned'>")

    assert "owned" not in browser.title.split("-")[0].replace("'owned'", "")
    assert browser.find_elements(By.CSS_SELECTOR, "#main img[src='x']") == []
    assert complaints(browser) == []


def test_button_on_the_settings_page_says_what_is_wrong(
    site: Site, browser: webdriver.Chrome
) -> None:
    # A second login would end the session of all the other tests.
    browser.get(f"{site.blog.url}/")
    for cookie in site.admin.session.cookies:
        browser.add_cookie({"name": cookie.name, "value": cookie.value or ""})
    browser.get(f"{site.blog.url}/admin/options-plugin.php?config=SearchBridge")

    said = press_test(browser)
    assert "连接成功" in said

    key = browser.find_element(By.NAME, "key")
    key.clear()
    key.send_keys("another key of enough characters")
    assert "密钥不一致" in press_test(browser)


def press_test(browser: webdriver.Chrome) -> str:
    """What stands under the button when the answer is there."""
    result = browser.find_element(By.ID, "search-bridge-result")
    browser.execute_script("arguments[0].textContent = ''", result)
    browser.find_element(By.ID, "search-bridge-test").click()
    wait_until(lambda: result.text[:1] in ("✔", "✘"), 30, "the answer")
    return str(result.text)
