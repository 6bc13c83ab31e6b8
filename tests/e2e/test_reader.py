"""From an empty blog to a reader's answer, in a real browser, one scene after another.

The owner logs in, activates the plugin, copies the settings, writes, and presses the
test button; a reader uses the theme's own box, and goes on using it while the service
is stopped and started. Pictures of all scenes are left in .test/screenshots.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.support.browser import chromium, complaints, picture
from tests.support.mariadb import MariaDB
from tests.support.processes import free_port, wait_until
from tests.support.searchservice import SearchService
from tests.support.typecho import PASSWORD, USER, Blog, Version

pytestmark = [pytest.mark.typecho, pytest.mark.browser]

BLOGS: dict[str, tuple[Version, bool]] = {
    "1.3.0 MariaDB": ("1.3.0", True),
    "1.3.0 SQLite": ("1.3.0", False),
    "1.2.1 MariaDB": ("1.2.1", True),
}
LIMIT_S = 0.4
"""The plugin's default limit for asking the service."""
POSTS = {
    "天文摄影入门": "2018 年拍到的天象都在这里：月全食、火星、流星雨。",
    "英仙座流星雨观测记": "八月的夜里看了三个小时。2018 年新月，天象条件最好。",
    "火星大冲": "离地球只有五千七百万公里。2018 年的这次天象要等十五年。",
    "新词发现的信息熵方法": "用互信息和左右熵从语料里找新词，算法只有两百行。",
    "2018年重要天象预告": "月全食两次，火星大冲一次。\n\n## 流星雨\n\n"
    + "流量、月光、辐射点，一场一场写。" * 3
    + "\n\n今年的天象写在下面。",
    "月全食": "食甚 21 点 30 分，天象软件算得很准。这是 2018 年的第一次。",
    "望远镜选购": "预算一千的双筒就能看大部分天象。写于 2018 年，价格变了。",
    "年终总结": "2018 年写了四篇讲天象的文章，读了二十本书。",
}
"""Title -> text. None holds the characters 2018天象 in a row; seven hold both words."""
SECRET = "zqsecretword"
COPIED = ("source", "table_prefix", "api_key")


class Owner:
    """Someone at the admin pages, with nothing but a browser."""

    def __init__(self, driver: webdriver.Chrome, blog: Blog) -> None:
        self.driver, self.blog = driver, blog

    def open(self, page: str) -> None:
        self.driver.get(f"{self.blog.url}/admin/{page}")

    def log_in(self) -> None:
        self.open("login.php")
        self.driver.find_element(By.ID, "name").send_keys(USER)
        self.driver.find_element(By.ID, "password").send_keys(PASSWORD, Keys.ENTER)
        wait_until(lambda: "login" not in self.driver.current_url, 30, "the login")

    def activate(self) -> None:
        self.open("")  # the first page after the first login is a welcome
        self.open("plugins.php")
        row = self.driver.find_element(
            By.XPATH, "//tr[td[contains(., 'SearchBridge')]]"
        )
        row.find_element(By.LINK_TEXT, "启用").click()

    def write(self, title: str, text: str, visibility: str = "publish") -> None:
        self.open("write-post.php")
        self.driver.find_element(By.ID, "title").send_keys(title)
        self.driver.find_element(By.ID, "text").send_keys(text)
        if visibility != "publish":
            self.driver.find_element(
                By.CSS_SELECTOR, "#advance-panel-btn, #advance-panel summary"
            ).click()
            Select(self.driver.find_element(By.ID, "visibility")).select_by_value(
                visibility
            )
        self.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
        self.driver.find_element(By.ID, "btn-submit").click()
        wait_until(lambda: "manage-posts" in self.driver.current_url, 30, "the post")

    def open_settings(self) -> None:
        self.open("plugins.php")
        row = self.driver.find_element(By.ID, "plugin-SearchBridge")
        row.find_element(By.LINK_TEXT, "设置").click()

    def fill_in(self, name: str, value: str) -> None:
        field = self.driver.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)

    def save_settings(self) -> None:
        self.driver.find_element(By.CSS_SELECTOR, "form button[type=submit]").click()
        wait_until(lambda: "plugins.php" in self.driver.current_url, 30, "saving")

    def test_connection(self) -> str:
        self.driver.find_element(By.ID, "search-bridge-test").click()
        result = self.driver.find_element(By.ID, "search-bridge-result")
        wait_until(lambda: result.text[:1] in ("✔", "✘"), 30, "the answer")
        return str(result.text)


