"""The adapters pass their frameworks' own suites, where only they see these frameworks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FRAMEWORKS = Path(sys.prefix) / "adapters"  # `make test` installs them there
SUITES = ("langchain", "llamaindex", "haystack", "docs")
ADAPTERS = ("langchain", "llamaindex", "haystack", "fields")
OFFLINE = {"HAYSTACK_TELEMETRY_ENABLED": "False", "LANGSMITH_TRACING": "false"}


@pytest.fixture(scope="module")
def report() -> str:
    """Return what pytest says of all suites; one process, as loading the frameworks takes long."""
    path = os.pathsep.join((str(ROOT), str(FRAMEWORKS)))
    suites = [f"tests/adapters/suite_{name}.py" for name in SUITES]
    command = ["-m", "pytest", "-c", "tests/adapters/pytest.ini", "--rootdir", ".", "-v", *suites]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env={**os.environ, **OFFLINE, "PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "least"), [("langchain", 7), ("llamaindex", 3), ("haystack", 3), ("docs", 4)]
)
def test_an_adapter_passes_its_suite(report: str, name: str, least: int) -> None:
    ended = re.findall(rf"suite_{name}\.py::\S+ (\w+)", report)
    assert len(ended) >= least, report[-3000:]
    assert set(ended) == {"PASSED"}, report[-3000:]


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_is_short(name: str) -> None:
    lines = (ROOT / "rag" / "adapters" / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
