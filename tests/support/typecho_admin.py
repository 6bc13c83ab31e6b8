"""A writer at work: the real admin pages and XML-RPC of a blog, with a real session."""

from __future__ import annotations

import html
import json
import re
import xmlrpc.client
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import requests

from tests.support.typecho import PASSWORD, USER, Blog

Field = tuple[str, str]


class Admin:
    """A logged-in session; every change goes through the form a person would use."""

    def __init__(self, blog: Blog, name: str = USER, password: str = PASSWORD) -> None:
        self.blog, self.name, self.password = blog, name, password
        self.session = requests.Session()
        page = self.session.get(f"{blog.url}/admin/login.php", timeout=60)
        action, fields = read_form(page.text, "login")
        fields = put(fields, name=name, password=password)
        answer = self._post(page.url, action, fields)
        assert "login.php" not in answer.url, "login failed"
        # The first admin page after the first login is the welcome page.
        self.session.get(f"{blog.url}/admin/", timeout=60)

    def page(self, path: str) -> requests.Response:
        return self.session.get(f"{self.blog.url}/admin/{path}", timeout=60)

    def activate(self, plugin: str = "SearchBridge") -> str:
        """Press “启用”; the notice that Typecho shows."""
        return self._follow("plugins.php", f"plugins-edit?activate={plugin}")

    def deactivate(self, plugin: str = "SearchBridge") -> str:
        return self._follow("plugins.php", f"plugins-edit?deactivate={plugin}")

    def configure(self, **values: Any) -> requests.Response:
        """Fill in the plugin's settings page and press “保存设置”."""
        page = self.page("options-plugin.php?config=SearchBridge")
        action, fields = read_form(page.text, "plugins-edit")
        if "extras" in values:
            extras = values.pop("extras")
            fields = [field for field in fields if field[0] != "extras[]"]
            fields += [("extras[]", extra) for extra in extras]
        return self._post(page.url, action, put(fields, **values))

    def test_connection(self, **values: str) -> dict[str, Any]:
        """Press “测试连接” as the settings page's script does."""
        page = self.page("options-plugin.php?config=SearchBridge")
        found = re.search(r'id="search-bridge-test" href="([^"]+)"', page.text)
        assert found, "no test button"
        answer = self._post(
            page.url, html.unescape(found[1]), list({"json": "1", **values}.items())
        )
        result: dict[str, Any] = answer.json()
        return result

    def publish(
        self, title: str, text: str, *, cid: int = 0, page: bool = False, **values: Any
    ) -> int:
        """Write or rewrite a post (or page) and press “发布”; its cid."""
        return self._write("publish", title, text, cid, page, values)

    def save_draft(
        self, title: str, text: str, *, cid: int = 0, page: bool = False, **values: Any
    ) -> int:
        return self._write("save", title, text, cid, page, values)

    def mark(self, status: str, *cids: int, page: bool = False) -> None:
        """Tick posts in the list and choose “标记为…”."""
        kind = "page" if page else "post"
        self._bulk(
            f"manage-{kind}s.php",
            f"contents-{kind}-edit?do=mark&status={status}",
            [("cid[]", str(cid)) for cid in cids],
        )

    def delete(self, *cids: int, page: bool = False) -> None:
        kind = "page" if page else "post"
        self._bulk(
            f"manage-{kind}s.php",
            f"contents-{kind}-edit?do=delete",
            [("cid[]", str(cid)) for cid in cids],
        )

    def moderate(self, do: str, *coids: int) -> None:
        """Tick comments and choose approved, waiting, spam or delete."""
        self._bulk(
            "manage-comments.php?status=all&coid=",
            f"comments-edit?do={do}",
            [("coid[]", str(coid)) for coid in coids],
        )

    def xmlrpc(self) -> xmlrpc.client.ServerProxy:
        return xmlrpc.client.ServerProxy(f"{self.blog.index}/action/xmlrpc")

    def new_post_by_xmlrpc(self, title: str, text: str) -> int:
        content = {"title": title, "description": text, "categories": ["默认分类"]}
        return int(
            str(
                self.xmlrpc().metaWeblog.newPost(
                    "1", self.name, self.password, content, True
                )
            )
        )

    def _write(
        self,
        do: str,
        title: str,
        text: str,
        cid: int,
        page: bool,
        values: dict[str, Any],
    ) -> int:
        kind = "page" if page else "post"
        form = self.page(f"write-{kind}.php" + (f"?cid={cid}" if cid else ""))
        action, fields = read_form(form.text, f"contents-{kind}-edit")
        fields = [field for field in fields if field[0] != "do"]
        fields = put(fields, title=title, text=text, do=do, **values)
        answer = self._post(form.url, action, fields)
        asked = parse_qs(urlsplit(answer.url).query)
        if "cid" in asked:  # saved drafts come back to the form
            return int(asked["cid"][0])
        if cid:
            return cid
        rows = self.blog.sql(
            "SELECT max(cid) FROM {}contents WHERE type = ? AND title = ?",
            [kind, html.escape(title, quote=True).replace("&#x27;", "&#039;")],
        )
        return int(rows[0][0])

    def _follow(self, path: str, link: str) -> str:
        page = self.page(path)
        answer = self._post(page.url, self._link(page.text, link), [])
        assert answer.status_code == 200, answer.status_code
        return notice(self.session)

    def _bulk(self, path: str, link: str, fields: list[Field]) -> None:
        page = self.page(path)
        self._post(page.url, self._link(page.text, link), fields)

    @staticmethod
    def _link(text: str, part: str) -> str:
        for found in re.findall(r'href="([^"]+)"', text):
            link = html.unescape(found)
            if f"/action/{part}&" in link or link.endswith(part):
                return link
        raise AssertionError(f"no link {part} on the page")

    def _post(self, page: str, action: str, fields: list[Field]) -> requests.Response:
        answer = self.session.post(
            urljoin(page, action),
            data=fields,
            headers={"Referer": page},
            timeout=60,
            allow_redirects=True,
        )
        assert answer.status_code < 500, f"{answer.status_code} {answer.text[:500]}"
        return answer


def notice(session: requests.Session) -> str:
    """The words of Typecho's last notice, which it keeps in a cookie."""
    for cookie in session.cookies:
        if cookie.name.endswith("__typecho_notice") and cookie.value:
            return " ".join(json.loads(unquote(cookie.value)))
    return ""


def put(fields: list[Field], **values: Any) -> list[Field]:
    """`fields` with some of them replaced or added."""
    kept = [field for field in fields if field[0] not in values]
    return kept + [(name, str(value)) for name, value in values.items()]


def read_form(text: str, part: str) -> tuple[str, list[Field]]:
    """Action and filled-in fields of the first form whose action contains `part`."""
    reader = _Forms()
    reader.feed(text)
    for action, fields in reader.forms:
        if part in action:
            return action, fields
    raise AssertionError(f"no form for {part} on the page")


class _Forms(HTMLParser):
    """All forms of a page with the values a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[Field]]] = []
        self._area = self._select = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), []))
        if not self.forms:
            return
        name, fields = given.get("name", ""), self.forms[-1][1]
        if tag == "input" and name:
            kind = given.get("type", "text")
            ticked = kind not in ("checkbox", "radio") or "checked" in given
            if ticked and kind not in ("submit", "button", "file"):
                fields.append((name, given.get("value", "")))
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            fields.append((self._select, given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.forms[-1][1].append((self._area, self._text))
            self._area = ""
        elif tag == "select":
            self._select = ""
