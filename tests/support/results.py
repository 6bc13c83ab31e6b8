"""What does a reader see on the result page of Typecho's default theme?"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import requests

NOTHING = "没有找到内容"


@dataclass(frozen=True)
class ResultPage:
    """One search page, taken apart."""

    status: int
    url: str
    query: str
    titles: tuple[str, ...]
    links: tuple[str, ...]
    text: str

    @property
    def by_service(self) -> bool:
        """True if the service answered, and not Typecho's own search."""
        return 'id="search-bridge-data"' in self.text


def read_results(answer: requests.Response) -> ResultPage:
    text = answer.content.decode("utf-8")
    heading = re.search(r'class="archive-title">\s*(.*?)\s*</h3>', text, re.S)
    shown = html.unescape(heading[1]) if heading else ""
    found = re.match(r"包含关键字 (.*) 的文章\Z", shown, re.S)
    titles = re.findall(r'<h2 class="post-title"[^>]*>(.*?)</h2>', text, re.S)
    plain = [html.unescape(re.sub(r"<[^>]+>", "", title)).strip() for title in titles]
    navigation = re.search(r'<ol class="page-navigator">(.*?)</ol>', text, re.S)
    links = re.findall(r'href="([^"]+)"', navigation[1]) if navigation else []
    return ResultPage(
        status=answer.status_code,
        url=answer.url,
        query=found[1] if found else "",
        titles=tuple(title for title in plain if title != NOTHING),
        links=tuple(dict.fromkeys(html.unescape(link) for link in links)),
        text=text,
    )