class Stage:
    """One blog on its way from empty to searched."""

    def __init__(
        self, name: str, folder: Path, blog: Blog, driver: webdriver.Chrome
    ) -> None:
        self.name, self.folder, self.blog, self.driver = name, folder, blog, driver
        self.owner = Owner(driver, blog)
        self.service: SearchService
        self.said: dict[str, str] = {}
        self.session: list[dict[str, object]] = []

    def shoot(self, name: str) -> None:
        picture(self.driver, self.name, name)

    def become_reader(self) -> None:
        if not self.session:
            self.session = self.driver.get_cookies()
        self.driver.delete_all_cookies()
        complaints(self.driver)  # what Typecho's own admin pages complain about

    def become_owner(self) -> None:
        for cookie in self.session:
            self.driver.add_cookie(cookie)

    def search(self, text: str) -> float:
        """Type into the theme's box and press its button; the seconds that took."""
        self.driver.get(f"{self.blog.url}/")
        self.driver.find_element(By.ID, "s").send_keys(text)
        started = time.monotonic()
        self.driver.find_element(By.CSS_SELECTOR, "#search .submit").click()
        wait_until(lambda: "/search/" in self.driver.current_url, 30, "the results")
        return time.monotonic() - started

    def titles(self) -> list[str]:
        found = self.driver.find_elements(By.CSS_SELECTOR, "article .post-title")
        return [one.text for one in found]

    def links(self) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, ".page-navigator a")

    def by_service(self) -> bool:
        return bool(self.driver.find_elements(By.ID, "search-bridge-data"))

    def copy_settings(self) -> None:
        """What the owner copies from the settings page into search.toml."""
        text = self.driver.find_element(By.ID, "search-bridge-toml").text
        lines = [one for one in text.splitlines() if not one.startswith("#")]
        values = dict(one.split(" = ", 1) for one in lines if " = " in one)
        key = values["api_key"].strip('"')
        self.service = SearchService(self.folder / "service", "unused", key)
        mine = self.service.config.read_text("utf-8").splitlines()
        mine = [one for one in mine if one.split(" = ")[0] not in COPIED]
        # Only what a test must have for itself differs: where it lives and listens.
        copied = [one for one in lines if one.split(" = ")[0] in COPIED]
        assert set(values) - {"source_password", "data_dir", "bind"} == set(COPIED)
        self.service.config.write_text("\n".join([*copied, *mine, ""]), "utf-8")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    one = chromium(tmp_path_factory.mktemp("profile"))
    yield one
    one.quit()


@pytest.fixture(scope="module", params=BLOGS)
def stage(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    mariadb: MariaDB,
    driver: webdriver.Chrome,
) -> Iterator[Stage]:
    """Everything that the owner does; each scene is looked at by the tests below."""
    version, on_mariadb = BLOGS[request.param]
    folder = tmp_path_factory.mktemp("reader")
    blog = Blog(folder / "blog", version, mariadb if on_mariadb else None)
    blog.folder.mkdir()
    blog.install().start()
    one = Stage(request.param, folder, blog, driver)
    try:
        set_up(one)
        yield one
    finally:
        driver.delete_all_cookies()
        if hasattr(one, "service"):
            one.service.stop()
        blog.stop()


def set_up(stage: Stage) -> None:
    owner, driver = stage.owner, stage.driver
    owner.log_in()
    owner.activate()
    stage.said["activated"] = driver.find_element(By.TAG_NAME, "body").text
    stage.shoot("01-activated")
    owner.open_settings()
    # Another service may already use the default port of this machine.
    owner.fill_in("url", f"http://127.0.0.1:{free_port()}")
    stage.said["no service"] = owner.test_connection()
    stage.shoot("02-settings-no-service")
    stage.copy_settings()
    owner.save_settings()
    for title, text in POSTS.items():
        owner.write(title, text)
    owner.write("私密日记", f"{SECRET} 2018 年的天象", "private")
    time.sleep(1.1)  # a post is shown from the second after its creation on
    stage.said["reindex"] = stage.service.command("reindex")
    stage.service.start()
    owner.open_settings()
    owner.fill_in("url", stage.service.url)
    owner.save_settings()
    owner.open_settings()
    stage.said["connected"] = owner.test_connection()
    stage.shoot("03-settings-connected")
    stage.become_reader()


