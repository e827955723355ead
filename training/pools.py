"""Held-out questions over pools of training paragraphs, to fit the constants of rag/read on."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lab.cases import Case, cases
from lab.data import Paragraphs, Question, squad
from lab.examples import Example as Asked
from lab.examples import is_held_out
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.reader import make_examiner
from rag.config import BuildConfig
from rag.index import Index
from rag.read import Reading
from training import rules, sheets, written
from training.changes import words_of

POOLS = (  # the pool, the half of its titles that is in the index or None for all, the lengths
    ("squad-train", 0, PARAGRAPHS),
    ("squad-train", 1, BuildConfig()),
    ("squadshifts-wiki", 0, BuildConfig()),
    ("squadshifts-wiki", 1, BuildConfig()),
    ("qed-nq-train", 0, PARAGRAPHS),
    ("tydiqa-en-train", 0, PARAGRAPHS),
    ("quoref-dev", None, BuildConfig()),
    ("hotpotqa-paragraphs", None, PARAGRAPHS),
    ("multispanqa", None, BuildConfig()),
)
MISSES = "squad-v2-unanswerable"  # near misses of paragraphs of squad-train
SHEETS = (1, 2, 4, 8, 40) * 8  # small documents made by program: how many are in each index
RULES = 100  # indexes of up to four small documents with rules
WRITTEN = (1, 2, 4, 8)  # families of documents written by hand: how many are in each index
ARTICLE_PARAGRAPHS = 8  # an article with fewer is not used as a corpus


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its reading; `gold` has the sentences that answer it."""

    case: Case
    reading: Reading
    gold: npt.NDArray[np.bool_]
    group: str


def examples(data: Path, encoder: CachedEncoder) -> list[Example]:
    """Return the questions of every pool: answerable, deceiving, or without their paragraph."""
    found: list[Example] = []
    for name, half, config in POOLS:
        paragraphs = squad(data / "train" / f"{name}.jsonl.gz")
        if name == "squad-train":
            paragraphs = _with_misses(paragraphs, squad(data / "train" / f"{MISSES}.jsonl.gz"))
        titles = sorted(set(paragraphs.titles.values()))
        random.Random(7).shuffle(titles)
        inside = set(titles if half is None else titles[half::2])
        kept = {
            key: text for key, text in paragraphs.texts.items() if paragraphs.titles[key] in inside
        }
        index = pool_index(f"fit-{name}-{half or 0}", kept, encoder, config)
        found += _read(
            f"{name}-{half or 0}", paragraphs, index, _held_out(paragraphs), encoder, list(kept)
        )
    articles = _articles(squad(data / "train" / "squad-train.jsonl.gz"), encoder)
    made = _sheets(encoder) + _rules(encoder) + _written(encoder)
    return found + articles + made


def _with_misses(data: Paragraphs, misses: Paragraphs) -> Paragraphs:
    """Return the questions about these paragraphs with the near misses of them."""
    keys = {text: key for key, text in data.texts.items()}
    added = [
        replace(question, paragraph=keys[misses.texts[question.paragraph]])
        for question in misses.questions
        if misses.texts[question.paragraph] in keys
    ]
    return replace(data, questions=(*data.questions, *added))


def _sheets(encoder: CachedEncoder) -> list[Example]:
    """Return questions about data sheets made by program, as many as there are near misses."""
    found = []
    for number, size in enumerate(SHEETS):
        groups = list(sheets.groups(size, (), random.Random(f"sheets {number}")))
        found += _small(f"sheets-{number}", groups, encoder)
    return found


def _rules(encoder: CachedEncoder) -> list[Example]:
    """Return questions about rules of topics that training has not seen, one file for each."""
    found = []
    for number in range(RULES):
        groups = rules.groups(4, (), random.Random(f"rules {number}"), held_out=True)
        by_topic = {_thing(group[0]): group for group in groups}
        found += _small(f"rules-{number}", list(by_topic.values()), encoder)
    return found


