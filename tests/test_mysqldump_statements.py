"""Which rows does each way of writing statements in a dump give?"""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from tests.support.dumps import POSTS, read

ONE = {"cid": 1, "title": "a", "text": "x"}
TWO = {"cid": 2, "title": "b", "text": "y"}
TABLE = POSTS.decode()
INSERT = "INSERT INTO `typecho_contents` VALUES (1,'a','x');\n"

DUMPS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "one row": (TABLE + INSERT, [ONE]),
    "several rows": (
        TABLE + "INSERT INTO `typecho_contents` VALUES (1,'a','x'),(2,'b','y');",
        [ONE, TWO],
    ),
    "a row a line": (
        TABLE + "INSERT INTO `typecho_contents` VALUES\n(1,'a','x'),\n(2,'b','y');\n",
        [ONE, TWO],
    ),
    "a row a statement": (
        TABLE + INSERT + "INSERT INTO `typecho_contents` VALUES (2,'b','y');",
        [ONE, TWO],
    ),
    "column list without definition": (
        "INSERT INTO `typecho_contents` (`cid`,`title`,`text`) VALUES (1,'a','x');",
        [ONE],
    ),
    "column list in another order": (
        TABLE + "INSERT INTO typecho_contents(text, cid, title) VALUES ('x',1,'a');",
        [ONE],
    ),
    "column list with fewer columns": (
        "CREATE TABLE typecho_contents (cid int, title text, text text, views int);"
        "INSERT INTO typecho_contents (cid, title, text) VALUES (1,'a','x');",
        [ONE],
    ),
    "two column lists": (
        "INSERT INTO typecho_contents (cid,title,text) VALUES (1,'a','x');"
        "INSERT INTO typecho_contents (text,title,cid,views) VALUES ('y','b',2,9);",
        [ONE, {**TWO, "views": 9}],
    ),
    "columns in capitals": (
        "INSERT INTO typecho_contents (CID,TITLE,TEXT,AUTHORID) VALUES (1,'a','x',3);",
        [{**ONE, "authorId": 3}],
    ),
    "insert ignore": (TABLE + INSERT.replace("INTO", "IGNORE INTO"), [ONE]),
    "insert without into": (TABLE + INSERT.replace("INTO ", ""), [ONE]),
    "delayed": (TABLE + INSERT.replace("INTO", "DELAYED IGNORE INTO"), [ONE]),
    "replace": (TABLE + INSERT.replace("INSERT", "REPLACE"), [ONE]),
    "replaced later": (
        TABLE
        + "REPLACE INTO typecho_contents VALUES (1,'old','o'),(2,'b','y');\n"
        + "REPLACE INTO typecho_contents VALUES ('1','a','x');\n",
        [TWO, {**ONE, "cid": "1"}],
    ),
    "replaced in the same statement": (
        TABLE + "REPLACE INTO typecho_contents VALUES (1,'old','o'),(1,'a','x');",
        [ONE],
    ),
    "updated by a duplicate key": (
        TABLE
        + INSERT.replace("'a','x'", "'old','o'")
        + INSERT.replace(";", " ON DUPLICATE KEY UPDATE `title` = VALUES(`title`);"),
        [ONE],
    ),
    "emptied before it was replaced": (
        TABLE
        + INSERT.replace("INSERT", "REPLACE")
        + "TRUNCATE typecho_contents;"
        + INSERT.replace("INSERT", "REPLACE"),
        [ONE],
    ),
    "small letters": (TABLE.lower() + INSERT.lower(), [ONE]),
    "value for values": (TABLE + INSERT.replace("VALUES", "VALUE"), [ONE]),
    "no blanks": (TABLE + INSERT.replace("` VALUES (", "`VALUES("), [ONE]),
    "insert set": (
        "INSERT INTO `typecho_contents` SET `cid`=1, title = 'a', text='x';",
        [ONE],
    ),
    "on duplicate key": (
        TABLE
        + INSERT.replace(";", " ON DUPLICATE KEY UPDATE `cid` = VALUES(`cid`), x=';';"),
        [ONE],
    ),
    "no quotes around names": (
        "CREATE TABLE typecho_contents (cid int, title text, text text);\n"
        "INSERT INTO typecho_contents VALUES (1,'a','x');",
        [ONE],
    ),
    "ansi quotes": (
        'CREATE TABLE "typecho_contents" ("cid" int, "title" text, "text" text);\n'
        "INSERT INTO \"typecho_contents\" VALUES (1,'a','x');",
        [ONE],
    ),
    "qualified names": (
        "CREATE TABLE `b`.`typecho_contents` (cid int, title text, text text);"
        "INSERT INTO `b`.`typecho_contents` VALUES (1,'a','x');",
        [ONE],
    ),
    "qualified with blanks": (
        "INSERT INTO b . typecho_contents (cid,title,text) VALUES (1,'a','x');",
        [ONE],
    ),
    "use": ("USE `b`;\n" + TABLE + INSERT.replace("`ty", "`b`.`ty"), [ONE]),
    "if not exists": (TABLE.replace("TABLE", "TABLE IF NOT EXISTS") + INSERT, [ONE]),
    "definition with everything": (
        """
        CREATE TABLE IF NOT EXISTS `typecho_contents` (
          `cid` int(10) unsigned NOT NULL AUTO_INCREMENT COMMENT 'a, b) ''c''',
          `title` enum('a','b,c)') COLLATE utf8mb4_unicode_ci DEFAULT 'a', -- , x int
          text decimal(10,2) DEFAULT (concat('(', ')')) /* , y int */,
          PRIMARY KEY (`cid`), UNIQUE KEY `slug` (`slug`(191),`cid`),
          KEY `created` (`created`), FULLTEXT INDEX f (title), SPATIAL KEY g (h),
          CONSTRAINT `c` FOREIGN KEY (`a`) REFERENCES `x` (`y`) ON DELETE CASCADE,
          CHECK (`cid` > 0)
        ) ENGINE=InnoDB AUTO_INCREMENT=5 COMMENT='it''s; (x' /*!50100 PARTITION x */;
        """
        + INSERT,
        [ONE],
    ),
    "a column named like a key": (
        "CREATE TABLE typecho_contents (cid int, `key` int, title text, text text);"
        "INSERT INTO typecho_contents VALUES (1,0,'a','x');",
        [{"cid": 1, "key": 0, "title": "a", "text": "x"}],
    ),
    "comments everywhere": (
        f"-- a; 'b\n#c; \"d\n/* e; ` */ {TABLE} -- f\n"
        "INSERT /* g */ INTO # h '\n `typecho_contents` -- i (\n VALUES ( /* j */ 1\n"
        ", 'a' -- k'\n,/* l' */'x') /* m */ , -- n\n (2,'b','y') # o\n ; /**/ -- p",
        [ONE, TWO],
    ),
    "dashes at the end of a line": (f"--\n--\t'\n{TABLE}--\n{INSERT}--", [ONE]),
    "executable comments": (
        f"/*!40101 SET NAMES utf8 */;\n/*!50001 {TABLE[:-2]} */;\n/*!99999 DROP x */"
        "/*!40000 INSERT INTO*/ typecho_contents /*M!100100 VALUES*/ (1,'a','x');",
        [ONE],
    ),
    "sandbox line of mariadb": (
        "/*M!999999\\- enable the sandbox mode */ \n" + TABLE + INSERT,
        [ONE],
    ),
    "client commands": ("\\- enable the sandbox mode\n" + TABLE + INSERT, [ONE]),
    "delimiter": (
        TABLE
        + "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`%`*/ /*!50003 TRIGGER"
        " t BEFORE INSERT ON c FOR EACH ROW BEGIN\nINSERT INTO typecho_contents VALUES"
        " (9,'no','no'); SET @x = 'y;;'; END */;;\nDELIMITER ;\n" + INSERT,
        [ONE],
    ),
    "delimiter of dollars": (
        "delimiter $$\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\ndelimiter ;\n"
        + TABLE
        + INSERT,
        [ONE],
    ),
    "crlf": ((TABLE + INSERT).replace("\n", "\r\n") + "-- end\r\n", [ONE]),
    "byte order mark": ("\ufeff" + TABLE + INSERT, [ONE]),
    "tabs before everything": (textwrap.indent(TABLE + INSERT, "\t\t"), [ONE]),
    "empty statements": (f";;{TABLE};\n;{INSERT};;", [ONE]),
    "other tables": (
        "INSERT INTO wp_posts VALUES (1,'a;','it''s \\' ;'),(2,\"b;\",`c`,-1,--2\n);"
        + TABLE
        + INSERT
        + "INSERT INTO zz SELECT 'x' FROM y WHERE a <> '\\\\';",
        [ONE],
    ),
    "a table dumped twice": (TABLE + INSERT + TABLE + INSERT, [ONE]),
    "drop between": (
        TABLE + INSERT + "DROP TABLE IF EXISTS `a`, `typecho_contents`;" + TABLE,
        [],
    ),
    "drop of a view": (TABLE + INSERT + "DROP VIEW IF EXISTS typecho_contents;", [ONE]),
    "truncate between": (
        TABLE
        + INSERT
        + "TRUNCATE TABLE typecho_contents;"
        + INSERT.replace("1,'a','x'", "2,'b','y'"),
        [TWO],
    ),
    "delete of everything": (
        TABLE + INSERT + "DELETE FROM `typecho_contents`;\n" + INSERT,
        [ONE],
    ),
    "no rows in this table": (
        TABLE + "INSERT INTO typecho_metas (mid,name,type) VALUES (1,'m','tag');",
        [],
    ),
    "output of errors among it": (
        "mysqldump: [Warning] Using a password on the command line interface can be"
        " insecure.\n" + TABLE + INSERT,
        [ONE],
    ),
    "deprecation among it": (
        "/usr/bin/mysqldump: Deprecated program name. Use '/usr/bin/mariadb-dump'\n"
        "Warning: A partial dump from a server that has GTIDs\n" + TABLE + INSERT,
        [ONE],
    ),
    "what a server with gtids adds": (
        "SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;\n"
        "SET @@SESSION.SQL_LOG_BIN= 0;\n"
        "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3E11-4E;7:1-5';\n" + TABLE + INSERT,
        [ONE],
    ),
    "locks": (
        TABLE
        + "LOCK TABLES `typecho_contents` WRITE;\n"
        + "/*!40000 ALTER TABLE `typecho_contents` DISABLE KEYS */;\n"
        + INSERT
        + "/*!40000 ALTER TABLE `typecho_contents` ENABLE KEYS */;\nUNLOCK TABLES;\n",
        [ONE],
    ),
    "copy of the table kept aside": (
        TABLE
        + TABLE.replace("typecho_", "old_")
        + "CREATE TABLE typecho_metas (mid int, name text, type text);"
        + "CREATE TABLE typecho_relationships (cid int, mid int);"
        + INSERT,
        [ONE],
    ),
}


