"""Make the table of word vectors that rag/read compares words with, from the encoder.

Each token that is a whole word is embedded alone. The vectors are centred and projected on the
directions in which they differ most, as Model2Vec does it (Tulkens & van Dongen 2024).
"""

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from rag.embed import load_encoder
from rag.models import load_tokenizer, packaged_model

WIDTH = 64
LETTERS = 3  # shorter words are mostly function words and parts of names


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    tokenizer, encoder = load_tokenizer(packaged_model()), load_encoder()
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    rows = [row for row, token in enumerate(tokens) if token.isalpha() and len(token) >= LETTERS]
    vectors = encoder.encode([tokens[row] for row in rows])
    vectors = vectors - vectors.mean(axis=0)
    directions = np.linalg.svd(vectors, full_matrices=False)[2][:WIDTH]
    projected = vectors @ directions.T  # (words, WIDTH)
    table = np.zeros((len(tokens), WIDTH), np.int8)
    table[rows] = np.round(projected / np.abs(projected).max(axis=1, keepdims=True) * 127)
    save_file({"words": table}, str(out))
    print(f"{len(rows):,} of {len(tokens):,} tokens are words; {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
