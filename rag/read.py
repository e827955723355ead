"""Which sentences of the retrieved passages answer a question, and whether any does.

Owns two small linear models. `RANK` orders the sentences: how close each is to the question, how many of the
question's rare words stand in it and around it, and whether it holds the kind of thing that is asked for. `ANSWERED`
turns what is known about the best sentence into the probability that it answers. Both are fitted by
benchmarks/fit_reader.py.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.types import Encoder, Hit, Passage, Scores, Span

Terms = Callable[[str], list[str]]
Table = npt.NDArray[np.float64]

RANK: dict[str, float] = {
    "similarity": 4.23,
    "similarity_before": 0.55,
    "similarity_after": 0.16,
    "closest_in_passage": 0.41,
    "coverage": 4.19,
    "coverage_before": 2.97,
    "coverage_after": 1.41,
    "near_coverage": 0.11,
    "pairs": 0.89,
    "cost": 0.90,
    "number": 2.73,
    "date": 2.79,
    "person": 1.80,
    "place": 0.76,
    "cause": 0.77,
    "new_terms": 0.12,
    "is_question": -0.29,
    "refers_back": 0.24,
    "first": 0.30,
    "passage_coverage": 3.51,
    "passage_score": 1.48,
    "passage_similarity": 8.54,
}
ANSWERED: dict[str, float] = {
    "constant": -5.76,
    "lead": 1.35,
    "similarity": 2.79,
    "most_similar": 4.29,
    "passage_similarity": 1.72,
    "coverage": 0.48,
    "passage_coverage": 2.49,
    "numbers_missing": -0.74,
    "names_missing": -0.90,
    "kind_not_found": -0.47,
    "agreed": 0.26,
    "breadth": 0.05,
}

NAME = re.compile(r"(?<=[\s(\"“‘'—–-])[A-Z][\w’'-]+|^[\"“(]?[A-Z]\w+(?=,? [A-Z]\w)")
NUMBER = re.compile(
    r"\d[\d.,]*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|"
    r"[mb]illions?|half|third|quarter|twice|once|single|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|both|no)\b",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\b(?:1\d{3}|20\d\d)s?\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\b|\b(?:[Mm]onday|[Tt]uesday|[Ww]ednesday|[Tt]hursday|[Ff]riday|[Ss]aturday|[Ss]unday|century|centuries|BC|AD|"
    r"morning|noon|midnight|yesterday|today|tomorrow|spring|summer|autumn|winter)\b|\b\d{1,2}:\d\d\b"
)
MONEY = re.compile(
    r"[$€£¥₹]\s?\d|\d[\d.,]*\s?(?:[mb]illion |thousand )?(?:dollars?|euros?|pounds?|yen|yuan|rupees?|USD|EUR|GBP)\b"
)
CAUSE = re.compile(
    r"\b(?:because|due|since|so|order|reasons?|result\w*|caus\w*|led|leads?|therefore|thus|owing|avoid|prevent|allow\w*|"
    r"enabl\w*|to \w+)\b",
    re.IGNORECASE,
)
KINDS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "cost",
        re.compile(r"\bhow much\b.*\b(?:cost|pay|paid|worth|spen[dt]|earn)|\b(?:price|cost|fee|salary|budget)\b"),
        MONEY,
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|long|far|old|tall|large|big|fast|high|deep|wide|often)\b|"
            r"\bwh(?:at|ich) (?:is the |was the |are the |were the )?(?:percent|number|population|total)"
        ),
        NUMBER,
    ),
    ("date", re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time|season)\b"), DATE),
    ("person", re.compile(r"\b(?:who|whom|whose)\b"), NAME),
    (
        "place",
        re.compile(r"\bwhere\b|\b(?:what|which) (?:country|city|state|town|region|continent|place|county)\b"),
        NAME,
    ),
    ("cause", re.compile(r"\bwhy\b|\bwhat (?:reason|cause[ds]?)\b"), CAUSE),
)
REFERS_BACK = re.compile(r"(?:He|She|It|They|His|Her|Its|Their|This|These|Those|That|Such)\b")
WORSE = 8.0  # a quote whose odds are this many times lower than the best one's is left out
NOWHERE = "\0"  # a term that no passage holds: its rarity is the logarithm of how many passages there are
SAME = 0.75  # share of common words from which two sentences say the same


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known about every sentence of the retrieved passages: one row each, one column a feature.

    `terms` tells which of the question's terms stand in the sentence's passage or heading, `shares` how much of the
    question's rarity each term carries.
    """

    spans: list[Span]
    hits: list[Hit]
    features: dict[str, Table]
    terms: npt.NDArray[np.bool_]
    shares: Table
    breadth: float


