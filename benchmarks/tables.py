"""Writes the tables of benchmarks/README.md from the newest results, each between its markers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.peers.sets import VOLUME
from benchmarks.record import newest
from lab.table import table

README = Path(__file__).parent / "README.md"
LIFE = ("kills", "damage", "readers", "changes-10000", "changes-100000", "scale")
REFUSALS = ("v2.0 unanswerable", "article taken out")
PEERS = ("squad", "chunking", "clapnq", "article")
COSTS = (
    "build, s", "cold start, s", "median, ms", "95 %, ms",
    "building, MiB", "asking, MiB", "installed, MiB", "failed",
)  # fmt: skip

FIRST = {  # the header of the first column of each result that is one table
    "gold": "set", "clapnq": "set", "speed": "task", "lengths": "tokens",
    "quotes": "surface", "agreement": "figure",
    "files": "kind", "sentences": "", "languages": "set", "scopes": "", "order": "paper",
    "scans": "engine, scan", "lookups": "look-ups", "fuzz": "kind", "engines": "store",
    "second": "", "spread": "built by", "visit": "visit",
}  # fmt: skip

Rows = Mapping[str, Mapping[str, Any]]


def tables() -> dict[str, str]:
    """Return every table of the README by the name in its markers."""
    reader = newest("reader")
    return {
        "retrieval": _table("ranking", newest("retrieval")),
        "reading": _table("", {"SQuAD dev": reader["quotes"]}),
        "refusing": _table("questions", {kind: reader[kind] for kind in REFUSALS}),
        **{name: _table(first, newest(name)) for name, first in FIRST.items()},
        "ablations": _table("variation", _ablations(newest("ablations"))),
        **_each("multilingual"),
        **{
            f"nearmiss-{kind}": _table(kind, rows)
            for kind, rows in _near(newest("nearmiss")).items()
        },
        **_each("followups"),
        **{name: _table(name, rows) for name, rows in newest("claims").items()},
        **{f"life-{part}": _table("", newest(f"life-{part}")) for part in LIFE},
        **{
            marker: _table("", _upright(newest(name)))
            for marker, name in (("engine-kills", "kills"), ("servers", "servers"))
        },
        **{f"plan-{name}": _table("", rows) for name, rows in newest("plan").items()},
        **{name: loads(newest(name)) for name in ("serving", "sessions")},
        "size": _sizes("100000", "1000000", "10000000"),
        **_peers(newest("peers")),
    }


def loads(found: Rows) -> str:
    """Return the table of what a server did under each load."""
    rows = [
        [name, "; ".join(f"{key} {value}" for key, value in figures.items())]
        for name, figures in found.items()
    ]
    return table(["load", "what happened"], rows).replace("--:", "---")


def filled(text: str) -> str:
    """Return a README with the tables between the markers replaced by the newest."""
    for name, content in tables().items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        if not found or end not in rest:
            if name.startswith("peers-"):  # a set that is not shown
                continue
            raise ValueError(f"{README} has no markers for the table {name}")
        text = f"{before}{begin}{content}\n{end}{rest.partition(end)[2]}"
    return text


def _each(result: str) -> dict[str, str]:
    """Return the tables of a result that has several, named after both."""
    return {
        f"{result}-{name.replace(' ', '-')}": _table(name, rows)
        for name, rows in newest(result).items()
    }


def _sizes(*names: str) -> str:
    """Return the table of what indexes of these numbers of passages cost, a column each."""
    columns = {f"{int(name):,} passages": newest(f"size-{name}")["figures"] for name in names}
    rows: dict[str, dict[str, Any]] = {}
    for column, figures in columns.items():
        for figure, value in figures.items():
            rows.setdefault(figure, {})[column] = value
    return _table("", rows)


def _upright(results: Mapping[str, Any]) -> Rows:
    """Return figures one below the other."""
    return {name: {"": value} for name, value in results.get("figures", {}).items()}


def _ablations(results: Mapping[str, Any]) -> Rows:
    """Return the means over all sets, and the quotes' recall in each."""
    named = {name: sets for name, sets in results.items() if isinstance(sets, Mapping)}
    return {
        name: {
            **sets["all"],
            **{key: row["quotes recall"] for key, row in sets.items() if key != "all"},
        }
        for name, sets in named.items()
    }


def _near(results: Mapping[str, Any]) -> dict[str, Rows]:
    """Return the tables of near misses and of ways to ask, named as their markers."""
    return {
        name.replace(" ", "-"): rows for name, rows in results.items() if isinstance(rows, Mapping)
    }


def _peers(results: Mapping[str, Rows]) -> dict[str, str]:
    """Return the figures of the peers in each set, and their costs on long ones and on many."""
    sets = {name: results[name] for name in PEERS if name in results}
    apart = {*COSTS, "measured"} - {"failed"}
    found = {
        f"peers-{name}": {
            peer: {c: row[c] for c in row if c not in apart} for peer, row in rows.items()
        }
        for name, rows in sets.items()
    }
    for name, costs in (("costs", sets.get("chunking", {})), (VOLUME, results.get(VOLUME, {}))):
        found[f"peers-{name}"] = {
            peer: {c: row[c] for c in COSTS if c in row} for peer, row in costs.items()
        }
    return {name: _table("peer", rows) for name, rows in found.items()}


def _table(first: str, results: Mapping[str, Any]) -> str:
    rows = {name: row for name, row in results.items() if isinstance(row, Mapping)}
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    return table(
        [first, *columns],
        [[name, *(row.get(column, "") for column in columns)] for name, row in rows.items()],
    )


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
