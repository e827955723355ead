"""Averages the weights of runs: `python -m training.average RUN RUN … --out FILE`.

The mean of weights fine-tuned from the same start is often better than each of them (Wortsman et
al. 2022).
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def average(files: list[Path], out: Path) -> None:
    """Write the mean of each tensor over all files, in half precision."""
    models = [load_file(file) for file in files]
    means = {
        name: torch.stack([model[name].float() for model in models]).mean(0) for name in models[0]
    }
    save_file({name: mean.half().contiguous() for name, mean in means.items()}, out)


def main() -> None:
    """Average the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    average(arguments.files, arguments.out)


if __name__ == "__main__":
    main()