def _written(encoder: CachedEncoder) -> list[Example]:
    """Return questions about documents written by hand that training has not seen."""
    families = written.families(held_out=True)
    random.Random(7).shuffle(families)
    sizes = WRITTEN * (len(families) // sum(WRITTEN) + 1)
    found = []
    for number, end in enumerate(accumulate(sizes)):
        part = families[end - sizes[number] : end]
        groups = [list(_apart(document, part)) for family in part for document in family]
        groups = [group for group in groups if group]
        found += _small(f"written-{number}", groups, encoder) if groups else []
    return found


def _apart(
    document: written.Written, families: Sequence[Sequence[written.Written]]
) -> Iterator[Asked]:
    """Yield the questions of a document that have a word which the other families lack."""
    others = {
        word
        for family in families
        if family[0].family != document.family
        for other in family
        for word in words_of(f"{other.title} {other.text}")
    }
    yield from (e for e in written.asked_of(document) if words_of(e.question) - others)


def _small(name: str, groups: Sequence[Sequence[Asked]], encoder: CachedEncoder) -> list[Example]:
    """Return the questions about a few files that no other one of them speaks of."""
    files = [sheets.file_of(place, group[0]) for place, group in enumerate(groups)]
    texts = dict(files)
    questions = [
        Question(e.id, e.question, tuple(e.context[a:b] for a, b in e.spans), key, e.title)
        for (key, _), group in zip(files, groups, strict=True)
        for e in group
        if not any(_names(e, *other) for other in files if other[0] != key)
    ]
    index = pool_index(f"fit-{name}", texts, encoder)
    paragraphs = Paragraphs(texts, dict.fromkeys(texts, ""), tuple(questions))
    group = f"{name.partition('-')[0]}-0"
    return _read(group, paragraphs, index, questions, encoder, list(texts))


def _thing(example: Asked) -> str:
    """Return what a question made by program is about, a name or a topic; else empty."""
    return example.id.partition(" ")[2]


def _names(example: Asked, name: str, text: str) -> bool:
    """Return whether a file names what a question is about."""
    thing = _thing(example)
    return bool(thing) and (thing in text or thing.lower().replace(" ", "-") in name)


def _articles(data: Paragraphs, encoder: CachedEncoder) -> list[Example]:
    """Return questions about single articles, with every other paragraph removed."""
    keys_of: dict[str, list[str]] = {}
    for key, title in data.titles.items():
        keys_of.setdefault(title, []).append(key)
    held_out = _held_out(data)
    found: list[Example] = []
    for number, (title, keys) in enumerate(sorted(keys_of.items())):
        about = [question for question in held_out if question.title == title]
        if len(keys) < ARTICLE_PARAGRAPHS or not about:
            continue
        for half in (0, 1):
            kept = keys[half::2]
            text = "\n\n".join(data.texts[key] for key in kept)
            index = pool_index(f"fit-article-{number}-{half}", {"article.txt": text}, encoder)
            strangers = random.Random(f"{number} {half}").sample(held_out, 1)
            asked = [*about, *(question for question in strangers if question.title != title)]
            found += _read(f"article-{number}", data, index, asked, encoder, kept)
    return found


def _held_out(data: Paragraphs) -> list[Question]:
    return [question for question in data.questions if is_held_out(data.texts[question.paragraph])]


def _read(
    group: str,
    data: Paragraphs,
    index: Index,
    asked: Sequence[Question],
    encoder: CachedEncoder,
    inside: Sequence[str],
) -> list[Example]:
    """Read what an index retrieves for questions.

    Leave out those that nothing in it answers and that are no near misses.
    """
    examiner = make_examiner(index)
    held = set(inside)
    found = []
    for case in cases(
        index, encoder, data, [q for q in asked if q.paragraph in held or q.answers], inside
    ):
        reading = examiner.examine(case.question.text, case.hits)
        gold = np.array([case.inside and case.held_by(span) for span in reading.spans], np.bool_)
        found.append(Example(case, reading, gold, group))
    return found
