"""A gate for scripts: measures of an evaluation that must not fall below a value."""

import argparse
from collections.abc import Iterator, Mapping, Sequence

MEASURES = {  # each is better the higher it is; the figure of the summary that it is taken from
    "as_wanted": "as wanted",
    "answered": "answerable refused",
    "right": "right quote shown",
    "found": "right quote found",
    "first_quote": "first quote right",
    "refused": "others refused",
    "exact": "exact match",
    "f1": "token F1",
    "sentence_f1": "sentence F1",
    "auroc": "AUROC",
    "calibration": "calibration error",
}
REVERSED = frozenset(("answered", "calibration"))  # 1 minus the figure

ROUNDING = 1e-9  # 1 - .2 is a little less than .8

Bar = tuple[str, float]


def bar(text: str) -> Bar:
    """Return the measure and the least value that an argument names, as in refused=.7."""
    name, equals, value = text.partition("=")
    if name not in MEASURES:
        known = ", ".join(MEASURES)
        raise argparse.ArgumentTypeError(f"{name or text!r} is no measure. Known are: {known}")
    try:
        least = float(value)
    except ValueError:
        least = -1.0
    if not equals or not 0 <= least <= 1:
        raise argparse.ArgumentTypeError(f"{text} sets no value. Write it like {name}=.7")
    return name, least


def shortfalls(summary: Mapping[str, object], bars: Sequence[Bar]) -> Iterator[str]:
    """Yield a line for each measure that is below its bar, or that is not measured."""
    for name, least in bars:
        figure = summary.get(MEASURES[name])
        if not isinstance(figure, float | int):
            yield f"{name} is not measured by these questions; at least {least:g} is asked for"
            continue
        value = 1 - figure if name in REVERSED else figure
        if value < least - ROUNDING:
            yield f"{name} is {value:.3f}; at least {least:g} is asked for"
