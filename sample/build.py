"""How does `service/sample/blog.sql` come about?

`python -m sample.build` installs a real Typecho on a real MariaDB, loads
`sample/posts/*.md` into its tables and keeps what the real mysqldump prints.
Needs php, mariadb-server and an unpacked Typecho 1.3.0 (see README.md).
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sample.posts import Note, Source, read_all, unix
from tests.support.mariadb import MariaDB

ROOT = Path(__file__).resolve().parent.parent
DUMP = ROOT / "service" / "sample" / "blog.sql"
TYPECHO = Path.home() / ".cache" / "typecho-search" / "typecho-1.3.0"
DATABASE = "typecho_sample"
SITE = "https://blog.example.org"
BORN = unix("2012-01-01 08:00")

# name -> slug, parent, description; in the order of the side bar
CATEGORIES = {
    "天文探索": ("astronomy", "", "头顶的星空"),
    "天象预告": ("sky-events", "天文探索", "每年一篇，抬头有数"),
    "数学研究": ("maths", "", "纸和笔就够了"),
    "尺规作图": ("ruler-compass", "数学研究", "直尺与圆规"),
    "矩阵": ("matrix", "数学研究", "行与列"),
    "信息时代": ("information", "", "模型、语言与机器"),
    "自然语言": ("nlp", "信息时代", "分词、新词、语言模型"),
    "编程笔记": ("coding", "信息时代", "能跑就记下来"),
    "读书": ("books", "", "武侠与其他"),
    "生活随笔": ("life", "", "柴米油盐"),
    "English": ("english", "", "Notes written in English"),
}
OPTIONS = {
    "title": "星与数的笔记",
    "description": "天文、数学、语言模型和一点生活",
    "keywords": "天文,数学,自然语言处理,编程",
    "siteUrl": SITE,
    "rewrite": "1",
    "timezone": "28800",
    "lang": "zh_CN",
    "secret": "sample-blog-of-typecho-search-00",
    "generator": "Typecho 1.3.0",
}
USERS = ((1, "amu", "阿木", "administrator"), (2, "linjian", "林间", "editor"))


def main() -> int:
    typecho = Path(sys.argv[1]) if len(sys.argv) > 1 else TYPECHO
    with tempfile.TemporaryDirectory(prefix="sample-") as name:
        folder = Path(name)
        server = MariaDB(folder)
        server.install()
        server.start()
        try:
            install(server, typecho, folder / "blog")
            load(server, read_all())
            DUMP.parent.mkdir(exist_ok=True)
            DUMP.write_bytes(server.dump(DATABASE))
        finally:
            server.stop()
    print(f"{DUMP.relative_to(ROOT)}: {DUMP.stat().st_size} bytes")
    return 0


def install(server: MariaDB, typecho: Path, folder: Path) -> None:
    """Typecho's own unattended installer, then an empty blog."""
    shutil.copytree(typecho, folder)
    server.create_database(DATABASE)
    server.execute("CREATE USER blog@'%' IDENTIFIED BY 'blog'")
    server.execute(f"GRANT ALL ON `{DATABASE}`.* TO blog@'%'")
    answers = {
        "DB_ADAPTER": "Pdo_Mysql",
        "DB_HOST": "127.0.0.1",
        "DB_PORT": str(server.port),
        "DB_USER": "blog",
        "DB_PASSWORD": "blog",
        "DB_DATABASE": DATABASE,
        "DB_CHARSET": "utf8mb4",
        "DB_ENGINE": "InnoDB",
        "DB_PREFIX": "typecho_",
        "DB_NEXT": "delete",
        "DB_SSL_VERIFY": "off",
        "SITE_URL": SITE,
        "USER_NAME": "amu",
        "USER_PASSWORD": "never-used-anywhere",
        "USER_MAIL": "amu@example.org",
    }
    subprocess.run(
        ["php", "-d", "variables_order=EGPCS", "install.php"],
        cwd=folder,
        env=dict(os.environ) | {f"TYPECHO_{k}": v for k, v in answers.items()},
        check=True,
    )
    for table in ("contents", "comments", "metas", "relationships", "users"):
        server.execute(f"TRUNCATE typecho_{table}", database=DATABASE)


