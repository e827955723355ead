"""Groups of similar passages, and the words that set each group apart."""

import re
from collections import Counter
from collections.abc import Sequence
from math import log

import numpy as np
import numpy.typing as npt

from rag.index.terms import content_terms
from rag.types import Vectors

MOST = 6  # groups; there are as many colours
ROUNDS = 12
NAMED_BY = 3  # words
NAME = 2  # how much more a name counts than another word
COMMON = 0.4  # of all passages: a word in more of them names no group
WORD = re.compile(r"[^\W\d_]{5,}")

Labels = npt.NDArray[np.int64]


def clusters(vectors: Vectors) -> Labels:
    """Return the group of each of (n, dimension) unit vectors, numbered from 0.

    k-means by cosine. It begins with equal parts along the direction in which the vectors differ
    most, so it is the same at every call.
    """
    count = max(1, min(MOST, round((len(vectors) / 4) ** 0.5)))
    none = np.zeros((count, vectors.shape[1]), np.float32)
    centres = _centres(vectors, _parts(vectors, count), none)
    labels = np.zeros(len(vectors), np.int64)
    for _ in range(ROUNDS if count > 1 else 0):
        labels = (vectors @ centres.T).argmax(1)
        centres = _centres(vectors, labels, centres)
    return labels


def cluster_names(labels: Labels, texts: Sequence[str]) -> list[str]:
    """Return the words of each group that are more frequent in it than elsewhere; "" if none."""
    words = [{word.casefold() for word in WORD.findall(text)} for text in texts]
    written = Counter(word for text in texts for word in WORD.findall(text))
    shown = {word.casefold(): word for word, _ in reversed(written.most_common())}
    everywhere = Counter(word for found in words for word in found)
    names = []
    for group in range(int(labels.max(initial=0)) + 1):
        members = [found for found, label in zip(words, labels, strict=True) if label == group]
        inside = Counter(word for found in members for word in found)
        share = len(members) / max(1, len(words))
        scores = {
            word: n * log(n / everywhere[word] / share) * (NAME if shown[word] != word else 1)
            for word, n in inside.items()
            if n > 1 and everywhere[word] <= COMMON * len(words) and content_terms(word)
        }
        best = sorted(scores, key=lambda word: (-scores[word], word))
        names.append(", ".join(shown[word] for word in best[:NAMED_BY] if scores[word] > 0))
    return names


def _parts(vectors: Vectors, count: int) -> Labels:
    """Return the equal part that each vector is in, along the first principal axis."""
    if count == 1:
        return np.zeros(len(vectors), np.int64)
    flat = vectors - vectors.mean(0)
    axis = np.linalg.svd(flat, full_matrices=False)[2][0]
    places: Labels = (flat @ axis).argsort().argsort() * count // len(vectors)
    return places


def _centres(vectors: Vectors, labels: Labels, before: Vectors) -> Vectors:
    """Return the unit mean of each group; that of an empty one is the one before."""
    sums = np.stack([vectors[labels == group].sum(0) for group in range(len(before))])
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    centres: Vectors = np.where(norms > 0, sums / np.maximum(norms, 1e-9), before)
    return centres