@pytest.mark.parametrize(("dump", "rows"), DUMPS.values(), ids=DUMPS.keys())
def test_a_dump_gives_its_rows(dump: str, rows: list[dict[str, Any]]) -> None:
    assert read(dump) == rows


def test_a_post_that_was_replaced_by_a_hidden_one_is_hidden() -> None:
    head = "REPLACE INTO typecho_contents (cid,title,text,status,type) VALUES "
    notes = "REPLACE INTO typecho_comments (coid,cid,text,status) VALUES "
    many = ",".join(f"({n},'a','{'x' * 500}','publish','post')" for n in range(1000))
    dump = (
        f"{head}{many};{notes}(5,1,'c','approved');"
        f"{head}(7,'a','x','hidden','post');{notes}(5,1,'c','spam');"
    )

    rows = read(dump)

    assert [row["status"] for row in rows if row["cid"] == 7] == ["hidden"]
    assert len(rows) == 1000
    assert [row["status"] for row in read(dump, "comments")] == ["spam"]


def test_a_dump_is_read_across_the_border_of_two_reads() -> None:
    rows = [(n, "引'\\\"" * (n % 7), "\\'" * (n % 11)) for n in range(20000)]
    literals = ",".join(
        "({},'{}','{}')".format(
            n, *(t.replace("\\", "\\\\").replace("'", "''") for t in s)
        )
        for n, *s in rows
    )

    found = read(TABLE + f"INSERT INTO typecho_contents VALUES {literals};")

    assert [(row["cid"], row["title"], row["text"]) for row in found] == rows


