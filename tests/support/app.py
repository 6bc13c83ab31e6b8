"""The web door over a real index of a few posts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from service import signing
from service.index.opening import open_engine
from service.model import Comment, Post, Segment
from service.settings import Settings
from service.web.app import create_app

KEY = "correct-horse-battery-staple"
YEAR_2018 = 1514764800
DAY = 86400


def post(cid: int, title: str, text: str, **more: Any) -> Post:
    values: dict[str, Any] = {
        "type": "post",
        "url": f"https://blog.example/archives/{cid}/",
        "created": YEAR_2018 + cid * DAY,
        "year": 2018,
        "author": "admin",
        **more,
    }
    return Post(cid=cid, title=title, text=text, **values)


_SKY = "流星雨\n八月的英仙座流星雨极大时没有月光，2018 年最值得守候。\n双子座也不错。"
_DEF = "def damped_oscillator(t):\n    return exp(-t)"
_CODE = f"画出衰减曲线\n{_DEF}\n再看损失 $L(\\theta)$。"

POSTS = (
    post(
        1,
        "2018年重要天象 <预告> & 观测",
        _SKY,
        segments=(Segment("heading", 0, 3, level=2, anchor="meteor"),),
        categories=("天文",),
        tags=("流星雨", "观测"),
    ),
    post(
        2,
        "木星与土星",
        "两颗行星靠得很近，也是一种天象。",
        categories=("天文", "随笔"),
        created=YEAR_2018 - 30 * DAY,
        year=2017,
        comments=(Comment(9, "小明", "楼主，我在敦煌看见了极光！", YEAR_2018),),
    ),
    post(
        3,
        "Damped oscillations in Python",
        _CODE,
        segments=(
            Segment(
                "code", 7, 7 + len("def damped_oscillator(t):\n    return exp(-t)")
            ),
            Segment("formula", _CODE.index("$"), _CODE.rindex("$") + 1),
        ),
        categories=("代码",),
        tags=("python",),
    ),
    post(4, "关于本站", "这里写天象、数学与小说。", type="page"),
    *(
        post(10 + n, f"变分自编码器 之{n}", f"第 {n} 篇：隐变量与重构。", tags=("VAE",))
        for n in range(1, 24)
    ),
)


def settings(data_dir: Path, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "api_key": SecretStr(KEY),
        "build_processes": 1,
        **more,
    }
    return Settings(**values)


def index(data_dir: Path) -> None:
    """Build the index of `POSTS` in `data_dir`."""
    open_engine(settings(data_dir)).rebuild(POSTS)


def client(chosen: Settings) -> FlaskClient:
    return create_app(chosen).test_client()


class Signing:
    """A client that signs, as the plugin does."""

    def __init__(self, inner: FlaskClient, key: str = KEY) -> None:
        self.inner, self.key = inner, key

    def get(self, target: str, **more: Any) -> TestResponse:
        return self.send("GET", target, b"", **more)

    def post(self, target: str, body: Any, **more: Any) -> TestResponse:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", target, sent, **more)

    def send(
        self, method: str, target: str, body: bytes, **signed: Any
    ) -> TestResponse:
        path, _, query = target.partition("?")
        headers = signing.headers(self.key, method, path, query, body, **signed)
        return self.inner.open(target, method=method, data=body, headers=headers)
