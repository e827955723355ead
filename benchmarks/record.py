"""The figures of each run: results/<date>-<name>.json, with versions and machine."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rag

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("numpy", "openvino", "faiss-cpu", "tantivy", "tokenizers")


def write_result(name: str, results: Mapping[str, Any]) -> Path:
    """Write figures with date, versions and machine, and return the file."""
    now = datetime.now(UTC)
    entry = {
        "measured": now.isoformat(timespec="seconds"),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "versions": {
            "footnote-rag": rag.__version__,
            **{package: version(package) for package in PACKAGES},
        },
        "results": results,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y-%m-%d}-{name}.json"
    path.write_text(json.dumps(entry, indent=1, ensure_ascii=False) + "\n")
    return path


def newest(name: str) -> dict[str, Any]:
    """Return the newest results of a benchmark, empty if there are none."""
    found = sorted(RESULTS.glob(f"????-??-??-{name}.json"))
    if not found:
        return {}
    results: dict[str, Any] = json.loads(found[-1].read_text(encoding="utf-8"))["results"]
    return results


def _cpu_model() -> str:
    """Return the model of the CPU from /proc/cpuinfo, empty if it has none."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), ""
    )