def test_every_table_of_the_blog_is_given() -> None:
    dump = (
        TABLE
        + INSERT
        + "INSERT INTO typecho_metas (mid,name,type) VALUES (1,'天文','category');"
        + "INSERT INTO typecho_relationships (cid,mid) VALUES (1,1);"
        + "INSERT INTO typecho_users (uid,name) VALUES (1,'su');"
        + "INSERT INTO typecho_comments (coid,cid,text) VALUES (5,1,'好');"
        + "INSERT INTO typecho_fields (cid,name,str_value) VALUES (1,'k','v');"
        + "INSERT INTO typecho_options (name,user,value) VALUES ('title',0,'T');"
    )

    assert read(dump, "metas") == [{"mid": 1, "name": "天文", "type": "category"}]
    assert read(dump, "relationships") == [{"cid": 1, "mid": 1}]
    assert read(dump, "users") == [{"uid": 1, "name": "su"}]
    assert read(dump, "comments") == [{"coid": 5, "cid": 1, "text": "好"}]
    assert read(dump, "fields") == [{"cid": 1, "name": "k", "str_value": "v"}]
    assert read(dump, "options") == [{"name": "title", "user": 0, "value": "T"}]


def test_tables_of_another_program_are_not_taken_for_typechos() -> None:
    dump = (
        TABLE
        + INSERT
        + "CREATE TABLE wp_options (option_id int, option_name text, value text);"
        + "INSERT INTO wp_options VALUES (1,'siteurl','x');"
        + "CREATE TABLE wp_users (ID int, user_login text);"
    )

    assert read(dump, "options") == []
    assert read(dump) == [ONE]
