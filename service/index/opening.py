"""Which engine do the settings ask for?"""

from __future__ import annotations

from service.errors import ConfigError
from service.index.whoosh_engine import WhooshEngine
from service.settings import Settings
from service.text.analyzer import read_dictionary


def open_engine(settings: Settings) -> WhooshEngine:
    """The embedded engine on `data_dir`. Opens no file before it is asked."""
    return WhooshEngine(
        settings.data_dir / "index",
        dictionary=_dictionary(settings),
        cache_bytes=(settings.cache_mb << 20) // settings.workers,
        processes=settings.build_processes,
        recency=settings.recency,
        synonyms_file=settings.synonyms_file,
    )


def _dictionary(settings: Settings) -> tuple[str, ...]:
    path = settings.dictionary_file
    if path is None:
        return ()
    try:
        return read_dictionary(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read dictionary_file {path}: {error}",
            "give a UTF-8 text file with one word a line",
        ) from error
