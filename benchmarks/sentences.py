"""Where sentences end: our rules and libraries, on marked boundaries and on real files.

The libraries are not dependencies of the project: pip install nupunkt sentencex syntok pysbd
"""

import argparse
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from benchmarks.record import write_result
from lab.table import table
from rag.config import BuildConfig
from rag.errors import LoadError
from rag.load import ParserProcess, parse, read_bytes, walk
from rag.sentences import blocks, sentences
from rag.wrapping import Span

GOLD = Path(__file__).parents[1] / "tests" / "data" / "sentences.txt"
BOUNDARY = "‖"
WORST = {  # long strange texts, by what they repeat
    name: unit * (20_000 // len(unit))
    for name, unit in {
        "words": "word ", "one word": "x", "dots": ".", "a.b.": "a.b.", "a. b.": "a. b. ",
        "e.g.": "e.g. ", "quotes": "“a ", "brackets": "([", "ideographs": "日本語の文。",
    }.items()
}  # fmt: skip

Finder = Callable[[str, str], Iterable[Span]]  # text and language → sentences
Case = tuple[str, str, str, set[int]]  # language, what it tests, text, where sentences begin


def marked(path: Path = GOLD) -> Iterator[Case]:
    """Yield the texts of the marked file, with where each sentence after the first begins."""
    language = topic = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language, _, topic = line.strip("[]").partition(": ")
        elif line and not line.startswith("#"):
            starts, text = set(), ""
            for part in line.split(BOUNDARY):
                starts.add(len(text))
                text += part
            yield language, topic, text, starts - {0}


def begins(text: str, found: Iterable[Span]) -> set[int]:
    """Return where each sentence after the first begins, not counting white space."""
    starts = {
        end - len(text[start:end].lstrip()) for start, end in found if text[start:end].strip()
    }
    return starts - {min(starts, default=0)}


def finders() -> dict[str, Finder]:
    """Return the functions that find sentences, by name, without libraries not installed."""
    found: dict[str, Finder] = {"footnote": lambda text, _: sentences(text)}
    for name, make in {
        "nupunkt": _nupunkt,
        "sentencex": _sentencex,
        "sentencex, all as English": lambda: _in_english(_sentencex()),
        "syntok": _syntok,
        "pysbd": _pysbd,
    }.items():
        try:
            found[name] = make()
        except ImportError:
            print(f"{name} is not installed: pip install {name.partition(',')[0]}")
    return found


def _nupunkt() -> Finder:
    spans = import_module("nupunkt").sent_spans
    return lambda text, _: spans(text)


def _sentencex() -> Finder:
    find = import_module("sentencex").get_sentence_boundaries
    return lambda text, language: [
        (found["start_index"], found["end_index"]) for found in find(language, text)
    ]


def _in_english(finder: Finder) -> Finder:
    return lambda text, _: finder(text, "en")


def _syntok() -> Finder:
    analyze = import_module("syntok.segmenter").analyze
    return lambda text, _: [
        (tokens[0].offset, tokens[-1].offset + len(tokens[-1].value))
        for paragraph in analyze(text)
        for tokens in paragraph
    ]


def _pysbd() -> Finder:
    module = import_module("pysbd")
    known = module.languages.LANGUAGE_CODES
    return lambda text, language: [
        (found.start, found.end)
        for found in module.Segmenter(
            language if language in known else "en", clean=False, char_span=True
        ).segment(text)
    ]


def against_gold(find: Finder, cases: Iterable[Case]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the boundaries."""
    right = found = gold = 0
    for language, _, text, starts in cases:
        mine = begins(text, find(text, language))
        right, found, gold = right + len(mine & starts), found + len(mine), gold + len(starts)
    return right / max(1, found), right / max(1, gold), 2 * right / max(1, found + gold)


def milliseconds(find: Finder, text: str) -> float:
    """Return the milliseconds for a million characters of such text, the best of three."""
    best = math.inf
    for _ in range(3):
        began = time.perf_counter()
        list(find(text, "en"))
        best = min(best, time.perf_counter() - began)
    return 1e9 * best / len(text)


def figures(find: Finder, cases: list[Case], prose: str) -> dict[str, float | int | str]:
    """Return the figures of one finder, a row of the table."""
    precision, recall, f1 = against_gold(find, cases)
    parts = {
        "English": [case for case in cases if case[0] == "en"],
        "German": [case for case in cases if case[0] == "de"],
        "others": [case for case in cases if case[0] not in {"en", "de"}],
    }
    worst = {name: milliseconds(find, text) for name, text in WORST.items()}
    slowest = max(worst, key=lambda name: worst[name])
    return {
        "precision": precision,
        "recall": recall,
        "F1": f1,
        **{f"F1, {name}": against_gold(find, part)[2] for name, part in parts.items()},
        "prose, ms": round(milliseconds(find, prose)),
        "worst, ms": f"{worst[slowest]:,.0f} ({slowest})",
    }


def texts(folder: Path) -> Iterator[str]:
    """Yield the text of every file of a folder that can be read."""
    settings = BuildConfig()
    with ParserProcess(settings.parse_seconds, settings.parse_bytes) as process:
        for source in walk([folder]):
            try:
                data = read_bytes(source, settings.file_bytes, process)
                yield parse(data, source.suffix, process).text
            except LoadError as error:
                print(f"{source.id}: {error}")


def differing(find: Finder, documents: Iterable[str]) -> tuple[int, list[str]]:
    """Return the number of our sentences, and the places in our paragraphs that differ."""
    count, places = 0, []
    for text in documents:
        for start, end in blocks(text, 0, len(text)):
            block = text[start:end]
            ours, theirs = begins(block, sentences(block)), begins(block, find(block, "en"))
            count += len(ours) + 1
            for place in sorted(ours ^ theirs):
                around = f"{block[max(0, place - 40) : place]}{BOUNDARY}{block[place : place + 25]}"
                places.append(f"{'ours' if place in ours else 'theirs':6} {around!r}")
    return count, places


def main() -> None:
    """Print the table; with documents, also how often each library differs, with some places."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, help="folder of real files to compare on")
    parser.add_argument("--show", type=int, default=0, help="differing places to print for each")
    arguments = parser.parse_args()
    cases, rows = list(marked()), {}
    documents = list(texts(arguments.documents)) if arguments.documents else []
    prose = "\n".join(path.read_text("utf-8") for path in sorted(Path("corpus").glob("*.md"))) * 20
    for name, find in finders().items():
        rows[name] = {"release": _release(name), **figures(find, cases, prose[:250_000])}
        if documents:
            count, places = differing(find, documents)
            rows[name]["differs from ours, per 1,000 sentences"] = round(
                1000 * len(places) / count, 1
            )
            for place in random.Random(1).sample(places, min(arguments.show, len(places))):
                print(name, place)
        print(name, rows[name], flush=True)
    print(table(["", *rows["footnote"]], [[name, *row.values()] for name, row in rows.items()]))
    write_result("sentences", rows)


def _release(name: str) -> str:
    return version("footnote-rag" if name == "footnote" else name.partition(",")[0])


if __name__ == "__main__":
    main()
