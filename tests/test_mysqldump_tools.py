"""Is a dump of each tool read, and is it noticed when its end is missing?"""

from __future__ import annotations

import pytest

from service.errors import SourceError, SourceIncomplete
from tests.support.dumps import read

_TABLE = "CREATE TABLE `typecho_contents` (`cid` int, `title` text, `text` text);\n"
_ROW = "(1,'a','x')"
_LOCKED = f"""LOCK TABLES `typecho_contents` WRITE;
INSERT INTO `typecho_contents` VALUES {_ROW};
UNLOCK TABLES;
"""
_SAVE = """/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
"""
_GIVE_BACK = "/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n"

# A head with the rows, and the end without which the dump is not whole.
TOOLS: dict[str, tuple[str, str]] = {
    "mysqldump 5.5": (
        "-- MySQL dump 10.13  Distrib 5.5.62, for Linux (x86_64)\n--\n"
        f"-- Host: localhost    Database: b\n{_TABLE}{_LOCKED}",
        "-- Dump completed on 2014-01-31 23:59:59\n",
    ),
    "mysqldump 8.4": (
        "-- MySQL dump 10.13  Distrib 8.4.0, for Linux (x86_64)\n"
        f"/*!50503 SET NAMES utf8mb4 */;\n{_TABLE}{_LOCKED}",
        "-- Dump completed on 2024-05-01  0:00:00\n",
    ),
    "mysqldump without dates": (
        f"-- MySQL dump 10.13  Distrib 5.7.44, for Win64 (x86_64)\n{_TABLE}{_LOCKED}",
        "-- Dump completed\r\n",
    ),
    "mariadb-dump 10": (
        "-- MariaDB dump 10.19  Distrib 10.6.18-MariaDB, for Linux (x86_64)\n"
        f"{_TABLE}{_LOCKED}",
        "-- Dump completed on 2023-01-01 12:00:00\n",
    ),
    "mariadb-dump 11": (
        "/*M!999999\\- enable the sandbox mode */ \n"
        "-- MariaDB dump 10.19-11.4.2-MariaDB, for debian-linux-gnu (x86_64)\n"
        "/*M!100616 SET @OLD_NOTE_VERBOSITY=@@NOTE_VERBOSITY, NOTE_VERBOSITY=0 */;\n"
        f"{_TABLE}{_LOCKED}",
        "-- Dump completed on 2024-07-01  1:02:03\n",
    ),
    "mysqldump without comments": (f"{_SAVE}{_TABLE}{_LOCKED}", _GIVE_BACK),
    "mysqlpump": (
        f"-- Dump created by MySQL pump utility, version: 5.7.30\n{_TABLE}{_LOCKED}",
        "-- Dump end time: Fri Jan  1 00:00:00 2021\n",
    ),
    "phpMyAdmin 5": (
        "-- phpMyAdmin SQL Dump\n-- version 5.2.1\n-- https://www.phpmyadmin.net/\n--\n"
        '-- 主机： localhost\nSET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";\n'
        f'START TRANSACTION;\nSET time_zone = "+00:00";\n\n{_SAVE}'
        f"/*!40101 SET NAMES utf8mb4 */;\n{_TABLE}\n--\n-- 转存表中的数据\n--\n\n"
        "INSERT INTO `typecho_contents` (`cid`, `title`, `text`) VALUES\n"
        f"{_ROW};\nALTER TABLE `typecho_contents`\n  ADD KEY (`cid`);\nCOMMIT;\n",
        _GIVE_BACK,
    ),
    "phpMyAdmin 5 before its COMMIT": (
        "-- phpMyAdmin SQL Dump\n-- version 5.2.1\nSTART TRANSACTION;\n"
        f"{_TABLE}INSERT INTO `typecho_contents` VALUES {_ROW};\n",
        "COMMIT;\n",
    ),
    "Navicat 12": (
        "/*\n Navicat Premium Data Transfer\n\n Source Server : b\n"
        "*/\n\nSET NAMES utf8mb4;\nSET FOREIGN_KEY_CHECKS = 0;\n"
        f"DROP TABLE IF EXISTS `typecho_contents`;\n{_TABLE}BEGIN;\n"
        f"INSERT INTO `typecho_contents` VALUES {_ROW};\nCOMMIT;\n",
        "SET FOREIGN_KEY_CHECKS = 1;\n",
    ),
    "HeidiSQL": (
        "-- -----------------------------------------------\n-- 主机: 127.0.0.1\n"
        f"-- HeidiSQL 版本: 11.3\n-- ------\n\n{_SAVE[:64]}\n"
        "/*!40101 SET NAMES utf8 */;\n/*!50503 SET NAMES utf8mb4 */;\n"
        "/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS */;\n"
        f"{_TABLE}\n/*!40000 ALTER TABLE `typecho_contents` DISABLE KEYS */;\n"
        f"INSERT INTO `typecho_contents` (`cid`, `title`, `text`) VALUES\n\t{_ROW};\n",
        "/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;\n" + _GIVE_BACK,
    ),
    "Adminer 4": (
        "-- Adminer 4.8.1 MySQL 5.7.40 dump\n\nSET NAMES utf8mb4;\n"
        "SET time_zone = '+00:00';\nSET foreign_key_checks = 0;\n"
        f"SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';\n\n{_TABLE}\n"
        f"INSERT INTO `typecho_contents` (`cid`, `title`, `text`) VALUES\n{_ROW};\n",
        "-- 2024-01-01 00:00:00\n",
    ),
    "Adminer 5": (
        f"-- Adminer 5.0.5 MySQL 8.0.36 dump\n\nSET NAMES utf8mb4;\n\n{_TABLE}\n"
        f"INSERT INTO `typecho_contents` (`cid`, `title`, `text`) VALUES\n{_ROW};\n",
        "-- 2025-03-01 10:00:00 UTC\n",
    ),
}

