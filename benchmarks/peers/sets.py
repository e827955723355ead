"""The sets for all peers: documents, questions, and what is known of the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Literal, TypeVar

from benchmarks import clapnq
from benchmarks.passages import corpora
from lab.data import squad
from lab.lines import read_lines

Span = tuple[int, int]
Item = TypeVar("Item")
NAMES = ("squad", "chunking", "clapnq")
VOLUME = "volume"  # only to measure building
EVERY = 3  # of its articles
UNANSWERABLE = 4  # questions with an answer for each one without


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a document; without answers and spans it cannot be answered."""

    text: str
    document: str
    answers: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the documents hold an answer."""
        return bool(self.answers or self.spans)


@dataclass(frozen=True, slots=True)
class Questions:
    """A set; `kind` is that of its gold: words, characters, or sentences (placed by document)."""

    name: str
    kind: Literal["words", "characters", "sentences"]
    texts: Mapping[str, str]
    asked: Sequence[Asked]
    sentences: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)


def read_set(name: str, data: Path, count: int) -> Questions:
    """Return a set by its name, cut to a number of questions, evenly spaced."""
    makers = {
        "squad": squad_pool,
        "chunking": chunking,
        "clapnq": clapnq_pool,
        VOLUME: volume,
    }
    return makers[name](data / "eval", count)


def squad_pool(folder: Path, count: int) -> Questions:
    """Return SQuAD v1.1 dev, with those of v2.0's questions that its paragraphs do not answer."""
    pool, second = (squad(folder / f"squad-v{version}-dev.jsonl.gz") for version in ("1.1", "2.0"))
    names = {text: name for name, text in pool.texts.items()}
    answered = [Asked(q.text, q.paragraph, q.answers) for q in pool.questions]
    unanswered = [
        Asked(q.text, names[second.texts[q.paragraph]])
        for q in second.questions
        if not q.answers and second.texts[q.paragraph] in names
    ]
    asked = [*evenly(answered, count), *evenly(unanswered, count // UNANSWERABLE)]
    return Questions("squad", "words", pool.texts, asked)


def chunking(folder: Path, count: int) -> Questions:
    """Return the long documents whose answers are known to the character."""
    corpus = corpora(folder.parent)[0]
    asked = [
        Asked(
            question.text,
            question.document,
            tuple(corpus.texts[question.document][start:end] for start, end in question.spans),
            question.spans,
        )
        for question in corpus.questions
    ]
    return Questions("chunking", "characters", corpus.texts, evenly(asked, count))


def clapnq_pool(folder: Path, count: int) -> Questions:
    """Return all passages of CLAPNQ without duplicates; the spans are the sentences that answer."""
    texts: dict[str, str] = {}
    sentences: dict[str, tuple[Span, ...]] = {}
    asked = []
    for question in clapnq.read_set(folder / "clapnq-dev.jsonl.gz"):
        texts[question.document] = question.text
        sentences[question.document] = question.sentences
        spans = tuple(question.sentences[number] for number in sorted(question.answering))
        asked.append(Asked(question.question, question.document, (), spans))
    return Questions("clapnq", "sentences", texts, evenly(asked, count), sentences)


def volume(folder: Path, count: int) -> Questions:
    """Return a third of the articles of SQuAD's training set, one document each, 4.5 MB of text."""
    pool = squad(folder.parent / "train" / "squad-train.jsonl.gz")
    titles = sorted(set(pool.titles.values()))[::EVERY]
    names = {title: f"{number:03}.txt" for number, title in enumerate(titles)}
    paragraphs: dict[str, list[str]] = {}
    for key, text in pool.texts.items():
        paragraphs.setdefault(pool.titles[key], []).append(text)
    texts = {name: "\n\n".join(paragraphs[title]) for title, name in names.items()}
    asked = [
        Asked(question.text, names[question.title], question.answers)
        for question in pool.questions
        if question.title in names and question.answers
    ]
    return Questions(VOLUME, "words", texts, evenly(asked, count))


def article(path: Path, asked: Path) -> Questions:
    """Return one document with the questions of a JSON Lines file (question, answers)."""
    questions = [
        Asked(entry["question"], path.name, tuple(entry["answers"])) for entry in read_lines(asked)
    ]
    return Questions("article", "words", {path.name: path.read_bytes().decode()}, questions)


def thinned(whole: Questions, questions: int, documents: int) -> Questions:
    """Return a small part of a set: its first documents, and some questions of both kinds."""
    texts = dict(list(whole.texts.items())[:documents])
    kept = [asked for asked in whole.asked if asked.document in texts]
    sorts = (
        [asked for asked in kept if asked.answerable is answerable] for answerable in (True, False)
    )
    chosen = list(chain.from_iterable(evenly(sort, questions) for sort in sorts))
    return replace(whole, texts=texts, asked=chosen)


def evenly(items: Sequence[Item], count: int) -> list[Item]:
    """Return `count` evenly spaced items, or all if there are fewer."""
    if count >= len(items):
        return list(items)
    return [items[number * len(items) // count] for number in range(count)]
