"""How is a segment written, by a rebuild, by an update and by a merge?

Documents come as new ones or from older segments, and from those as they lie there:
weights and columns belong to a document, only its number changes. Nothing is read
as text, cut or packed again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.whoosh3 import STORED_COLUMN
from whoosh.index import _DEF_INDEX_NAME as INDEX_NAME

from service.index.codec import ArrayCodec
from service.index.document import Document
from service.index.postings import Postings
from service.index.schema import whoosh_schema
from service.index.segment import Segment
from service.index.term_file import Ids

_COLUMNS = ("meta", "head", "body", "flat")


class NewSegment:
    """A Whoosh segment in the making, in `storage`; `folder` takes what is too much
    for memory meanwhile."""

    def __init__(self, storage: Any, folder: Path) -> None:
        self._codec, self._schema = ArrayCodec(), whoosh_schema()
        self._storage = storage
        self._segment = self._codec.new_segment(storage, INDEX_NAME)
        self._postings = Postings(folder)
        types = {name: self._schema[name].column_type for name in _COLUMNS}
        types["_stored"] = STORED_COLUMN  # empty; Whoosh's own reader asks for it
        self._files = [self._column_file(name) for name in types]
        self._columns = [
            type_.writer(file)
            for type_, file in zip(types.values(), self._files, strict=True)
        ]
        self.count = 0

    def add(self, document: Document) -> None:
        self._postings.add(self.count, document)
        self._add_columns(document.meta, document.head, document.body, document.flat)

    def copy(self, old: Segment, local: Ids) -> None:
        """The documents of `old` that it numbers `local`, ascending."""
        numbers = np.full(old.count, -1, dtype=np.int64)
        numbers[local] = np.arange(self.count, self.count + len(local))
        self._postings.copy(old.terms, numbers)
        for doc in local.tolist():
            meta = old.meta[doc].tobytes()
            self._add_columns(meta, old.heads[doc], old.bodies[doc], old.flats[doc])

    def finish(self) -> Any:
        """The segment, for Whoosh's table of contents."""
        for column, file in zip(self._columns, self._files, strict=True):
            column.finish(self.count)
            file.close()
        writer = self._codec.field_writer(self._storage, self._segment)
        self._postings.write(writer, self._schema)
        writer.close()
        self._segment.set_doc_count(self.count)
        return self._segment

    def _column_file(self, name: str) -> Any:
        filename = self._codec.column_filename(self._segment, name)
        return self._storage.create_file(filename)

    def _add_columns(self, *values: bytes) -> None:
        """The values of `_COLUMNS` for one more document."""
        for column, value in zip(self._columns, values, strict=False):
            column.add(self.count, value)
        self.count += 1
