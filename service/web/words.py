"""What does the page say, in which language?

One table; Chinese first, because the readers are. The template asks by name.
"""

from __future__ import annotations

from typing import Literal

from werkzeug.datastructures import LanguageAccept

Language = Literal["zh", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    "lang": ("zh-CN", "en"),
    "title": ("站内搜索", "Site search"),
    "title_for": ("%s - 站内搜索", "%s - Site search"),
    "label": ("搜索文章", "Search posts"),
    "button": ("搜索", "Search"),
    "slash": ("按 / 键可直接输入", "Press / to type"),
    "found": ("找到 %(total)s 篇", "%(total)s found"),
    "took": ("用时 %s 毫秒", "%s ms"),
    "page_of": ("第 %(page)s 页，共 %(pages)s 页", "Page %(page)s of %(pages)s"),
    "relaxed": (
        "没有文章同时包含全部词，以下是最接近的。",
        "No post has all of these words; these come closest.",
    ),
    "corrected": (
        "没有找到“%(query)s”，以下是“%(corrected)s”的结果。",
        "Nothing for “%(query)s”; showing “%(corrected)s”.",
    ),
    "did_you_mean": ("您是不是要找：", "Did you mean:"),
    "suggestion": ("%(query)s（%(total)s 篇）", "%(query)s (%(total)s)"),
    "sort": ("排序", "Sort"),
    "relevance": ("相关", "Best match"),
    "newest": ("最新", "Newest"),
    "oldest": ("最早", "Oldest"),
    "filters": ("筛选", "Filter"),
    "category": ("分类", "Category"),
    "tag": ("标签", "Tag"),
    "year": ("年份", "Year"),
    "type": ("类型", "Type"),
    "post": ("文章", "Post"),
    "page": ("页面", "Page"),
    "remove": ("取消筛选：%s", "Remove filter: %s"),
    "clear_all": ("清除全部筛选", "Clear all filters"),
    "code": ("代码", "Code"),
    "formula": ("公式", "Formula"),
    "comment": ("评论", "Comment"),
    "comment_by": ("评论 · %s", "Comment · %s"),
    "under": ("本节：%s", "Section: %s"),
    "previous": ("上一页", "Previous"),
    "next": ("下一页", "Next"),
    "pages": ("结果分页", "Result pages"),
    "nothing": ("没有找到“%s”", "Nothing found for “%s”"),
    "past_end": ("结果没有这么多页。", "There are not that many pages."),
    "first_page": ("回到第一页", "Back to the first page"),
    "without_filters": ("去掉筛选再找一次", "Search again without filters"),
    "tip_shorter": (
        "换一个更短或更常用的词。",
        "Try a shorter or more common word.",
    ),
    "tip_quotes": (
        "去掉引号和减号：引号要求原样出现，减号会排除文章。",
        "Drop quotes and minus signs: quotes ask for the exact words, "
        "a minus excludes posts.",
    ),
    "tip_pinyin": (
        "不确定怎么写？可以输入拼音，例如 tianxiang。",
        "Not sure of the characters? Type pinyin, for example tianxiang.",
    ),
    "try": ("试试", "Try"),
    "intro": (
        "词与词之间不加空格也能找到；公式、代码和评论同样可搜。",
        "Words are found with or without spaces; formulas, code and comments too.",
    ),
    "syntax": (
        "更精确：“引号”找原文，-词 排除，标签:天文、分类:数学、year:2018 限定范围。",
        "More exact: “quotes” for exact words, -word to exclude, "
        "tag:astronomy, category:maths, year:2018 to narrow.",
    ),
    "private": (
        "这个搜索页没有公开：在 search.toml 中设置 public = true 后任何人都可以使用。",
        "This search page is not public: set public = true in search.toml to open it.",
    ),
    "no_index": ("索引还没有准备好", "The index is not ready"),
    "failed": ("搜索没有成功", "The search did not work"),
    "home": ("回到搜索", "Back to the search"),
}  # fmt: skip

TEXTS: dict[Language, dict[str, str]] = {
    "zh": {name: both[0] for name, both in _WORDS.items()},
    "en": {name: both[1] for name, both in _WORDS.items()},
}


def language(accepted: LanguageAccept) -> Language:
    """English for a browser that prefers it to Chinese, else Chinese."""
    return "en" if accepted.best_match(["zh", "en"], "zh") == "en" else "zh"
