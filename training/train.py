"""Fine-tune MiniLM as a span reader: `python -m training.train --data FOLDER --out FOLDER`.

If it is stopped, the same command continues from the last checkpoint.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from lab.bert import Batch, loss_of, rivalry_of, save
from lab.examples import Example, held_out, read_set
from lab.model import ReaderModel, load
from lab.reader import word_finder
from training.batches import Row, padded
from training.negatives import hardest, mined
from training.plan import Plan, Settings
from training.steps import Steps

SETS = (  # file name; whether its text is tokenised with spaces
    ("squad-train", True),
    ("squad-train-sentences", True),
    ("squadshifts-wiki", False),
    ("qed-nq-train", True),
    ("tydiqa-en-train", False),
    ("hotpotqa-paragraphs", False),
    ("bioasq-snippets", False),
    ("squad-v2-unanswerable", True),
    ("squad-v2-newparas", True),
    ("squad-v2-unanswerable-weak", True),
    ("squad2-unanswerable-sentences", True),
    ("quoref-dev", False),
    ("multispanqa", False),
    ("qamr", True),
    ("qasrl-gold", True),
)
SENTENCES = ("squad-train-sentences", "squad2-unanswerable-sentences", "qamr", "qasrl-gold")
KEPT = {"qamr": 0.2, "qasrl-gold": 0.15}  # share of the questions of sets that ask much of little


def main() -> None:
    """Train or continue training; write weights and figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument(
        "--minutes", type=float, default=1e9, help="stop after this time; the next call continues"
    )
    add_settings(parser)
    arguments = parser.parse_args()
    settings = settings_of(arguments)
    torch.set_num_threads(arguments.threads)
    begin(arguments.out, settings)
    train(arguments.data, arguments.out, settings, arguments.minutes)


def begin(out: Path, settings: Settings) -> None:
    """Write the settings of a run to its folder; raises SystemExit if it holds others."""
    text, path = json.dumps(asdict(settings), indent=1) + "\n", out / "settings.json"
    if path.exists() and path.read_text() != text:
        raise SystemExit(
            f"{out} holds a run of other settings (settings.json). Name another folder with --out"
        )
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add an option for each of the settings."""
    for name, value in asdict(Settings()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Return the settings that the options of `add_settings` give."""
    return Settings(**{name: getattr(arguments, name) for name in asdict(Settings())})


def planned(folder: Path, mined_in: Path, settings: Settings) -> tuple[Plan, list[Example]]:
    """Return the plan of a run and the questions held out from it.

    Passages found for the questions are kept in `mined_in`.
    """
    sets = {name: held_out(read_set(folder / "train" / f"{name}.jsonl.gz", tokenised=tokenised))
            for name, tokenised in SETS}  # fmt: skip
    held_out_text = "\n".join({example.context for _, kept in sets.values() for example in kept})
    trained = [
        e
        for name, (examples, _) in sets.items()
        for e in examples
        if e.context not in held_out_text  # nor a single sentence from a held-out paragraph
        and random.Random(e.id).random() < KEPT.get(name, 1)
    ]
    watched = [example for _, examples in sets.values() for example in examples]
    negatives: dict[str, list[str]] = {}
    for name, (examples, _) in sets.items():
        if name not in SENTENCES:
            negatives |= mined(name, examples, mined_in)
    hard: dict[str, list[str]] = {}
    if settings.hard:
        titles = {example.context: example.title for example in trained}
        hard = hardest(
            trained,
            negatives,
            titles,
            word_finder(Path(settings.start) if settings.start else None),
            settings.hard,
            mined_in,
        )
    plan = Plan(trained, negatives, hard, settings, folder)
    print(
        f"{len(trained):,} questions to train on, {len(watched):,} to watch; {plan.total:,} groups",
        flush=True,
    )
    return plan, watched


