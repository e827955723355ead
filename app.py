"""Opens the index, built from corpus/ if there is none, and serves http://127.0.0.1:7860."""

import sys
from pathlib import Path

from rag.cli import main

INDEX = Path("index")

if __name__ == "__main__":
    built = (
        0
        if (INDEX / "manifest.json").exists()
        else main(["build", "corpus", "--index", str(INDEX)])
    )
    sys.exit(built or main(["serve", "--index", str(INDEX), *sys.argv[1:]]))
