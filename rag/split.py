"""Cut a document into passages: whole sentences, or rows of one table, under one heading.

Only a few thousand sentences are in memory at a time. Headings describe a passage but are not part
of it; the names of a table's columns are its outermost heading. A sentence is cut only if it alone
is longer than a passage may be.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from rag.sentences import cut_point, sentences, trimmed
from rag.types import Document, Heading, Passage, Table
from rag.wrapping import Span

CountTokens = Callable[[Sequence[str]], list[int]]
CountSpans = Callable[[Sequence[Span]], list[int]]
# a sentence, its tokens, and the tokens between it and the sentence before
Piece = tuple[Span, int, int]

AT_ONCE = 4096  # sentences counted together; a tokenizer needs far more memory than the counts
MAX_CAPTION = 160  # characters from the start of a line to the table below it
MAX_PATH = 10_000  # characters of headings that are examined; 48 tokens of words are about 300


def split(
    document: Document, count_tokens: CountTokens, passage_tokens: int, heading_tokens: int
) -> list[Passage]:
    """Return the passages of a document, in order, each of at most `passage_tokens` tokens."""
    pieces = _pieces(document, partial(_counted, document.text, count_tokens), passage_tokens)
    if document.unit == "line":
        pieces = _whole_lines(document, pieces, passage_tokens)
    starts = [heading.start for heading in document.headings]
    captions = {table.start: _caption(document, table, starts) for table in document.tables}
    around = [*captions.values(), *(table.end for table in document.tables)]
    edges = list(_pack(document.text, pieces, sorted([*starts, *around]), passage_tokens))
    paths = _contexts(document, edges, captions)
    passages = [
        Passage(document, ordinal, *edge, path)
        for ordinal, (edge, path) in enumerate(zip(edges, paths, strict=True))
    ]
    return _with_short_headings(passages, count_tokens, heading_tokens)


def _counted(text: str, count_tokens: CountTokens, spans: Sequence[Span]) -> list[int]:
    return count_tokens([text[start:end] for start, end in spans])


def _pieces(document: Document, count: CountSpans, limit: int) -> Iterator[Piece]:
    """Yield the sentences of a document; those with more tokens than the limit come in parts."""
    by_line = document.unit == "line"
    found = sentences(document.text, document.headings, document.tables, by_line=by_line)
    before = -1
    while spans := list(islice(found, AT_ONCE)):
        spans, counts = _cut_long(document.text, spans, count(spans), count, limit)
        if spans:  # else only combining marks were left
            yield from zip(
                spans, counts, _gap_tokens(document.text, before, spans, count), strict=True
            )
            before = spans[-1][1]


def _cut_long(
    text: str, spans: list[Span], counts: list[int], count: CountSpans, limit: int
) -> tuple[list[Span], list[int]]:
    """Halve sentences that have more tokens than the limit until none is left."""
    while any(tokens > limit for tokens in counts):
        shorter: list[Span] = []
        for (start, end), tokens in zip(spans, counts, strict=True):
            if tokens > limit and end - start > 1:
                shorter.extend(_halves(text, start, end))
            else:
                shorter.append((start, end))
        if shorter == spans:
            break
        known = dict(zip(spans, counts, strict=True))
        new = [span for span in shorter if span not in known]
        known.update(zip(new, count(new), strict=True))
        spans, counts = shorter, [known[span] for span in shorter]
    return spans, counts


def _halves(text: str, start: int, end: int) -> Iterator[Span]:
    cut = min(end, cut_point(text, start, start + max(1, (end - start) * 3 // 5)))
    for part_start, part_end in ((start, cut), (cut, end)):
        yield from trimmed(text, part_start, part_end)


def _gap_tokens(text: str, before: int, spans: Sequence[Span], count: CountSpans) -> list[int]:
    """Return the tokens between each sentence and the one before: list markers, rules, symbols.

    The sentence before the first one ends at `before`, which is -1 if there is none.
    """
    ends = [before, *(end for _, end in spans[:-1])]
    between = [(end, start) for end, (start, _) in zip(ends, spans, strict=True)]
    marked = [
        number
        for number, (end, start) in enumerate(between)
        if end >= 0 and text[end:start].strip()
    ]
    tokens = dict(zip(marked, count([between[number] for number in marked]), strict=True))
    return [tokens.get(number, 0) for number in range(len(spans))]


def _whole_lines(document: Document, pieces: Iterable[Piece], limit: int) -> Iterator[Piece]:
    """Yield the pieces of each line as one, from its first word on, as far as the limit allows.

    A line may be several, as an entry of a log. It takes in lines of marks only, such as the
    bracket that closes a function, but no heading.
    """
    starts = [heading.start for heading in document.headings]
    run: Piece | None = None
    for (start, end), tokens, gap in pieces:
        line = _line_start(document, start)
        if run and run[0][1] > line:  # the same line
            if run[1] + gap + tokens <= limit:
                run = (run[0][0], end), run[1] + gap + tokens, 0
            else:
                yield run
                run = (start, end), tokens, 0
            continue
        if run:
            fits = run[1] + gap <= limit
            number = bisect_left(starts, run[0][1])
            until = min([line, *starts[number : number + 1]])
            yield _closed(document.text, run, until, gap) if fits else run
        fits = tokens + gap <= limit
        run = ((line, end), tokens + gap, 0) if fits else ((start, end), tokens, 0)
    if run:
        yield run


def _line_start(document: Document, place: int) -> int:
    """Return where the words of a line, or of an entry of a log, begin."""
    count = bisect_right(document.page_starts, place)
    start = document.page_starts[count - 1] if count else place
    return place - len(document.text[start:place].lstrip())


def _closed(text: str, piece: Piece, line: int, gap: int) -> Piece:
    """Return a piece with the marks up to the next line or heading."""
    (start, end), tokens, _ = piece
    return (start, end + len(text[end:line].rstrip())), tokens + gap, 0


def _pack(text: str, pieces: Iterable[Piece], edges: Sequence[int], limit: int) -> Iterator[Span]:
    """Yield the start and end of each passage; a passage ends at the limit and at every edge.

    A sentence that ends in a colon stays with what it introduces if both fit into one passage.
    """
    run: list[Piece] = []
    total, under_before = 0, 0
    for span, tokens, gap in pieces:
        under = bisect_right(edges, span[0])
        if run and (under != under_before or total + gap + tokens > limit):
            (_, last_end), last_tokens, _ = run[-1]
            announced = text[last_end - 1] in ":：" and last_tokens + gap + tokens <= limit
            kept = run[-1:] if announced and under == under_before and len(run) > 1 else []
            yield run[0][0][0], run[-1 - len(kept)][0][1]
            run, total = kept, sum(tokens_kept for _, tokens_kept, _ in kept)
        total += tokens + (gap if run else 0)
        run.append((span, tokens, gap))
        under_before = under
    if run:
        yield run[0][0][0], run[-1][0][1]


def _contexts(
    document: Document, edges: Sequence[Span], captions: Mapping[int, int]
) -> Iterator[str]:
    """Yield what is above each passage: the columns of a table, the headings, its caption.

    `captions` has where the caption of each table begins, by where the table does.
    """
    paths = _heading_paths(document.headings, [start for start, _ in edges])
    for (start, end), path in zip(edges, paths, strict=True):
        table = document.table_at(end - 1)
        if table is None:
            yield path
            continue
        caption = captions[table.start]
        above = document.text[caption : table.start].strip() if start > caption else ""
        columns = " | ".join(filter(None, table.columns))[:MAX_PATH]
        yield " › ".join(filter(None, (columns, path, above)))


def _caption(document: Document, table: Table, headings: Sequence[int]) -> int:
    """Return where the line above a table begins, or the table if that is no caption.

    A caption is short, and no heading; `headings` has where those begin.
    """
    start = max(0, table.start - MAX_CAPTION)
    above = document.text[start : table.start].rstrip()
    _, newline, line = above.rpartition("\n")
    place = start + len(above) - len(line)
    count = bisect_right(headings, place)
    is_heading = count > 0 and place < document.headings[count - 1].end
    is_other = is_heading or document.table_at(place) is not None
    is_whole = bool(newline) or not start
    return place if line.strip() and is_whole and not is_other else table.start


def _heading_paths(headings: Sequence[Heading], starts: Sequence[int]) -> Iterator[str]:
    """Yield `Document.headings_at` as a path for each of the starts, which ascend."""
    open_headings: list[Heading] = []
    path, number = "", 0
    for start in starts:
        before = number
        while number < len(headings) and headings[number].start <= start:
            while open_headings and open_headings[-1].level >= headings[number].level:
                open_headings.pop()
            open_headings.append(headings[number])
            number += 1
        path = _path(open_headings) if number > before else path
        yield path


def _path(headings: Sequence[Heading]) -> str:
    """Return headings as a path, without outer ones that are too long for any passage."""
    room, parts = MAX_PATH, [headings[-1].text[:MAX_PATH]]
    for heading in reversed(headings[:-1]):
        room -= len(parts[-1])
        if len(heading.text) > room:
            break
        parts.append(heading.text)
    return " › ".join(reversed(parts))


def _with_short_headings(
    passages: list[Passage], count_tokens: CountTokens, limit: int
) -> list[Passage]:
    """Return the passages with heading paths of at most `limit` tokens; outer headings go first."""
    paths = {passage.heading for passage in passages if passage.heading}
    short: dict[str, str] = {"": ""}
    for path in paths:
        parts = path.split(" › ")
        while len(parts) > 1 and count_tokens([" › ".join(parts)])[0] > limit:
            del parts[0]
        words = " › ".join(parts).split(" ")
        while len(words) > 1 and count_tokens([" ".join(words)])[0] > limit:
            del words[len(words) // 2 :]
        short[path] = " ".join(words) if count_tokens([" ".join(words)])[0] <= limit else ""
    return [replace(passage, heading=short[passage.heading]) for passage in passages]