class SentenceReader:
    """Scores every sentence of the hits' passages; what it needs of an index is given to it."""

    def __init__(
        self,
        encoder: Encoder,
        terms_of: Terms,
        rarity: Callable[[list[str]], Scores],
        sentences: Callable[[Passage], list[tuple[int, int]]],
        content_terms: Terms | None = None,
    ) -> None:
        self._encoder = encoder
        self._terms_of = terms_of
        self._rarity = rarity
        self._sentences = sentences
        self._content_terms = content_terms or terms_of

    def read(self, question: str, hits: Sequence[Hit]) -> list[Span]:
        """Return every sentence, best first; a score is the probability that the sentence answers the question."""
        reading = self.examine(question, hits)
        if not reading.spans:
            return []
        ranks = ranked(reading)
        order = np.argsort(-ranks, kind="stable")
        evidence = answered_features(question, reading, order)
        log_odds = ANSWERED["constant"] + sum(
            weight * evidence[name] for name, weight in ANSWERED.items() if name != "constant"
        )
        return [
            Span(span.passage, span.start, span.end, _probability(log_odds + ranks[row] - ranks[order[0]]))
            for row in order.tolist()
            for span in [reading.spans[row]]
        ]

    def examine(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Return all sentences of the passages, each passage text once, with their features."""
        kept, spans, numbers = self._units(hits)
        if not spans:
            return Reading([], [], {}, np.zeros((0, 0), np.bool_), np.zeros(0), 0.0)
        vectors = self._encoder.encode([span.text for span in spans])
        similarity = (vectors @ self._encoder.encode_questions([question])[0]).astype(np.float64)
        terms = list(dict.fromkeys(self._content_terms(question)))
        *rarest, breadth = self._rarity([*terms, NOWHERE]).astype(np.float64)
        rarity = np.array(rarest)
        shares = rarity / max(float(rarity.sum()), 1e-9)
        known = [set(self._terms_of(span.text)) for span in spans]
        present = np.array([[term in words for term in terms] for words in known], np.bool_).reshape(len(spans), -1)
        titles = [set(self._terms_of(hit.passage.heading)) for hit in kept]
        around = np.array([[term in words for term in terms] for words in titles], np.bool_).reshape(len(kept), -1)
        np.logical_or.at(around, numbers, present)
        features = {
            **_closeness(similarity, numbers),
            **_coverage(present, shares, numbers),
            **_shape(question, spans, known, terms),
            "passage_coverage": around[numbers] @ shares,
            "passage_score": np.array([hit.score for hit in kept])[numbers],
            "passage_similarity": np.array([hit.similarity for hit in kept])[numbers],
        }
        return Reading(spans, [kept[number] for number in numbers], features, around[numbers], shares, float(breadth))

    def _units(self, hits: Sequence[Hit]) -> tuple[list[Hit], list[Span], npt.NDArray[np.int64]]:
        """Return hits with different texts, their sentences, and which hit each sentence belongs to."""
        kept = list({hit.passage.text: hit for hit in reversed(hits)}.values())[::-1]
        spans: list[Span] = []
        numbers: list[int] = []
        for number, hit in enumerate(kept):
            for start, end in _with_lead_ins(hit.passage, self._sentences(hit.passage)):
                spans.append(Span(hit.passage, start, end, 0.0))
                numbers.append(number)
        return kept, spans, np.array(numbers, np.int64)


def select(spans: Sequence[Span], limit: int) -> list[Span]:
    """Return at most `limit` quotes, best first: no sentence twice, none far behind the best, neighbours joined."""
    chosen: list[Span] = []
    for span in spans:
        if len(chosen) == limit or (chosen and _odds(span) * WORSE < _odds(chosen[0])):
            break
        if not any(_alike(span.text, other.text) for other in chosen):
            chosen.append(span)
    joined: list[Span] = []
    for span in sorted(chosen, key=lambda span: (span.passage.document.id, span.start)):
        if joined and _adjacent(joined[-1], span):
            last = joined.pop()
            joined.append(Span(last.passage, last.start, span.end, max(last.score, span.score)))
        else:
            joined.append(span)
    return sorted(joined, key=lambda span: -span.score)


def ranked(reading: Reading) -> Table:
    """Return the log-odds of every sentence against the others, (sentences,)."""
    total = np.zeros(len(reading.spans))
    for name, weight in RANK.items():
        total += weight * reading.features[name]
    return total


def answered_features(question: str, reading: Reading, order: npt.NDArray[np.int64]) -> dict[str, float]:
    """Return what tells whether the best sentence answers at all, or the documents say nothing about it."""
    best = int(order[0])
    column = {name: float(values[best]) for name, values in reading.features.items()}
    anywhere = reading.terms.any(axis=0)
    text = "\n".join(dict.fromkeys(hit.passage.embedded for hit in reading.hits))
    words = set(re.findall(r"\w+", text.lower()))
    numbers = re.findall(r"\d+", question)
    names = [name.lower() for name in re.findall(r"(?<=\s)[A-Z]\w+", question)]
    kind = _kind(question)
    hit = reading.hits[best]
    ranks = ranked(reading)
    return {
        "lead": -math.log(float(np.exp(ranks - ranks[best]).sum())),
        "contrast": column["similarity"] - float(reading.features["similarity"].mean()),
        "similarity": column["similarity"],
        "most_similar": float(reading.features["similarity"].max()),
        "passage_similarity": column["passage_similarity"],
        "nearest_passage": float(reading.features["passage_similarity"].max()),
        "coverage": column["coverage"],
        "near_coverage": column["near_coverage"],
        "passage_coverage": column["passage_coverage"],
        "best_coverage": float(reading.features["passage_coverage"].max()),
        "missing": float(reading.shares[~anywhere].sum()),
        "rarest_missing": float((reading.shares * ~reading.terms[best]).max(initial=0.0)),
        "numbers_missing": float(any(number not in words for number in numbers)),
        "names_missing": sum(name not in words for name in names) / max(1, len(names)),
        "names_absent_here": sum(name not in hit.passage.embedded.lower() for name in names) / max(1, len(names)),
        "kind_found": float(kind is not None and column[kind] > 0),
        "kind_not_found": float(kind is not None and column[kind] == 0),
        "kind_not_near": float(kind is not None and not _found_in_passage(reading, best, kind)),
        "breadth": reading.breadth,
        "terms": math.log1p(len(reading.shares)),
        "agreed": float(hit.dense_rank == 0) + float(hit.lexical_rank == 0),
    }


def _found_in_passage(reading: Reading, row: int, kind: str) -> bool:
    same = np.array([hit is reading.hits[row] for hit in reading.hits])
    return bool(reading.features[kind][same].any())


def _with_lead_ins(passage: Passage, sentences: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join a sentence that ends in a colon to the one that it announces."""
    text = passage.document.text
    units: list[tuple[int, int]] = []
    for start, end in sentences:
        if units and text[units[-1][1] - 1] in ":：":
            units[-1] = units[-1][0], end
        else:
            units.append((start, end))
    return units


def _closeness(similarity: Table, numbers: npt.NDArray[np.int64]) -> dict[str, Table]:
    before, after = _neighbours(similarity[:, None], numbers)
    best = np.full(int(numbers.max()) + 1, -1.0)
    np.maximum.at(best, numbers, similarity)
    return {
        "similarity": similarity,
        "similarity_before": before[:, 0],
        "similarity_after": after[:, 0],
        "closest_in_passage": (similarity == best[numbers]).astype(np.float64),
    }


def _coverage(present: npt.NDArray[np.bool_], shares: Table, numbers: npt.NDArray[np.int64]) -> dict[str, Table]:
    before, after = _neighbours(present.astype(np.float64), numbers)
    pairs = (present[:, :-1] & present[:, 1:]).sum(axis=1) / max(1, len(shares) - 1)
    return {
        "coverage": present @ shares,
        "coverage_before": np.maximum(before, present) @ shares - present @ shares,
        "coverage_after": np.maximum(after, present) @ shares - present @ shares,
        "near_coverage": np.maximum(np.maximum(before, after), present) @ shares,
        "pairs": pairs.astype(np.float64),
    }


def _neighbours(values: Table, numbers: npt.NDArray[np.int64]) -> tuple[Table, Table]:
    """Return the rows of the sentence before and after, 0 at the edges of a passage."""
    same = (numbers[1:] == numbers[:-1])[:, None]
    before, after = np.zeros_like(values), np.zeros_like(values)
    before[1:] = values[:-1] * same
    after[:-1] = values[1:] * same
    return before, after


def _shape(question: str, spans: list[Span], known: list[set[str]], terms: list[str]) -> dict[str, Table]:
    asked = set(terms)
    words = set(re.findall(r"\w+", question.lower()))
    kind = _kind(question)
    columns: dict[str, list[float]] = {name: [0.0] * len(spans) for name, _, _ in KINDS}
    if kind:
        wanted = next(pattern for name, _, pattern in KINDS if name == kind)
        columns[kind] = [float(_holds(wanted, span.text, words)) for span in spans]
    shape = {
        "new_terms": [math.log1p(len(stems - asked)) for stems in known],
        "is_question": [float(span.text.endswith("?")) for span in spans],
        "refers_back": [float(REFERS_BACK.match(span.text) is not None) for span in spans],
        "first": [float(span.start == span.passage.start) for span in spans],
    }
    return {name: np.array(values) for name, values in {**columns, **shape}.items()}


def _kind(question: str) -> str | None:
    """Return the kind of thing that a question asks for, where its words tell."""
    lower = question.lower()
    return next((name for name, asks, _ in KINDS if asks.search(lower)), None)


def _holds(wanted: re.Pattern[str], text: str, words: set[str]) -> bool:
    """Tell whether a text holds such a thing that is not in the question already."""
    return any(not words.issuperset(re.findall(r"\w+", match[0].lower())) for match in wanted.finditer(text))


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def _odds(span: Span) -> float:
    return span.score / max(1e-12, 1 - span.score)


def _alike(text: str, other: str) -> bool:
    """Tell whether the shorter of two texts says nearly nothing that the other does not."""
    words, others = (set(re.findall(r"\w+", value.lower())) for value in (text, other))
    return len(words & others) >= SAME * max(1, min(len(words), len(others)))


def _adjacent(span: Span, following: Span) -> bool:
    if span.passage.document is not following.passage.document and span.passage.document != following.passage.document:
        return False
    gap = span.passage.document.text[span.end : following.start]
    return span.end <= following.start and len(gap) <= 3 and not gap.strip() and "\n" not in gap
