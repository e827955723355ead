"""What a conversation is about: the names and things that its questions name, the newest first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.asking.collection import request_of
from rag.asking.naming import names_a_text
from rag.asking.parts import STARTS
from rag.asking.subjects import FORM, names_in, topic_of
from rag.index.terms import STOP_WORDS

PRONOUN = re.compile(
    r"\b(?:i|we|you|it|he|she|they|him|them|its|his|her|hers|their|theirs|there|that|this|those|"
    r"these|me|us|one|ones|any|anyone|anything|else|others?)\b",
    re.IGNORECASE,
)
REQUEST = re.compile(
    r"(?:please |(?:can|could) you )*(?:tell me|explain|describe|show me|give me|list)"
    r"(?: more| something| a bit)?(?: about| on)?\s+(?P<what>.+)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\w)")
WORD = re.compile(r"[^\W_][\w'’-]*(?:\.[A-Za-z][A-Za-z0-9]*)*")
ASKS = frozenset(
    "tell explain describe show give list know mean like happen happened work works need get use "
    "make take find many much long often far old big large high kind type types kinds sort name "
    "names please thing things one ones other others else also still ever some any all more most "
    "different main good best there about after before during up out not no did used and or".split()
)
FADES = 0.6  # what a topic counts for after another question
LONGEST = 6  # words of a topic


@dataclass(frozen=True, slots=True)
class Talked:
    """What was talked about: the last question as it stands alone, and what each topic counts.

    `words` are of the first question that names nothing plainly.
    """

    earlier: str = ""
    topics: Mapping[str, float] = field(default_factory=dict)
    words: str = ""

    def topic(self) -> str:
        """Return the topic that counts most, the newest of equals; "" if there is none."""
        newest = reversed(list(self.topics.items()))
        return max(newest, key=lambda pair: pair[1], default=("", 0.0))[0]

    def after(self, question: str) -> "Talked":
        """Return what was talked about after another question that stands alone."""
        counts = {topic: FADES * count for topic, count in self.topics.items()}
        for topic in reversed(topics_of(question)):  # the first is the newest
            known = next((old for old in counts if topic in old or old in topic), topic)
            count = counts.pop(known, 0.0) + 1
            counts[max(known, topic, key=len)] = count
        return Talked(question, counts, self.words or _longest_run(question))


def topics_of(question: str) -> list[str]:
    """Return the names in a question, or the thing that it is about; [] if that is not plain."""
    last = SENTENCE.split(question.strip())[-1].strip(" ?.!")
    if text := _text_in(last):
        return [text]
    if names := [match[0] for match in names_in(last)]:
        return list(dict.fromkeys(names))
    asked = REQUEST.fullmatch(last)
    topic = asked["what"] if asked else topic_of(last)
    topic = topic.rpartition(" of ")[2].partition("'s ")[0]
    is_plain = len(topic.split()) <= LONGEST and not PRONOUN.search(topic)
    return [topic] if topic and is_plain and not STARTS.match(topic) else []


def _text_in(question: str) -> str:
    """Return what a question about a document calls it; "" if it asks about no text."""
    request = request_of(question)
    if request is None or request.wanted == "mentions" or not names_a_text(request.name):
        return ""
    start = question.lower().find(request.name)
    return question[start : start + len(request.name)] if start >= 0 else ""


def _longest_run(question: str) -> str:
    """Return the most words next to each other that are no function words, the last of equals."""
    best, start, end = "", -1, -1
    for word in WORD.finditer(question):
        if word[0].lower() in STOP_WORDS | ASKS or re.fullmatch(FORM, word[0].lower()):
            start = -1
            continue
        if start < 0 or question[end : word.start()].strip():
            start = word.start()
        end = word.end()
        if len(question[start:end].split()) >= len(best.split()):
            best = question[start:end]
    return best if len(best) > 2 else ""
