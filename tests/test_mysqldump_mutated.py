"""Does a damaged dump give its posts or a named error, and never anything else?"""

from __future__ import annotations

import io
import random
from contextlib import closing

import pytest

from service.errors import SourceError
from service.settings import Settings
from service.typecho.mysqldump import DumpSource
from service.typecho.rows import read_posts
from tests.test_mysqldump_statements import DUMPS
from tests.test_mysqldump_tools import TOOLS

WHOLE = [(head + end).encode() for head, end in TOOLS.values()]
WHOLE += [dump.encode() for dump, _ in DUMPS.values()]
# What a parser of SQL may stumble over.
PIECES = (
    *(b"'", b'"', b"`", b"\\", b"(", b")", b",", b";", b".", b"-", b"@", b"#"),
    *(b"/*", b"*/", b"/*!50000 ", b"--", b"\n", b"\0", b"\xff", b"\xe5", b"9" * 30),
    *(b"0x", b"b'", b"_binary ", b"NULL", b"VALUES", b"INSERT INTO ", b"REPLACE "),
    *(b"DELIMITER //\n", b"SET NAMES gbk;", b"USE x;"),
)
SETTINGS = Settings(site_url="https://b.example")
ROUNDS = 400


def damage(dump: bytes, chance: random.Random) -> bytes:
    """The dump with up to six accidents."""
    data = bytearray(dump)
    for _ in range(chance.randint(1, 6)):
        at, other = chance.randint(0, len(data)), chance.randint(0, len(data))
        accident = chance.choice(["insert", "lose", "change", "cut", "repeat"])
        if accident == "insert":
            data[at:at] = chance.choice(PIECES)
        elif accident == "lose":
            del data[at : at + chance.randint(1, 20)]
        elif accident == "change":
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif accident == "cut":
            del data[max(at, len(data) // 2) :]
        else:
            data[at:at] = data[other : other + chance.randint(1, 200)]
    return bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_dump_gives_posts_or_a_named_error(seed: int) -> None:
    chance = random.Random(seed)
    read = 0
    for _ in range(ROUNDS):
        dump = damage(chance.choice(WHOLE), chance)
        try:
            with closing(DumpSource(io.BytesIO(dump))) as source:
                list(read_posts(source, SETTINGS, 1_800_000_000))
            read += 1
        except SourceError as error:
            assert error.hint, dump

    assert 0 < read < ROUNDS
