"""What stands on the blog that the plugin's tests search?

Everything is written through the admin, as a person would; the posts of a second
author and of the future are set in the database, where no form leads.
"""

from __future__ import annotations

import time

from tests.support.site import Site

WORD = "量子纠缠"
PUBLIC = 9
"""Posts with WORD that everybody may read: two pages of five."""

SECRETS = {
    "draft": "zqdraft",
    "private": "zqprivate",
    "hidden": "zqhidden",
    "waiting": "zqwaiting",
    "password": "zqpassword",
    "future": "zqfuture",
    "foreign private": "zqforeign",
    "deleted": "zqdeleted",
    "unpublished": "zqunpublished",
    "draft of a published post": "zqrevision",
    "pending comment": "zqpending",
}
"""State of a post -> a word that stands nowhere else."""


def write(site: Site) -> None:
    """Fill the blog, then build the index."""
    admin, blog, cids = site.admin, site.blog, site.facts
    for number in range(PUBLIC):
        # The more often it is said, the better the post: the order is not the date's.
        said = f"{WORD}的实验。" * ((number * 4) % PUBLIC + 1)
        cids[f"public {number}"] = admin.publish(
            f"公开 {number}", f"{said}\n\n" + "别的话题也要写一些。" * 40
        )
    for state in ("private", "hidden", "waiting"):
        cids[state] = admin.publish(
            f"{state} 文章", f"{WORD} {SECRETS[state]}", visibility=state
        )
    cids["password"] = admin.publish(
        "password 文章",
        f"{WORD} {SECRETS['password']}",
        visibility="password",
        password="open sesame",
    )
    cids["draft"] = admin.save_draft("draft 文章", f"{WORD} {SECRETS['draft']}")
    cids["page"] = admin.publish("关于本站", f"{WORD} zqpage", page=True)
    cids["deleted"] = admin.publish("deleted 文章", f"{WORD} {SECRETS['deleted']}")
    cids["unpublished"] = admin.publish("unpublished 文章", SECRETS["unpublished"])
    cids["revised"] = admin.publish("revised 文章", "zqrevised stands published")
    cids["foreign private"] = blog.insert_post(
        "foreign 文章",
        f"{WORD} {SECRETS['foreign private']}",
        authorId=99,
        status="private",
    )
    cids["future"] = blog.insert_post(
        "future 文章",
        f"{WORD} {SECRETS['future']}",
        created=int(time.time()) + 86400,
    )
    cids["quoted"] = admin.publish('A & B <i>"quoted"</i>', "zqquoted C++ and C# 100%")
    site.reindex()

    # These were public when the index was built: the blog's database must object.
    admin.delete(cids["deleted"])
    admin.mark("private", cids["unpublished"])
    blog.sql("UPDATE {}contents SET authorId = 99 WHERE cid = ?", [cids["unpublished"]])
    admin.save_draft(
        "revised 文章", SECRETS["draft of a published post"], cid=cids["revised"]
    )
    blog.sql(
        "INSERT INTO {}comments (cid, created, author, authorId, ownerId, text, type, "
        "status, parent) VALUES (?, ?, 'reader', 0, 1, ?, 'comment', 'waiting', 0)",
        [cids["revised"], int(time.time()) - 50, SECRETS["pending comment"]],
    )
