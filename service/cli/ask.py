"""How does the owner ask the index, and see why it answers as it does?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from service.cli.options import config_option, data_dir_option, load_words, settings
from service.cli.output import json_option, marked, print_json, say
from service.model import Filters, Hit, PostType, Results, Sort

if TYPE_CHECKING:
    from service.searcher import Searcher

# `service search BERT -GPT` is a query: what looks like an unknown option is a word.
QUERY_WORDS = {"ignore_unknown_options": True}


@click.command(context_settings=QUERY_WORDS)
@click.argument("query", nargs=-1, required=True)
@click.option("--page", type=click.IntRange(1), default=1, help="Show this page.")
@click.option(
    "--per-page",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Show so many posts.",
)
@click.option("--category", multiple=True, help="Only in this category; repeatable.")
@click.option("--tag", multiple=True, help="Only with this tag; repeatable.")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["post", "page"]),
    help="Only posts, or only pages.",
)
@click.option("--year", type=int, multiple=True, help="Only of this year; repeatable.")
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest", "oldest"]),
    default="relevance",
    show_default=True,
    help="Order of the posts.",
)
@data_dir_option
@json_option
@config_option
def search(
    query: tuple[str, ...],
    page: int,
    per_page: int,
    category: tuple[str, ...],
    tag: tuple[str, ...],
    kind: str | None,
    year: tuple[int, ...],
    sort: str,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Search the index as a reader would.

    \b
    Words, "exact phrases", -excluded words, title:, tag:, category:, year: and OR
    are understood; everything else is plain text.

    \b
    Examples:
      typecho-search search 2018天象
      typecho-search search 变分 -VAE --year 2018
    """
    filters = Filters(category, tag, cast(PostType | None, kind), year)
    results = open_searcher(data_dir).search(
        " ".join(query),
        page=page,
        per_page=per_page,
        filters=filters,
        sort=cast(Sort, sort),
        facets=as_json,
    )
    if as_json:
        print_json(results)
        return
    for number, hit in enumerate(results.hits, start=(page - 1) * per_page + 1):
        print_hit(number, hit)
    say(closing_line(results))


@click.command(context_settings=QUERY_WORDS)
@click.argument("text", nargs=-1, required=True)
@data_dir_option
@json_option
@config_option
def analyze(text: tuple[str, ...], data_dir: Path | None, as_json: bool) -> None:
    """Show the words that a text is cut into.

    Words that share a position are the parts of one word. The site's own words are
    known once there is an index.
    """
    tokens = open_searcher(data_dir).analyze(" ".join(text))
    if as_json:
        print_json(tokens)
        return
    for token in tokens:
        click.echo(f"{token.position:>4}  {token.text}")


@click.command(context_settings=QUERY_WORDS)
@click.argument("query")
@click.argument("cid", type=int)
@data_dir_option
@json_option
@config_option
def explain(query: str, cid: int, data_dir: Path | None, as_json: bool) -> None:
    """Show why a post has its score for a query.

    CID is the number of the post, as `search --json` and the blog's admin show it.
    """
    why = open_searcher(data_dir).explain(query, cid)
    if as_json:
        print_json(why)
        return
    place = f"rank {why.rank}" if why.rank else "not among the results"
    click.echo(f"{why.cid}  {why.title}")
    click.echo(f"{place}, score {why.score:.4f}")
    click.echo(f"holds {why.coverage:.0%} of the query, to the power of {why.power:g}")
    for reason in why.reasons:
        click.echo(
            f"  adds {reason.adds:8.4f}  weight {reason.weight:7.4f}  "
            f"rarity {reason.idf:7.4f}  {reason.term}"
        )
    for name, factor in why.bonuses.items():
        click.echo(f"  times {factor:7.4f}  {name}")


def open_searcher(data_dir: Path | None) -> Searcher:
    from service.index.opening import open_engine
    from service.searcher import Searcher

    chosen = settings(data_dir=data_dir)
    engine = open_engine(chosen)
    engine.fingerprints()  # without an index there is no need for a dictionary
    load_words(chosen, create=False)
    return Searcher(engine, chosen)


def print_hit(number: int, hit: Hit) -> None:
    day = time.strftime("%Y-%m-%d", time.localtime(hit.created))
    names = " ".join((*hit.categories, *(f"#{tag}" for tag in hit.tags)))
    click.echo(f"{number}. {marked(hit.title)}")
    click.echo(click.style(f"   {day}  {hit.url}  {names}".rstrip(), dim=True))
    if snippet := marked(hit.snippet.spans):
        click.echo(f"   {snippet}")


def closing_line(results: Results) -> str:
    words = [f"{results.total} found in {results.took_ms:.1f} ms"]
    pages = -(-results.total // results.per_page)
    if pages > 1 or results.page > 1:
        words.append(f"page {results.page} of {pages}")
    if results.relaxed:
        words.append("no post holds all of it; these hold most")
    if results.corrected:
        words.append(f"shown for {results.corrected!r}")
    for suggestion in results.suggestions:
        words.append(f"did you mean {suggestion.query!r} ({suggestion.total})?")
    return "; ".join(words)
