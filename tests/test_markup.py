"""What a reader sees of Markdown and HTML, as plain text with segments."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.markup import to_text


def text_of(source: str, markdown: bool = True) -> str:
    return to_text(source, markdown)[0]


def segments(source: str, kind: str, markdown: bool = True) -> list[str]:
    text, found = to_text(source, markdown)
    return [text[s.start : s.end] for s in found if s.kind == kind]


def anchors(source: str, markdown: bool = True) -> list[tuple[int, str]]:
    return [(s.level, s.anchor) for s in to_text(source, markdown)[1] if s.level]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**粗** *斜* ~~删~~", "粗 斜 删"),
        ('一[链接](http://a.b/c_d "t")二', "一链接二"),
        ("![火星图](a.png)", "火星图"),
        ("<http://auto.link>", "http://auto.link"),
        ("snake_case_name", "snake_case_name"),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3"),
        ("第一行\n第二行", "第一行\n第二行"),
        ("一段\n\n\n二段", "一段\n二段"),
        ("> 引用\n> 续", "引用\n续"),
        ("- 甲\n- 乙\n  1. 丙", "甲\n乙\n丙"),
        ("|头|尾|\n|---|---|\n|甲|乙|", "头 尾\n甲 乙"),
        ("前<!--more-->后", "前后"),
        ("前\n\n<!--more-->\n\n后", "前\n后"),
        ("前 <b>粗</b> 后", "前 粗 后"),
        ("<div>块 *原样*</div>", "块 *原样*"),
        ("前<script>var 密 = 1</script>后", "前后"),
        ("<style>\n.a{}\n</style>\n\n后", "后"),
        ("这是**“重点”**内容", "这是“重点”内容"),
        ("新词**发现，**算法", "新词发现，算法"),
        ("\\*不是强调\\*", "*不是强调*"),
        ("正文[^1]\n\n[^1]: 脚注文字", "正文[^1]\n[^1]: 脚注文字"),
        ("[a]: http://b\n\n[a]", "a"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("", ""),
    ],
)
def test_markdown_becomes_what_is_seen(source: str, expected: str) -> None:
    assert text_of(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>一</p><p>二</p>", "一\n二"),
        ("一<br>二<br/>三", "一\n二\n三"),
        ("自动\n换行", "自动\n换行"),
        ("a&nbsp;b &#22825;&#x8C61;", "a\xa0b 天象"),
        ("<img src='a>b' alt=\"图 &quot;甲&quot;\">", '图 "甲"'),
        ('<img title="alt=假" alt=真>', "真"),
        ("1 < 2 与 a<b 且 c>d", "1 < 2 与 ad"),
        ("没有结束 <b", "没有结束 <b"),
        ("前<!-- 注释 <b> -->后", "前后"),
        ("前<!-- 没有 > 结束", "前 没有 > 结束"),
        ("<script>if (a < b) alert('暗')</script>明", "明"),
        ("<noscript>请打开脚本</noscript>明", "明"),
        ("<SCRIPT>暗</sCrIpT>明", "明"),
        ("<table><tr><td>甲<td>乙<tr><td>丙</table>", "甲 乙\n丙"),
        ("<ul><li>甲<li>乙</ul>", "甲\n乙"),
        ("<p title='a > b'>文</p>", "文"),
        ("&#99999999999; &bogus;", "\ufffd &bogus;"),
    ],
)
def test_html_becomes_what_is_seen(source: str, expected: str) -> None:
    assert text_of(source, markdown=False) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "$x_i^2 * y_i$",
        "$$a_1\n- b_2\n\\\\ c$$",
        r"\(a_1 \_ b\)",
        r"\[ \sum_{i=1}^n *x_i* \]",
        r"\\(a_1\\)",
        "\\begin{align}\na &= b \\\\\n*c_1* &= d\n\\end{align}",
        "\\begin{align*}x\\end{align*}",
        "$\\$5$",
    ],
)
@pytest.mark.parametrize("frame", ["{}", "前文 {} 后文", "前文\n{}\n后文", "- 列 {}"])
def test_formulas_survive_markdown_untouched(formula: str, frame: str) -> None:
    if "\n" in formula and frame.startswith("- "):
        formula = formula.replace("\n", "\n  ")

    found = segments(frame.replace("{}", formula), "formula")

    assert [f.replace("\n  ", "\n") for f in found] == [formula.replace("\n  ", "\n")]


@pytest.mark.parametrize(
    "source",
    [
        "$5 and $6",
        "花了 $ 5 和 $ 6",
        "US$5 到 US$10",
        "`$a$`",
        "```\n$a$\n```",
        "    $a$",
        "$HOME and `$PATH`",
        "\\$a\\$",
        "一个 $ 号",
        "$$ $$",
    ],
)
def test_prices_variables_or_code_are_no_formulas(source: str) -> None:
    assert segments(source, "formula") == []


def test_formula_in_html_is_found_with_its_entities_read() -> None:
    source = "<p>设 $a &lt; b_1$，则</p><code>$no$</code>"

    assert segments(source, "formula", markdown=False) == ["$a < b_1$"]


def test_price_in_html_hides_no_formula_behind_it() -> None:
    assert segments("$5 以及 $x$", "formula", markdown=False) == ["$x$"]


def test_display_formula_in_a_quote_loses_the_quote_marks() -> None:
    assert segments("> $$\n> x_1\n> $$", "formula") == ["$$\nx_1\n$$"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("用 `x_i` 算", ["x_i"]),
        ("```js\na\n  b\n```", ["a\n  b"]),
        ("~~~\na\n~~~", ["a"]),
        ("    a\n    b", ["a\nb"]),
        ("<pre><code class='x'>a\n  b &lt; <b>c</b></code></pre>", ["a\n  b < c"]),
        ("<code>a</code>与<code>b</code>", ["a", "b"]),
        ("<pre>a<br>b</pre>", ["a\nb"]),
        ("```\n```", []),
    ],
)
def test_code_is_a_segment_as_written(source: str, code: list[str]) -> None:
    assert segments(source, "code") == code


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# 天象", [(1, ":~:text=%E5%A4%A9%E8%B1%A1")]),
        ("###天象 ###", [(3, ":~:text=%E5%A4%A9%E8%B1%A1")]),
        ("a-b, c & d\n===", [(1, ":~:text=a%2Db%2C%20c%20%26%20d")]),
        ('<h2 id="天">x</h2>', [(2, "%E5%A4%A9")]),
        ('## <a name="top"></a>x', [(2, "top")]),
        ("####### 七", []),
        ("#", []),
        ("# " + "长" * 300, [(1, "")]),
    ],
)
def test_headings_have_level_with_anchor(
    source: str, expected: list[tuple[int, str]]
) -> None:
    assert anchors(source) == expected


def test_heading_is_one_segment_whatever_it_holds() -> None:
    text, found = to_text("## 用 `x` 和 $y$\n正文", markdown=True)

    assert [(s.kind, text[s.start : s.end]) for s in found] == [
        ("heading", "用 x 和 $y$")
    ]


def test_unclosed_heading_ends_with_its_block() -> None:
    assert segments("<h2>题<p>文", "heading", markdown=False) == ["题"]


def test_offsets_count_characters_beyond_the_basic_plane() -> None:
    text, found = to_text("🎉𠮷 `码` 尾", markdown=True)

    assert text == "🎉𠮷 码 尾"
    assert [(s.start, s.end) for s in found] == [(3, 4)]


def test_control_characters_never_reach_the_text() -> None:
    assert text_of("a\x00b\ud800c\r\nd") == "a\ufffdb\ufffdc\nd"


PIECES = """
天 象 a 1 # ## * ** _ ` ``` ~~~ $ $$ \\ \\( \\) \\[ \\] \\begin{a} \\end{a} [ ] ( )
! < > </
<b> </b> <pre> </pre> <code> </code> <h2> </h2> <script> </script> <!-- --> <!--more-->
& &amp; &#x; | - + 1. = " '
""".split()  # noqa: SIM905 - one long column of quoted marks would be unreadable
PIECES += [" ", "\n", "\n\n", "    ", "\t", "\x00", "\ud800"]
markup = st.lists(
    st.sampled_from(PIECES),
    max_size=60,
).map("".join)


@given(markup | st.text(), st.booleans())
def test_any_text_is_read_with_ordered_segments(source: str, markdown: bool) -> None:
    text, found = to_text(source, markdown)

    last = 0
    for segment in found:
        assert last <= segment.start < segment.end <= len(text)
        last = segment.end
    assert to_text(source, markdown) == (text, found)


@pytest.mark.parametrize("markdown", [True, False], ids=["markdown", "html"])
@pytest.mark.parametrize(
    "unit",
    ["[", ">", "*", "<", "![", "`", "<a ", "<!--", "$", "\\(", '<a ">"', "> ", "a\n\n"]
    + ["[x](", "<script>", "&#9", "\\begin{a}\n", "|a", "- ", "_a*"],
)
def test_a_hostile_quarter_megabyte_is_read_in_bounded_time(
    unit: str, markdown: bool
) -> None:
    source = unit * (250_000 // len(unit))

    started = time.process_time()
    to_text(source, markdown)

    assert time.process_time() - started < 10


def test_absurd_entity_does_no_harm() -> None:
    assert len(text_of("&#" + "9" * 10_000 + ";")) > 0
