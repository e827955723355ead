"""A small library whose documents have titles, headings, pages and dates."""

import os
from datetime import UTC, datetime
from pathlib import Path

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build
from tests.conftest import CORPUS, write
from tests.test_load import REPORT

HANDBOOK = (
    "# Staff handbook\n\nThis handbook applies to all staff in Cardiff.\n\n"
    "## Holidays\n\nStaff have 28 days of paid leave. Leave is asked for two weeks ahead.\n\n"
    "## Illness\n\nStaff who are ill call before nine. Sick pay is paid for six weeks.\n\n"
    "## Dogs\n\nDogs are allowed in the garden.\n"
)
FILES: dict[str, str | bytes] = {
    "handbook.md": HANDBOOK,
    "lease/berlin.md": "# Lease of the office in Berlin\n\nThe rent is 900 euros a month.\n",
    "lease/hamburg.md": "# Lease of the office in Hamburg\n\nThe rent is 800 euros a month.\n",
    "space/mars.md": CORPUS["space/mars.md"],
    "tea.txt": CORPUS["tea.txt"],
    "yearly-report.pdf": REPORT,
}
DATES = dict(zip(FILES, ("2024-05-01", "2024-06-01", "2024-04-01", "2023-02-01"), strict=False))


def open_library(folder: Path) -> Pipeline:
    """Build the library in a folder and open it."""
    write(folder / "files", FILES)
    for name in FILES:
        moment = datetime.fromisoformat(DATES.get(name, "2022-01-01")).replace(tzinfo=UTC)
        os.utime(folder / "files" / name, (moment.timestamp(),) * 2)
    encoder = FakeEncoder()
    build(folder / "files", folder / "index", BuildConfig(passage_tokens=16), encoder=encoder)
    return Pipeline.open(folder / "index", encoder=encoder)