def train(folder: Path, out: Path, settings: Settings, minutes: float) -> None:
    """Run the epochs of these settings, from the checkpoint in `out` if there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    plan, watched = planned(folder, out, settings)
    run = Run(out, settings, plan, device)
    run.train(watched, time.monotonic() + minutes * 60)


class Run:
    """The model, optimiser and averaged weights of one run, with its checkpoint."""

    def __init__(self, out: Path, settings: Settings, plan: Plan, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self._out, self._settings, self._plan, self._device = out, settings, plan, device
        self.model = (load(Path(settings.start)) if settings.start else ReaderModel()).to(device)
        self._steps = Steps(
            self.model, settings.rate, settings.decay, settings.warmup, settings.average
        )
        self.done = 0
        if (out / "checkpoint.pt").exists():
            state = torch.load(out / "checkpoint.pt", weights_only=True, map_location=device)
            self.model.load_state_dict(state["model"])
            self._steps.resume(state)
            self.done = state["done"]

    def train(self, watched: Sequence[Example], deadline: float) -> None:
        """Train to the end of the plan or to the deadline; write a checkpoint every ten minutes."""
        began, behind, saved = time.monotonic(), self.done, time.monotonic()
        for position, groups in self._plan.chunks(self.done):
            loss = self._chunk(groups, position)
            self.done = position
            rate = (position - behind) / (time.monotonic() - began)
            left = (self._plan.total - position) / rate / 60
            done = f"{position:,} of {self._plan.total:,} groups"
            print(f"{done}, loss {loss:.3f}, {left:.0f} minutes left", flush=True)
            if time.monotonic() > deadline or time.monotonic() - saved > 600:
                self._save()
                saved = time.monotonic()
            if time.monotonic() > deadline:
                return
        self._save()
        print(
            f"done: {self._steps.taken:,} steps, {len(watched):,} questions held out",
            flush=True,
        )

    def _chunk(self, groups: Sequence[Sequence[Row]], position: int) -> float:
        self.model.train()
        batches = in_batches(groups, self._settings.batch_tokens, random.Random(position))
        losses, tokens = [], 0
        for number, batch in enumerate(moved(batch, self._device) for batch in batches):
            share = batch.ids.numel() / self._settings.step_tokens
            with torch.autocast(self._device.type, dtype=torch.bfloat16):
                scores = self.model(batch)
            loss = loss_of(scores, batch)
            if self._settings.rivalry and len(batch.rivals):
                loss = loss + self._settings.rivalry * rivalry_of(scores, batch)
            (loss * share).backward()
            losses.append(float(loss.detach()))
            tokens += batch.ids.numel()
            if tokens >= self._settings.step_tokens or number == len(batches) - 1:
                self._steps.take(position / self._plan.total)
                tokens = 0
        return sum(losses) / len(losses)

    def _save(self) -> None:
        state = {"model": self.model.state_dict(), "done": self.done, **self._steps.state()}
        temporary = self._out / "checkpoint.part"
        torch.save(state, temporary)
        temporary.replace(self._out / "checkpoint.pt")
        with self._steps.averaged():
            save(self.model, self._out / "reader.safetensors")


def in_batches(groups: Sequence[Sequence[Row]], tokens: int, chance: random.Random) -> list[Batch]:
    """Return batches of groups of similar length, in random order, under a token limit."""
    batches: list[list[Sequence[Row]]] = []
    rows = width = 0
    for group in sorted(groups, key=_width, reverse=True):
        if not batches or (rows + len(group)) * width > tokens:
            batches.append([])
            rows, width = 0, _width(group)
        batches[-1].append(group)
        rows += len(group)
    chance.shuffle(batches)
    return [padded(batch) for batch in batches]


def _width(group: Sequence[Row]) -> int:
    return max(len(row.ids) for row in group)


def moved(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on this device."""
    fields: list[Tensor] = [
        getattr(batch, name).to(device, non_blocking=True) for name in Batch.__dataclass_fields__
    ]
    return Batch(*fields)


if __name__ == "__main__":
    main()