def test_owner_sees_what_to_do_next_when_activating(stage: Stage) -> None:
    assert "SearchBridge 已启用" in stage.said["activated"]


def test_button_says_what_to_do_when_nobody_listens(stage: Stage) -> None:
    assert stage.said["no service"].startswith("✘ 连接被拒绝")
    assert "typecho-search serve" in stage.said["no service"]


def test_copied_settings_lead_to_an_index_and_a_connection(stage: Stage) -> None:
    assert "10 indexed" in stage.said["reindex"] or "10" in stage.said["reindex"]
    assert stage.said["connected"].startswith("✔ 连接成功")


def test_reader_gets_the_right_posts_in_the_right_order(stage: Stage) -> None:
    stage.search("2018天象")

    stage.shoot("04-results")
    first = stage.titles()
    stage.links()[-1].click()
    wait_until(lambda: stage.titles() != first, 30, "page 2")
    stage.shoot("05-page-2")
    second = stage.titles()

    assert first[0] == "2018年重要天象预告"
    assert (len(first), len(second)) == (5, 2)
    assert sorted([*first, *second]) == sorted(
        title for title in POSTS if not title.startswith("新词")
    )
    assert stage.by_service()
    assert complaints(stage.driver) == []


def test_reader_who_types_nonsense_gets_a_page_that_says_so(stage: Stage) -> None:
    stage.search("不存在的词语zqnowhere")

    stage.shoot("06-no-result")
    assert stage.titles() == ["没有找到内容"]
    assert stage.by_service()
    hint = stage.driver.find_element(By.CSS_SELECTOR, "article + .search-bridge-hint")
    assert "更常用的词" in hint.text


def test_reader_who_mistypes_gets_the_right_word_offered(stage: Stage) -> None:
    stage.search("流星鱼 2018")

    stage.shoot("06-mistyped")
    stage.driver.find_element(By.LINK_TEXT, "流星雨 2018").click()
    wait_until(lambda: "search-bridge-hint" not in stage.driver.page_source, 30, "it")

    assert "英仙座流星雨观测记" in stage.titles()


def test_reader_never_meets_a_private_post(stage: Stage) -> None:
    stage.search(SECRET)

    assert stage.titles() == ["没有找到内容"]


def test_stopped_service_is_replaced_within_a_second_of_the_limit(
    stage: Stage,
) -> None:
    stage.search("天象")
    asked = set(stage.titles())
    stage.service.stop()
    try:
        took = stage.search("天象")
        stage.shoot("07-service-stopped")
        reader = stage.driver.find_element(By.TAG_NAME, "body").text
        shown, by_service = stage.titles(), stage.by_service()
        stage.become_owner()
        stage.driver.refresh()
        stage.shoot("08-service-stopped-administrator")
        owner = stage.driver.find_element(By.TAG_NAME, "body").text
    finally:
        stage.become_reader()
        stage.service.start()

    assert asked and len(shown) == 5
    assert not by_service
    assert took < LIMIT_S + 1
    assert "SearchBridge" not in reader
    assert "此提示只有管理员能看到" in owner


def test_started_service_is_back_without_the_admin(stage: Stage) -> None:
    stage.search("2018天象")  # three failures in a row would mean half a minute's pause
    stage.service.stop()
    stage.search("2018天象")
    away = stage.titles()
    stage.service.start()

    stage.search("2018天象")

    stage.shoot("09-service-back")
    assert away == ["没有找到内容"], "Typecho alone finds nothing"
    assert stage.titles()[0] == "2018年重要天象预告"


def test_owner_ticks_snippets(stage: Stage) -> None:
    stage.become_owner()
    stage.owner.open_settings()
    tick = stage.driver.find_element(By.CSS_SELECTOR, "input[value=snippet]")
    was_off = not tick.is_selected()
    tick.click()
    stage.owner.save_settings()
    stage.become_reader()

    stage.search("2018天象")

    stage.shoot("10-snippets")
    shown = stage.driver.find_elements(By.CSS_SELECTOR, "p.search-bridge-snippet")
    assert was_off
    assert len(shown) == 5
    assert complaints(stage.driver) == []


def test_php_logged_nothing_of_ours(stage: Stage) -> None:
    lines = stage.blog.php_errors()

    if stage.blog.version == "1.3.0":
        assert lines == []
    assert [line for line in lines if "SearchBridge" in line] == []
