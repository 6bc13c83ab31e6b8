"""Does Whoosh read, delete and merge our postings as if they were its own?

And is it the Whoosh that we were written for? What is used of it without being its
public promise stands here, so that a new version fails in this file first.
"""

from __future__ import annotations

import importlib.metadata
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import columns, index, query, reading, writing
from whoosh.codec import base, whoosh3
from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.filestore import FileStorage, OverlayStorage, RamStorage
from whoosh.searching import Searcher

from service.index import segments, term_file
from service.index.codec import ArrayCodec
from service.index.document import to_document
from service.index.files import PlacedFile, SegmentFiles
from service.index.packer import Packer
from service.index.snapshot import Snapshot
from service.index.whoosh_engine import WhooshEngine
from service.model import Post
from service.text.analyzer import Analyzer
from tests.support.corpus import blog

POSTS = blog(60)
ANALYZER = Analyzer()


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(tmp_path, processes=1)
    made.rebuild(POSTS)
    return made


def opened(engine: WhooshEngine) -> index.FileIndex:
    return index.FileIndex(FileStorage(str(engine.snapshot().folder)))


def cids_by_docnum(engine: WhooshEngine) -> dict[int, int]:
    return dict(enumerate(engine.snapshot().meta["cid"].tolist()))


def posts_with(
    searcher: Searcher, engine: WhooshEngine, field: str, term: bytes
) -> Any:
    """Through Whoosh's own query and matcher, scores left out."""
    found = query.Term(field, term).docs(searcher)
    cids = cids_by_docnum(engine)
    return sorted(cids[number] for number in found)


def posts_in_arrays(engine: WhooshEngine, field: str, term: bytes) -> list[int]:
    snapshot = engine.snapshot()
    return sorted(snapshot.meta["cid"][snapshot.postings(field, term)[0]].tolist())


def words_of(post: Post) -> dict[bytes, int]:
    return to_document(post, ANALYZER, Packer()).words


def check_same_answers(engine: WhooshEngine, posts: list[Post]) -> None:
    """Whoosh, our arrays and the posts themselves agree on every word."""
    words = {post.cid: words_of(post) for post in posts}
    with opened(engine).searcher() as searcher:
        for word in {word for found in words.values() for word in found}:
            expected = sorted(cid for cid, found in words.items() if word in found)
            assert posts_with(searcher, engine, "words", word) == expected
            assert posts_in_arrays(engine, "words", word) == expected


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WhooshEngine:
    monkeypatch.setattr("service.index.build.learned", lambda post: ())
    made = WhooshEngine(tmp_path / "plain", processes=1)
    made.rebuild(POSTS)
    return made


def test_whoosh_finds_what_our_arrays_hold(plain: WhooshEngine) -> None:
    check_same_answers(plain, POSTS)


def test_weights_are_the_same_on_both_roads(plain: WhooshEngine) -> None:
    with opened(plain).reader() as reader:
        for post in POSTS[:10]:
            for word, code in words_of(post).items():
                matcher = reader.postings("words", word)
                ids = plain.snapshot().meta["cid"]
                found = {}
                while matcher.is_active():
                    found[int(ids[matcher.id()])] = matcher.weight()
                    matcher.next()
                assert found[post.cid] == code


def test_document_frequencies_agree(plain: WhooshEngine) -> None:
    with opened(plain).reader() as reader:
        for word in list(words_of(POSTS[3])):
            expected = sum(word in words_of(post) for post in POSTS)
            info = reader.term_info("words", word)
            assert reader.doc_frequency("words", word) == expected
            assert info.doc_frequency() == expected
            assert info.weight() == sum(words_of(p).get(word, 0) for p in POSTS)


def test_terms_are_listed_in_order(engine: WhooshEngine) -> None:
    with opened(engine).reader() as reader:
        words = list(reader.field_terms("words"))
        grams = list(reader.lexicon("grams"))

    assert words == sorted(set(words))
    assert b"softmax" in words
    assert grams == sorted(set(grams))
    assert "天象".encode() in grams


def test_terms_from_a_prefix(engine: WhooshEngine) -> None:
    with opened(engine).reader() as reader:
        found = list(reader.expand_prefix("words", b"soft"))

    assert found == [b"softmax"]


@pytest.mark.parametrize("part", ["o", "soft", "max", "天", "没有这个"])
@pytest.mark.parametrize("together", [1, 2, 1000])
def test_words_that_hold_a_part_are_found_in_batches(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch, part: str, together: int
) -> None:
    monkeypatch.setattr(term_file, "_TOGETHER", together)
    snapshot = engine.snapshot()
    holding = [word for word, _ in snapshot.words() if part in word]
    expected = {
        doc
        for word in holding
        for doc in snapshot.postings("words", word.encode())[0].tolist()
    }

    assert set(snapshot.holding(part.encode(), "words").tolist()) == expected