OPEN_ENDED: dict[str, str] = {
    "Navicat 8": (
        "/*\nNavicat MySQL Data Transfer\n\nSource Server : b\n*/\n"
        f"SET FOREIGN_KEY_CHECKS=0;\n-- ----\n{_TABLE}"
        f"INSERT INTO `typecho_contents` VALUES {_ROW};\n"
    ),
    "phpMyAdmin 2": (
        "-- phpMyAdmin SQL Dump\n-- version 2.11.5\n-- 主机: localhost\n"
        f"{_TABLE}INSERT INTO `typecho_contents` VALUES {_ROW};\n"
    ),
    "Adminer 3": (
        f"-- Adminer 3.7.1 MySQL dump\n\nSET NAMES utf8;\n{_TABLE}"
        f"INSERT INTO `typecho_contents` VALUES {_ROW};\n"
    ),
    "mysqldump --compact": f"{_TABLE}INSERT INTO `typecho_contents` VALUES {_ROW};\n",
}


@pytest.mark.parametrize(("head", "end"), TOOLS.values(), ids=TOOLS.keys())
def test_a_whole_dump_of_the_tool_is_read(head: str, end: str) -> None:
    assert read(head + end) == [{"cid": 1, "title": "a", "text": "x"}]


@pytest.mark.parametrize(("head", "end"), TOOLS.values(), ids=TOOLS.keys())
def test_a_missing_end_is_noticed(head: str, end: str) -> None:
    with pytest.raises(SourceIncomplete, match="without") as raised:
        read(head)

    assert raised.value.hint


@pytest.mark.parametrize(("head", "end"), TOOLS.values(), ids=TOOLS.keys())
def test_a_dump_that_is_cut_anywhere_gives_no_row(head: str, end: str) -> None:
    whole = (head + end).encode()

    for length in range(len(head.encode()) + 1):
        with pytest.raises(SourceError):
            read(whole[:length])


@pytest.mark.parametrize("dump", OPEN_ENDED.values(), ids=OPEN_ENDED.keys())
def test_a_tool_that_writes_no_end_is_read(dump: str) -> None:
    assert read(dump) == [{"cid": 1, "title": "a", "text": "x"}]


def test_the_second_of_two_dumps_in_one_file_must_also_be_whole() -> None:
    head, end = TOOLS["mysqldump 8.4"]

    with pytest.raises(SourceIncomplete, match="closing comment of mysqldump"):
        read(head + end + head)


def test_an_open_lock_is_an_early_end() -> None:
    with pytest.raises(SourceIncomplete, match="without UNLOCK TABLES"):
        read(_TABLE + "LOCK TABLES `typecho_contents` WRITE;\n")


def test_a_closing_line_inside_a_post_closes_nothing() -> None:
    head, _ = TOOLS["mysqldump 8.4"]

    with pytest.raises(SourceIncomplete, match="closing comment"):
        read(head.replace("'x'", "'\n-- Dump completed on 2024-01-01\n'"))
