"""Which kind of source do the settings name?

By scheme, and for a file by its first bytes. The only place that chooses.
"""

from __future__ import annotations

from pathlib import Path

from service.errors import ConfigError
from service.settings import Settings
from service.typecho import Source, backup, export
from service.typecho.dump_open import open_dump
from service.typecho.dump_url import Limits

_DATABASES = ("mysql:", "mariadb:", "postgresql:", "postgres:", "sqlite:")
_SQLITE = b"SQLite format 3\0"


def open_source(settings: Settings) -> Source:
    """The source of `settings.source`, opened and checked; close it after use."""
    source = settings.source.strip()
    if not source:
        raise ConfigError(
            "no source is set",
            "set source, for example mysql://user@127.0.0.1/typecho or a dump's path",
        )
    settings = settings.model_copy(update={"source": source})
    if source.startswith(export.SCHEMES):
        return export.ExportSource(settings)
    if source.startswith(_DATABASES):
        # Imported here: SQLAlchemy takes 0.2 s, which dumps need not pay.
        from service.typecho.database import DatabaseSource

        return DatabaseSource(settings)
    if not source.startswith(("http://", "https://")):
        if "://" in source:
            raise ConfigError(
                f"unknown kind of source {source.partition('://')[0] + '://'!r}",
                "`typecho-search config` describes the kinds of source",
            )
        path = Path(source)
        head = _head(path)
        if head.startswith(backup.MAGIC):
            return backup.BackupSource(path, settings)
        if head.startswith(_SQLITE):
            raise ConfigError(
                f"{path} is a SQLite database", f"set source to sqlite:///{path}"
            )
    limits = Limits(
        settings.download_max_mb,
        settings.http_connect_timeout_s,
        settings.http_read_timeout_s,
    )
    return open_dump(
        source,
        settings.data_dir / "tmp",
        table_prefix=settings.table_prefix,
        limits=limits,
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(backup.MAGIC))
    except OSError:
        return b""  # a folder, or nothing: the dump's side names what is wrong
