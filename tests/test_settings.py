"""Which value wins, and what is said about a value that cannot be used?"""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import ConfigError
from service.settings import Settings, as_text, load


def write(folder: Path, text: str) -> Path:
    file = folder / "search.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_environment_wins_over_file(tmp_path: Path) -> None:
    file = write(tmp_path, "workers = 3\nper_page_max = 20\n")

    found = load(file, environ={"SEARCH_WORKERS": "5"})

    assert found.settings.workers == 5
    assert found.origins["workers"] == "environment SEARCH_WORKERS"
    assert found.settings.per_page_max == 20
    assert found.origins["per_page_max"] == str(file)
    assert found.origins["bind"] == "default"


def test_command_line_wins_over_environment(tmp_path: Path) -> None:
    environ = {"SEARCH_BIND": "127.0.0.1:1111"}

    found = load(environ=environ, overrides={"bind": "127.0.0.1:2222"})

    assert found.settings.bind == "127.0.0.1:2222"
    assert found.origins["bind"] == "command line"


def test_option_that_was_not_given_overrides_nothing() -> None:
    found = load(environ={"SEARCH_WORKERS": "5"}, overrides={"workers": None})

    assert found.settings.workers == 5


def test_file_in_working_directory_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "workers = 7\n")
    monkeypatch.chdir(tmp_path)

    assert load(environ={}).settings.workers == 7


def test_system_file_is_found_where_no_other_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    system = tmp_path / "etc"
    system.mkdir()
    monkeypatch.setattr("service.settings.SYSTEM_FILE", write(system, "workers = 8\n"))

    assert load(environ={}).settings.workers == 8


def test_config_variable_names_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, "workers = 9\n")

    assert load(environ={"SEARCH_CONFIG": str(file)}).settings.workers == 9


def test_byte_order_mark_of_a_windows_editor_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    file.write_bytes(b"\xef\xbb\xbfworkers = 4\r\n")

    assert load(file, environ={}).settings.workers == 4


@pytest.mark.parametrize("name", ["data_dir", "tls_ca", "dictionary_file"])
def test_relative_path_in_a_file_starts_at_that_file(tmp_path: Path, name: str) -> None:
    file = write(tmp_path, f'{name} = "here/x"\n')

    assert getattr(load(file, environ={}).settings, name) == tmp_path / "here" / "x"


def test_relative_source_in_a_file_starts_at_that_file(tmp_path: Path) -> None:
    file = write(tmp_path, 'source = "dumps/blog.sql"\n')

    found = load(file, environ={}).settings.source

    assert found == str(tmp_path / "dumps" / "blog.sql")


@pytest.mark.parametrize(
    "address",
    ["mysql://me@host/db", "sqlite:////srv/blog.db", "export+https://blog.example"],
)
def test_source_with_a_scheme_is_kept_as_written(tmp_path: Path, address: str) -> None:
    file = write(tmp_path, f'source = "{address}"\n')

    assert load(file, environ={}).settings.source == address


@pytest.mark.parametrize("name", ["timezone_s", "tls_ca", "synonyms_file"])
def test_empty_text_means_not_set(name: str) -> None:
    found = load(environ={f"SEARCH_{name.upper()}": ""})

    assert getattr(found.settings, name) is None


def test_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0123456789abcdef\n", encoding="utf-8")
    file = write(tmp_path, 'api_key_file = "key"\n')

    found = load(file, environ={})

    assert found.settings.api_key.get_secret_value() == "0123456789abcdef"
    assert found.origins["api_key"] == f"{file} (api_key_file)"


def test_secret_file_that_is_missing_stops_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as failure:
        load(environ={"SEARCH_API_KEY_FILE": str(tmp_path / "none")})

    assert "cannot read api_key_file" in failure.value.message


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_secret_file_that_holds_no_secret_is_named(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "key").write_bytes(content)

    with pytest.raises(ConfigError, match="api_key_file .*(is empty|not UTF-8)"):
        load(environ={"SEARCH_API_KEY_FILE": str(tmp_path / "key")})


def test_password_in_the_source_is_redacted_as_text() -> None:
    found = load(environ={"SEARCH_SOURCE": "mysql://u:geheim@h/b"})

    assert as_text(found.settings, "source") == "mysql://u:<redacted>@h/b"


def test_secret_is_redacted_as_text() -> None:
    found = load(environ={"SEARCH_API_KEY": "0123456789abcdef"})

    assert as_text(found.settings, "api_key") == "<redacted>"
    assert "0123456789abcdef" not in repr(found.settings)


def test_secret_that_is_not_set_shows_as_empty() -> None:
    assert as_text(Settings(), "api_key") == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [("public", "false"), ("workers", "2"), ("tls_ca", ""), ("data_dir", "data")],
)
def test_value_as_text_is_what_a_file_would_hold(name: str, text: str) -> None:
    assert as_text(Settings(), name) == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("tabel_prefix", "table_prefix"), ("worker", "workers"), ("apikey", "api_key")],
)
def test_unknown_name_is_refused_with_the_nearest_one(
    tmp_path: Path, typed: str, meant: str
) -> None:
    file = write(tmp_path, f'{typed} = "x"\n')

    with pytest.raises(ConfigError) as failure:
        load(file, environ={})

    assert typed in failure.value.message
    assert str(file) in failure.value.message
    assert failure.value.hint == f"did you mean {meant!r}?"


def test_unknown_variable_is_refused() -> None:
    with pytest.raises(ConfigError, match="'wrokers' in environment SEARCH_WROKERS"):
        load(environ={"SEARCH_WROKERS": "1"})


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("SEARCH_WORKERS", "many", "bad value for workers"),
        ("SEARCH_WORKERS", "0", "bad value for workers"),
        ("SEARCH_PUBLIC", "perhaps", "bad value for public"),
        ("SEARCH_LOG_LEVEL", "loud", "bad value for log_level"),
        ("SEARCH_TABLE_PREFIX", "a;b", "bad value for table_prefix"),
        ("SEARCH_API_KEY", "short", "api_key has 5 characters"),
    ],
)
def test_bad_value_names_setting(variable: str, value: str, part: str) -> None:
    with pytest.raises(ConfigError) as failure:
        load(environ={variable: value})

    assert part in failure.value.message
    assert failure.value.hint


def test_bad_secret_is_not_repeated_in_the_message() -> None:
    with pytest.raises(ConfigError) as failure:
        load(environ={"SEARCH_API_KEY": "hunter2"})

    assert "hunter2" not in failure.value.message + failure.value.hint


def test_broken_toml_names_file_with_line(tmp_path: Path) -> None:
    file = write(tmp_path, "workers = 2\nbind = 127.0.0.1\n")

    with pytest.raises(ConfigError) as failure:
        load(file, environ={})

    assert str(file) in failure.value.message
    assert "line 2" in failure.value.message


def test_config_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no settings file at"):
        load(tmp_path / "none.toml", environ={})


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().workers = 3  # type: ignore[misc]


def test_every_setting_has_a_description_that_is_a_sentence() -> None:
    texts = {name: f.description or "" for name, f in Settings.model_fields.items()}

    bad = [
        n for n, text in texts.items() if not (text[:1].isupper() and text[-1:] == ".")
    ]

    assert bad == []
