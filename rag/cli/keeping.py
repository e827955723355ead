"""The commands that make and keep an index: build, add, remove, status, verify, gc."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.printing import failed, for_terminal, print_json, report_text, status_text
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.index.report import BuildReport

DEFAULT_CORPUS = Path("corpus")
AGAIN_SECONDS = 2.0  # from a rebuild that failed to the next


def build_command(options: argparse.Namespace) -> int:
    """Build with the settings of the last build, except those given now; then watch if asked."""
    from rag.cli.progress import ProgressBar
    from rag.index.manifest import MANIFEST
    from rag.upkeep import rebuild

    is_first = not (options.index / MANIFEST).exists()
    paths = options.paths or ([DEFAULT_CORPUS] if is_first else [])
    with ProgressBar() as bar:
        report = rebuild(
            options.index,
            paths,
            model=options.encoder,
            store=options.store,
            workers=options.workers,
            keep=options.keep,
            progress=bar,
        )
    _print_report(options, report)
    return _watch(options) if options.watch else 0


def add_command(options: argparse.Namespace) -> int:
    """Add folders or files to the index."""
    from rag.cli.progress import ProgressBar
    from rag.sites import is_url
    from rag.upkeep import add

    urls = [path for path in options.paths if is_url(path)]
    paths = [Path(path) for path in options.paths if not is_url(path)]
    if urls and _fetch(urls, options):
        paths.append(options.into)
    if not paths:
        return failed("No page could be read; the index is as it was")
    with ProgressBar() as bar:
        report = add(paths, options.index, workers=options.workers, progress=bar)
    _print_report(options, report)
    return 0


def _fetch(urls: Sequence[str], options: argparse.Namespace) -> bool:
    """Read pages into their folder and print what became of each; return if any is or was there."""
    from rag.sites import Fetcher, read_pages

    fetcher, has_any = Fetcher(private=options.allow_private), False
    states: Counter[str] = Counter()
    for url in urls:
        for one in read_pages(url, options.into, fetcher, options.pages):
            has_any |= bool(one.file)
            states[one.state] += 1
            words = f"{one.state}: {one.url}" + (f": {one.reason}" if one.reason else "")
            print(for_terminal(words), file=sys.stderr)
    if states.total() > 1:
        counts = (f"{n:,} page{'s' * (n > 1)} {state}" for state, n in states.items())
        print(", ".join(counts), file=sys.stderr)
    return has_any


def remove_command(options: argparse.Namespace) -> int:
    """Remove documents from the index."""
    from rag.cli.progress import ProgressBar
    from rag.upkeep import remove

    with ProgressBar() as bar:
        report = remove(options.documents, options.index, purge=options.purge, progress=bar)
    _print_report(options, report)
    return 0


def status_command(options: argparse.Namespace) -> int:
    """Show what is indexed and what has changed since."""
    from rag.upkeep import status

    found = status(options.index)
    if options.json:
        print_json(asdict(found))
    else:
        print(status_text(found))
    return 0


def verify_command(options: argparse.Namespace) -> int:
    """Check every checksum and every passage."""
    from rag.index.opened import verify

    manifest = verify(options.index).manifest
    counts = {
        "documents": manifest.documents,
        "passages": manifest.passages,
        "files": len(manifest.files),
    }
    if options.json:
        print_json({"ok": True, "generation": manifest.generation, **counts})
    else:
        print(
            f"{manifest.generation} is intact: {counts['documents']:,} documents, "
            f"{counts['passages']:,} passages; {counts['files']} files match their checksums"
        )
    return 0


def gc_command(options: argparse.Namespace) -> int:
    """Free the space of files that the index no longer uses."""
    from rag.upkeep import collect

    freed = collect(options.index)
    if options.json:
        print_json({"freed": freed})
    else:
        print(f"{freed:,} bytes freed")
    return 0


def _watch(options: argparse.Namespace) -> int:
    from rag.embed import load_encoder
    from rag.upkeep import watch

    load = lru_cache(maxsize=1)(load_encoder)  # once, however often the files cannot be read
    print("watching for changes (Ctrl-C stops it)", file=sys.stderr, flush=True)
    last = ""
    while True:
        try:
            for report in watch(options.index, load=load):
                _print_report(options, report)
                last = ""
        except (RagError, OSError) as error:  # go on: a copy into the folder may be half done
            if str(error) != last:
                failed(str(error))
            last = str(error)
            time.sleep(AGAIN_SECONDS)


def _print_report(options: argparse.Namespace, report: "BuildReport") -> None:
    if options.json:
        print_json(asdict(report))
    else:
        print(report_text(report))
    sys.stdout.flush()
