"""Are packed texts small, and do they come back whole?"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.index.packer import Packer, read, train
from tests.support.corpus import made_up

TEXTS = [f"{made_up(n, words=200).text}".encode() for n in range(300)]


def test_text_comes_back_from_a_generation(tmp_path: Path) -> None:
    packer = train(TEXTS, tmp_path)

    packed = [packer.pack(text) for text in TEXTS]

    assert [read(tmp_path).unpack(one) for one in packed] == TEXTS


def test_trained_texts_are_smaller_than_zlib_makes_them(tmp_path: Path) -> None:
    packer = train(TEXTS[::2], tmp_path)

    ours = sum(len(packer.pack(text)) for text in TEXTS[1::2])

    assert ours < 0.8 * sum(len(zlib.compress(text, 6)) for text in TEXTS[1::2])


@pytest.mark.parametrize(
    "texts", [[], [b"one"], [b""] * 9], ids=["none", "one", "empty"]
)
def test_blog_too_small_for_a_dictionary_is_packed(
    tmp_path: Path, texts: list[bytes]
) -> None:
    packer = train(texts, tmp_path)

    assert read(tmp_path).unpack(packer.pack("文字".encode())) == "文字".encode()


def test_damaged_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot be unpacked"):
        Packer().unpack(b"never packed")


def test_many_threads_share_a_packer(tmp_path: Path) -> None:
    packer = train(TEXTS, tmp_path)

    with ThreadPoolExecutor(8) as pool:
        back = list(pool.map(lambda text: packer.unpack(packer.pack(text)), TEXTS * 5))

    assert back == TEXTS * 5
