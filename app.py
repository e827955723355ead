"""Serve the chat at http://127.0.0.1:7860; build the index from corpus/ first if there is none."""

import sys
from pathlib import Path

from rag.cli import main

INDEX = Path("index")

if __name__ == "__main__":
    failed = 0
    if not (INDEX / "manifest.json").exists():
        failed = main(["build", "corpus", "--index", str(INDEX)])
    sys.exit(failed or main(["serve", "--index", str(INDEX), *sys.argv[1:]]))
