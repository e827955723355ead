"""Jupyter notebooks: cells in order, prose and code as typed, and the text that code printed."""

import json
from collections.abc import Iterator, Mapping

from rag.errors import LoadError
from rag.load.blocks import printable
from rag.load.markdown import markdown_headings
from rag.load.text import Parsed, decode
from rag.said import Said
from rag.types import Heading

OUTPUT_CHARACTERS = 2000  # of one output; the rest of a long one adds little


def parse_notebook(data: bytes) -> Parsed:
    """Return the cells of a notebook, as its pages; raise LoadError if it is not one."""
    try:
        notebook = json.loads(decode(data))
        cells = [(str(cell["cell_type"]), *_cell(cell)) for cell in notebook["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LoadError(Said("unread_not_notebook", error=str(error))) from error
    parts: list[str] = []
    starts, headings, offset = [], [], 0
    for kind, source, output in cells:
        starts.append(offset)
        if kind == "markdown":
            found = markdown_headings(source)
            headings += [Heading(offset + h.start, offset + h.end, h.level, h.text) for h in found]
        for text in filter(str.strip, (source, output)):
            parts.append(text.rstrip() + "\n\n")
            offset += len(parts[-1])
    title = min(headings, key=lambda heading: heading.level).text if headings else ""
    return Parsed("".join(parts), title, tuple(starts), tuple(headings), "cell")


def _cell(cell: Mapping[str, object]) -> tuple[str, str]:
    outputs = cell.get("outputs", [])
    printed = "\n".join(_printed(outputs)) if isinstance(outputs, list) else ""
    return printable(_joined(cell.get("source", ""))), printable(printed)


def _printed(outputs: list[Mapping[str, object]]) -> Iterator[str]:
    for output in outputs:
        data = output.get("data")
        shown = data.get("text/plain", "") if isinstance(data, Mapping) else output.get("text", "")
        yield _joined(shown)[:OUTPUT_CHARACTERS]


def _joined(lines: object) -> str:
    return "".join(str(line) for line in lines) if isinstance(lines, list) else str(lines)