@pytest.mark.parametrize("step", [1, 3, 64, 100_000])
def test_every_term_is_found_by_the_sampled_ones(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(term_file, "_STEP", step)
    snapshot = engine.snapshot()
    terms = [word.encode() for word, _ in snapshot.words()]

    assert all(len(snapshot.postings("words", term)[0]) for term in terms)
    assert not any(len(snapshot.postings("words", t + b"\xff")[0]) for t in terms)


def test_unknown_term_is_whoosh_s_own_error(engine: WhooshEngine) -> None:
    with opened(engine).reader() as reader:
        assert ("words", b"nowhere") not in reader
        with pytest.raises(reading.TermNotFound):
            reader.postings("words", b"nowhere")


def test_several_segments_answer_as_one(plain: WhooshEngine) -> None:
    more = [post for post in blog(75) if post.cid > 60]

    plain.update(more[:5], [])
    plain.update(more[5:], [])

    assert plain.status().segments == 3
    check_same_answers(plain, POSTS + more)


def test_whoosh_deletes_and_our_arrays_follow(plain: WhooshEngine) -> None:
    writer = writing.SegmentWriter(opened(plain), codec=ArrayCodec(), compound=False)
    for number, cid in cids_by_docnum(plain).items():
        if cid % 3 == 0:
            writer.delete_document(number)
    writer.commit(mergetype=lambda _, kept: kept)

    left = [post for post in POSTS if post.cid % 3]
    assert sorted(plain.fingerprints()) == [post.cid for post in left]
    check_same_answers(plain, left)


def test_whoosh_merges_all_segments_into_one(plain: WhooshEngine) -> None:
    more = [post for post in blog(75) if post.cid > 60]
    plain.update(more, [1, 2, 3])

    writer = writing.SegmentWriter(opened(plain), codec=ArrayCodec(), compound=False)
    writer.commit(optimize=True)

    left = [post for post in POSTS + more if post.cid > 3]
    assert plain.status().segments == 1
    assert plain.snapshot().complete
    assert plain.post(70) == more[9]
    check_same_answers(plain, left)


def test_documents_are_read_as_whoosh_reads_them(engine: WhooshEngine) -> None:
    """Our mapped files and Whoosh's own reader give the same bytes."""
    snapshot = engine.snapshot()
    with opened(engine).reader() as reader:
        heads = reader.column_reader("head")
        for number in range(len(POSTS)):
            assert heads[number] == snapshot.head(number)


def test_long_and_short_texts_lie_side_by_side(tmp_path: Path) -> None:
    """Lengths of two bytes must not overflow where they are added up."""
    long = [
        Post(cid, "post", f"t{cid}", "字" * (90_000 if cid % 2 else 3), "/", cid)
        for cid in range(1, 9)
    ]
    engine = WhooshEngine(tmp_path, processes=1)

    engine.rebuild(long)

    assert [engine.post(post.cid) for post in long] == long


# What may change under us


def test_whoosh_is_the_pinned_version() -> None:
    assert importlib.metadata.version("whoosh3") == "3.54.0"


def test_name_of_the_index_is_whoosh_s_default() -> None:
    assert index._DEF_INDEX_NAME == "MAIN"
    assert inspect.signature(index.FileIndex).parameters["indexname"].default == "MAIN"


def test_table_of_contents_is_as_we_use_it(engine: WhooshEngine) -> None:
    storage = FileStorage(str(engine.snapshot().folder), readonly=True)

    toc = index.TOC.read(storage, "MAIN")

    assert toc.generation == 1
    assert len(toc.segments) == 1
    assert index.TOC._pattern("MAIN").match("_MAIN_12.toc")
    assert list(inspect.signature(index.TOC.__init__).parameters)[1:4] == [
        "schema",
        "segments",
        "generation",
    ]


def test_commit_is_one_rename_of_the_table_of_contents() -> None:
    assert inspect.getsource(index.TOC.write).count("rename_file") == 1


def test_codec_has_the_seams_we_hook_into() -> None:
    for name in ("field_writer", "terms_reader", "per_document_writer"):
        assert list(inspect.signature(getattr(whoosh3.W3Codec, name)).parameters) == [
            "self",
            "storage",
            "segment",
        ]
    assert whoosh3.W3Codec.TERMS_EXT == ".trm"
    assert whoosh3.W3Codec.POSTS_EXT == ".pst"
    assert callable(whoosh3.W3Codec.column_filename)
    assert callable(whoosh3.W3Codec().new_segment)
    for name in ("start_field", "start_term", "add", "finish_term", "finish_field"):
        assert name in vars(base.FieldWriter)


def test_segment_names_its_files() -> None:
    segment = ArrayCodec().new_segment(None, "MAIN")

    assert segment.make_filename(".trm") == f"{segment.segment_id()}.trm"
    assert callable(segment.create_file)
    assert callable(segment.set_doc_count)
    assert list(segment.deleted_docs()) == []


def test_what_a_table_of_contents_does_not_name_is_removed(tmp_path: Path) -> None:
    names = ["MAIN_a.seg", "MAIN_b.seg", "MAIN_b.trm", "_MAIN_1.toc", "_MAIN_2.toc"]
    for name in (*names, "words.txt", "manifest.json"):
        (tmp_path / name).touch()
    kept = whoosh3.W3Segment(ArrayCodec(), "MAIN", segid="a")

    index.clean_files(FileStorage(str(tmp_path)), "MAIN", 2, [kept])

    left = ["MAIN_a.seg", "_MAIN_2.toc", "manifest.json", "words.txt"]
    assert sorted(file.name for file in tmp_path.iterdir()) == left


def test_compound_of_files_made_in_memory(tmp_path: Path) -> None:
    """Where its parts lie is told, to us and through Whoosh's own reader."""
    memory, storage = RamStorage(), FileStorage(str(tmp_path))
    segment = ArrayCodec().new_segment(memory, "MAIN")
    with segment.create_file(memory, ".one") as file:
        file.write(b"one")
    with segment.create_file(memory, ".two") as file:
        file.write(b"second")
    file = segment.create_file(storage, segment.COMPOUND_EXT)
    CompoundStorage.assemble(file, memory, sorted(memory.list()))
    segment.compound = True
    name = segment.make_filename(".two")

    opened = segment.open_compound_file(storage)
    for storage_ in (storage, OverlayStorage(opened, storage)):
        place = SegmentFiles(storage_, segment).place(name)
        assert place.path == tmp_path / segment.make_filename(".seg")
        assert PlacedFile(place).get(0, place.size) == b"second"


def test_column_of_stored_fields_has_whoosh_s_name(engine: WhooshEngine) -> None:
    with opened(engine).reader() as reader:
        assert reader.stored_fields(0) == {}
    source = inspect.getsource(whoosh3.W3PerDocReader.stored_fields)
    assert '"_stored", STORED_COLUMN' in source


def test_storage_tells_its_folder(tmp_path: Path) -> None:
    assert FileStorage(str(tmp_path)).folder == str(tmp_path)
    assert list(inspect.signature(FileStorage.rename_file).parameters) == [
        "self",
        "oldname",
        "newname",
        "safe",
    ]


def test_column_reader_makes_only_the_calls_we_answer(engine: WhooshEngine) -> None:
    """`PlacedFile` has three methods; a fourth call would be an AttributeError."""
    source = inspect.getsource(columns.VarBytesColumn.Reader)

    calls = {part.split("(")[0] for part in source.split("dbfile.")[1:]}
    assert {call for call in calls if call.isidentifier()} - {"get"} <= {
        "get_byte",
        "get_array",
    }
    assert isinstance(engine.snapshot().head(0), bytes)


def test_fixed_column_is_a_plain_array_of_rows(engine: WhooshEngine) -> None:
    snapshot = engine.snapshot()
    with opened(engine).reader() as reader:
        rows = reader.column_reader("meta")
        raw = b"".join(rows[number] for number in range(len(POSTS)))

    assert np.array_equal(np.frombuffer(raw, snapshot.meta.dtype), snapshot.meta)


@pytest.mark.parametrize(
    ("sizes", "added", "merged"),
    [
        pytest.param([1000], 1, set(), id="the large one is left alone"),
        pytest.param([1000, 1, 1], 1, set(), id="two small ones stay"),
        pytest.param([1000, 1, 1, 1], 1, {1, 2, 3}, id="four of a tier become one"),
        pytest.param(
            [1000, 4, 4, 4, 1, 1, 1], 1, {1, 2, 3, 4, 5, 6}, id="in a cascade"
        ),
        pytest.param([1000, 300, 300, 300], 300, set(), id="large ones never"),
    ],
)
def test_tiers(sizes: list[int], added: int, merged: set[int]) -> None:
    assert segments._to_merge(sizes, added) == merged


def test_snapshot_refuses_files_that_do_not_fit(engine: WhooshEngine) -> None:
    folder = engine.snapshot().folder
    (meta,) = folder.glob("*.meta.col")
    meta.write_bytes(meta.read_bytes()[:-40])

    with pytest.raises(ValueError, match="rows for 60 documents"):
        Snapshot(folder, folder.name, 0)
