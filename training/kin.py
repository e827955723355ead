"""Words that can replace another: opposites, sisters and synonyms in WordNet 3.0.

WordNet (Princeton University, its own free licence) is read from the files that Debian's
`wordnet-base` installs.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

WORDNET = Path("/usr/share/wordnet")
PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
ENDINGS = ("s", "es", "ed", "ing", "est", "er")
SISTERS = 60  # in larger groups most words are unrelated
FAMILIAR = 3  # occurrences in the questions that make a word usable


class Kin:
    """Finds words of the same kind with another meaning, among those that questions use."""

    def __init__(self, questions: Iterable[str], folder: Path = WORDNET) -> None:
        """Read WordNet; raises SystemExit, with what to do, if it is not installed."""
        if not (folder / "data.noun").exists():
            raise SystemExit(f"No WordNet in {folder}. Install it: apt-get install wordnet-base")
        words = Counter(
            word.strip("?,.'\"").lower() for question in questions for word in question.split()
        )
        self._familiar = {word for word, times in words.items() if times >= FAMILIAR}
        self._senses: dict[str, list[tuple[int, str]]] = {}
        self._lines: dict[str, str] = {}
        for part, mark in PARTS.items():
            for line in (folder / f"index.{part}").read_text().splitlines():
                if not line.startswith(" "):
                    self._add_sense(line.split(), mark)
            for line in (folder / f"data.{part}").read_text().splitlines():
                if not line.startswith(" "):
                    self._lines[f"{line[:8]}{mark}"] = line

    @lru_cache(maxsize=100_000)  # noqa: B019  # one lexicon lives as long as its run
    def of(self, word: str) -> tuple[str, ...]:
        """Return words that mean something else, in the form of this one in small letters.

        Those are opposites if there are any, or else sisters.
        """
        return self._found(word, self._opposites) or self._found(word, self._sisters)

    @lru_cache(maxsize=100_000)  # noqa: B019
    def synonyms(self, word: str) -> tuple[str, ...]:
        """Return words that mean the same as this one in its most common sense, in its form."""
        return self._found(word, lambda lemma: set(self._words(max(self._senses[lemma])[1])))

    def _found(self, word: str, look: Callable[[str], set[str]]) -> tuple[str, ...]:
        forms = self._forms(word)
        found = {_ended(other, ending) for lemma, ending in forms for other in look(lemma)}
        return tuple(sorted(found & self._familiar - {word}))

    def _forms(self, word: str) -> list[tuple[str, str]]:
        stems = [(word.removesuffix(e), e) for e in ENDINGS if word.endswith(e)]
        forms = [
            (lemma, e)
            for stem, e in stems
            for lemma in (stem, f"{stem}e", f"{stem[:-1]}y", stem[:-1])
        ]
        right = [(lemma, e) for lemma, e in forms if len(lemma) > 2 and _ended(lemma, e) == word]
        return [(lemma, e) for lemma, e in [(word, ""), *right] if lemma in self._senses]

    def _add_sense(self, fields: list[str], mark: str) -> None:
        """Keep the most common sense of a word as this part of speech, and its tag count."""
        senses = int(fields[2])
        self._senses.setdefault(fields[0], []).append(
            (int(fields[-senses - 1]), f"{fields[-senses]}{mark}")
        )

    def _opposites(self, lemma: str) -> set[str]:
        return {
            self._words(target)[int(which[2:], 16) - 1]
            for _, synset in self._senses[lemma]
            for kind, target, which in self._pointers(synset)
            if kind == "!" and self._words(synset)[int(which[:2], 16) - 1] == lemma
        }

    def _sisters(self, lemma: str) -> set[str]:
        synset = max(self._senses[lemma])[1]
        above = [target for kind, target, _ in self._pointers(synset) if kind in ("@", "@i")]
        sisters = [
            t
            for parent in above
            for kind, t, _ in self._pointers(parent)
            if kind in ("~", "~i") and t != synset
        ]
        if len(sisters) > SISTERS:
            return set()
        found = {word for sister in sisters for word in self._words(sister)[:2]}
        return (
            found
            - set(self._words(synset))
            - {word for parent in above for word in self._words(parent)}
        )

    def _words(self, synset: str) -> list[str]:
        fields = self._lines[synset].split()
        return [word.split("(")[0].lower() for word in fields[4 : 4 + 2 * int(fields[3], 16) : 2]]

    def _pointers(self, synset: str) -> list[tuple[str, str, str]]:
        fields = self._lines[synset].split("|")[0].split()
        begin = 4 + 2 * int(fields[3], 16)
        rows = fields[begin + 1 : begin + 1 + 4 * int(fields[begin])]
        return [
            (rows[n], f"{rows[n + 1]}{rows[n + 2].replace('s', 'a')}", rows[n + 3])
            for n in range(0, len(rows), 4)
        ]


def _ended(lemma: str, ending: str) -> str:
    """Return a word with a regular ending, as English spells it."""
    if ending[:1] in ("e", "i") and lemma.endswith("e"):
        return lemma[:-1] + ending
    if ending.startswith("e") and lemma.endswith("y") and lemma[-2:-1] not in "aeiou":
        return f"{lemma[:-1]}i{ending}"
    return lemma + ending
