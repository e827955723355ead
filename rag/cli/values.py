"""What the text of an argument means. Errors say what is wrong with it, not what checked it."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

from rag.config import AskConfig
from rag.words import day_of

Run = Callable[[argparse.Namespace], int]
Command = Callable[..., argparse.ArgumentParser]


def add_threshold(made: argparse.ArgumentParser) -> None:
    """Add the confidence below which an answer is refused."""
    usual = AskConfig().threshold
    text = f"refuse answers with a confidence below this ({usual})"
    made.add_argument("--threshold", type=share, default=usual, metavar="P", help=text)


def place(text: str) -> Path | str:
    """Return the folder of an index, or the address of a published one."""
    return text if "://" in text else Path(text)


def day(text: str) -> date:
    """Return the day written as 2025-07-31."""
    try:
        return day_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def positive(text: str) -> int:
    """Return a whole number above 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return int(text)


def count(text: str) -> int:
    """Return a whole number, 0 or above."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 on")
    return int(text)


def exportable(text: str) -> Path:
    """Return the name of a file to which an answer can be written."""
    if not text.lower().endswith((".docx", ".json")):
        raise argparse.ArgumentTypeError(f"{text} does not end in .docx or .json")
    return Path(text)


def number(text: str) -> int:
    """Return a whole number."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number") from error


def share(text: str) -> float:
    """Return a number from 0 to 1."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return found
