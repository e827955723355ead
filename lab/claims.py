"""Claims about documents, with what these say of them; made by program, or written by people.

A quarter of the documents is left out of the index, so that nothing is said of their claims.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.data import Paragraphs, squad, title_of
from lab.lines import read_lines
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.reader import make_reader
from lab.statements import answers_by_shape, false_statements, true_statements
from rag.checking import Checker, Verdict
from rag.checking.claims import Claim
from rag.config import AskConfig
from rag.pipeline import Pipeline
from rag.scope import Scope

VERDICTS: tuple[Verdict, ...] = ("missing", "supported", "contradicted")
LABELS: dict[str, Verdict] = {"supports": "supported", "refutes": "contradicted"}
LEFT_OUT = 0.25  # share of the documents
OTHERS = 600  # documents without a claim, at most
BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"'}
LOOSE = re.compile(r" (?=[,.;:?!)\]%]|'s\b|n't\b|--)|(?<=[(\[]) ")


@dataclass(frozen=True, slots=True)
class Stated:
    """A claim, what the documents say of it, how it was made, and the document it is about."""

    text: str
    verdict: Verdict
    kind: str
    document: str


@dataclass(frozen=True, slots=True)
class Claims:
    """Documents by file name, and claims about them and about documents left out."""

    documents: dict[str, str]
    claims: list[Stated]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim with the features of the sentence nearest to it; `is_of_document`: from its own."""

    claim: Stated
    evidence: dict[str, float]
    is_of_document: bool


def made_claims(path: Path, count: int, chance: random.Random) -> Claims:
    """Return claims made of the questions of a SQuAD-style file."""
    data = squad(path)
    left_out = set(chance.sample(sorted(data.texts), int(LEFT_OUT * len(data.texts))))
    found: list[Stated] = []
    pools = answers_by_shape(data.questions)
    for question in chance.sample(data.questions, len(data.questions)):
        if len(found) < count and question.answers:
            text, gone = data.texts[question.paragraph], question.paragraph in left_out
            for how, said in true_statements(question, text).items():
                made: dict[str, str] = {"": said}
                if not gone:
                    pool = pools[question.title]
                    made |= false_statements(said, question.answers[0], text, pool, chance)
                change = chance.choice(sorted(made))
                verdict: Verdict = "missing" if gone else "contradicted" if change else "supported"
                kind = f"{how}, {change}" if change else how
                found.append(Stated(made[change], verdict, kind, question.paragraph))
    return Claims(_documents(data, found, left_out), found)


def written_claims(path: Path, every: int, first: int = 0) -> Claims:
    """Return every n-th claim of a file of supported and refuted ones, with the evidence."""
    documents: dict[str, str] = {}
    entries = []
    for number, entry in enumerate(read_lines(path)):
        if number % every == first:
            evidence = _clean(" ".join(entry.get("gold_sentences") or [entry["premise"]]))
            title = f"# {entry['title']}\n\n" if entry.get("title") else ""
            name = documents.setdefault(f"{title}{evidence}", f"{len(documents):05}.md")
            entries.append((_clean(entry["claim"]), LABELS[entry["label"]], name))
    names = sorted(documents.values())
    left_out = set(random.Random(every).sample(names, int(LEFT_OUT * len(names))))
    return Claims(
        {name: text for text, name in documents.items() if name not in left_out},
        [
            Stated(text, "missing" if name in left_out else verdict, verdict, name)
            for text, verdict, name in entries
        ],
    )


def labelled(name: str, claims: Claims, encoder: CachedEncoder) -> list[Labelled]:
    """Return the claims with the features that the program computes of them."""
    checker = pool_checker(name, claims, encoder)
    return list(_labelled(checker, claims.claims))


def pool_checker(name: str, claims: Claims, encoder: CachedEncoder) -> Checker:
    """Return the program's checker over the documents of claims."""
    index = pool_index(name, claims.documents, encoder, PARAGRAPHS)
    return Pipeline(index, encoder, make_reader(index), AskConfig()).checker()


def _labelled(checker: Checker, claims: Sequence[Stated]) -> Iterator[Labelled]:
    for stated in claims:
        weighed = checker.weighed(Claim(stated.text, 0, len(stated.text)), Scope())
        if weighed is not None:
            own = weighed.span.passage.document.id == stated.document
            yield Labelled(stated, weighed.found, own)


def _documents(data: Paragraphs, claims: Sequence[Stated], left_out: set[str]) -> dict[str, str]:
    """Return the paragraphs of the claims and some others, each below the title of its article."""
    wanted = dict.fromkeys([claim.document for claim in claims] + list(data.texts)[:OTHERS])
    return {
        name: f"{title_of(data.titles[name])}\n\n{data.texts[name]}".strip()
        for name in wanted
        if name not in left_out
    }


def _clean(text: str) -> str:
    for mark, plain in BRACKETS.items():
        text = text.replace(mark, plain)
    return LOOSE.sub("", re.sub(r"\s+", " ", text)).strip()