def load(server: MariaDB, sources: list[Source]) -> None:
    with server.connect(DATABASE) as connection, connection.cursor() as cursor:
        for name, value in OPTIONS.items():
            cursor.execute(
                "REPLACE INTO typecho_options (name, user, value) VALUES (%s, 0, %s)",
                (name, value),
            )
        for uid, login, shown, group in USERS:
            _insert(
                cursor,
                "users",
                uid=uid,
                name=login,
                # No password hashes to this: nobody can log in with it.
                password="*",
                mail=f"{login}@example.org",
                url=SITE,
                screenName=shown,
                created=BORN,
                group=group,
            )
        metas = _load_metas(cursor, sources)
        coid = 0
        for source in sources:
            _load_content(cursor, source)
            for mid in {
                *(metas["category", name] for name in source.categories),
                *(metas["tag", name] for name in source.tags),
            }:
                _insert(cursor, "relationships", cid=source.cid, mid=mid)
            for note in source.notes:
                coid += 1
                _load_note(cursor, coid, source, note)


def _load_metas(cursor: Any, sources: list[Source]) -> dict[tuple[str, str], int]:
    mids: dict[tuple[str, str], int] = {}
    tags = list(dict.fromkeys(name for source in sources for name in source.tags))
    for order, (name, (slug, parent, words)) in enumerate(CATEGORIES.items(), 1):
        mids["category", name] = len(mids) + 1
        above = mids["category", parent] if parent else 0
        row = {"slug": slug, "description": words, "order": order, "parent": above}
        _load_meta(cursor, mids, sources, "category", name, row)
    for name in tags:
        mids["tag", name] = len(mids) + 1
        _load_meta(cursor, mids, sources, "tag", name, {"slug": name})
    return mids


def _load_meta(
    cursor: Any,
    mids: dict[tuple[str, str], int],
    sources: list[Source],
    kind: str,
    name: str,
    row: dict[str, Any],
) -> None:
    # Typecho counts published posts, protected ones included.
    used = sum(
        name in (s.categories if kind == "category" else s.tags)
        for s in sources
        if s.type == "post" and s.status == "publish"
    )
    mid = mids[kind, name]
    _insert(cursor, "metas", mid=mid, name=name, type=kind, count=used, **row)


def _load_content(cursor: Any, source: Source) -> None:
    shown = sum(note.status == "approved" for note in source.notes)
    _insert(
        cursor,
        "contents",
        cid=source.cid,
        title=_escaped(source.title),
        slug=source.slug,
        created=source.created,
        modified=source.created,
        text=source.text,
        order=source.order,
        authorId=source.author,
        type=source.type,
        status=source.status,
        password=source.password or None,
        commentsNum=shown,
        allowComment="1",
        allowPing="1",
        allowFeed="1",
        parent=source.parent,
    )


def _load_note(cursor: Any, coid: int, source: Source, note: Note) -> None:
    _insert(
        cursor,
        "comments",
        coid=coid,
        cid=source.cid,
        created=note.created,
        author=note.author,
        ownerId=source.author,
        mail=f"reader{coid}@example.com",
        ip=f"192.0.2.{coid % 250 + 1}",
        agent="Mozilla/5.0",
        text=note.text,
        type=note.type,
        status=note.status,
        parent=coid - 1 if note.is_reply else 0,
    )


def _insert(cursor: Any, table: str, **row: Any) -> None:
    names = ", ".join(f"`{name}`" for name in row)
    marks = ", ".join(["%s"] * len(row))
    cursor.execute(
        f"INSERT INTO typecho_{table} ({names}) VALUES ({marks})", list(row.values())
    )


def _escaped(title: str) -> str:
    """As PHP's htmlspecialchars, which Typecho runs before it stores a title."""
    return html.escape(title).replace("&#x27;", "&#039;")


if __name__ == "__main__":
    sys.exit(main())
