"""Posts made by dice, for tests that want many."""

from __future__ import annotations

import random

from service.model import Comment, Post, Segment
from tests.support.app import post

_WORDS = """
天象 观测 火星 木星 流星雨 月食 变分 自编码器 注意力 机制 新词 算法 矩阵 分解 梯度 消失
原理 之路 小说 武侠 尺规 作图 的 了 我们 一个 方法 时间 世界 熵 秩
transformer keras bert
node.js x_i C++ softmax gradient python attention 2018年 3.14 1796 GPT-4o
"""
VOCABULARY = _WORDS.split()


def made_up(number: int, seed: int = 0, words: int = 40) -> Post:
    """The same post for the same numbers, on every machine."""
    dice = random.Random(f"{seed}-{number}")
    title = "".join(dice.choices(VOCABULARY, k=3))
    heading = "".join(dice.choices(VOCABULARY, k=2))
    prose = "，".join(
        " ".join(dice.choices(VOCABULARY, k=4)) for _ in range(max(1, words // 4))
    )
    code = f"def {dice.choice('abc')}_{number}(x): return softmax(x)"
    text = f"{heading}\n{prose}。\n{code}"
    comments = [
        Comment(number * 10 + n, "读者", dice.choice(VOCABULARY), 1_500_000_000)
        for n in range(dice.randrange(3))
    ]
    return post(
        number,
        title,
        text,
        segments=(
            Segment("heading", 0, len(heading), level=2, anchor=f"h{number}"),
            Segment("code", len(text) - len(code), len(text)),
        ),
        categories=tuple(dice.sample(["天文", "数学", "代码"], dice.randrange(3))),
        tags=tuple(dice.sample(VOCABULARY[:20], dice.randrange(4))),
        comments=tuple(comments),
        created=1_400_000_000 + dice.randrange(10**8),
        year=dice.randrange(2014, 2018),
        type="page" if dice.random() < 0.1 else "post",
    )


def blog(count: int, seed: int = 0, words: int = 40) -> list[Post]:
    """Posts with the cids 1 to `count`."""
    return [made_up(number, seed, words) for number in range(1, count + 1)]
