"""Train a reader on a pack, from answers alone or from what other readers answer as well.

    python -m training.distil --pack FOLDER --start FILE --out FILE [--soft FILE] [--seconds N]
    python -m training.distil --pack FOLDER --vocabulary e5 --out FILE [--seconds N]

A start is a file that `training.train` or this wrote. Without one, training starts from the encoder
in the pack: MiniLM, or with the vocabulary "e5" the twelve layers of multilingual-e5-small.
`--soft` is a file of `training.soften` (distillation; Hinton et al. 2015). The rate falls to zero
at the end of the passes, or of the seconds if they come first.
"""

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from sklearn.metrics import roc_auc_score
from torch import Tensor

from lab.bert import FAR, SpanBert, loss_of, new_bert, rivalry_of
from training.device import Rows, as_floats

SHAPES = {"minilm": (6, 512, 1e-12), "e5": (12, 512, 1e-12)}  # layers, positions, epsilon
WORDS = "bert.embeddings.word_embeddings.weight"
WIDTH, HEADS, INNER, KINDS = 384, 12, 1536, 2
WARMUP, DECAY, AVERAGE, CLIP = 0.06, 0.01, 0.999, 1.0
SHOWN = 200  # steps between two lines of progress
LONGEST = 30  # tokens of an answer


def reader(rows: Rows, vocabulary: str, start: Path | None, dropout: float) -> SpanBert:
    """Return a reader with the weights of a file, or of the pack without one."""
    layers, positions, epsilon = SHAPES[vocabulary]
    config = {
        "hidden_size": WIDTH, "num_attention_heads": HEADS, "intermediate_size": INNER,
        "type_vocab_size": KINDS, "num_hidden_layers": layers, "layer_norm_eps": epsilon,
        "max_position_embeddings": positions, "vocab_size": len(rows.stored["tokens"]),
    }  # fmt: skip
    packed = {name: part for name, part in rows.stored.items() if name.startswith("bert.")}
    tensors = as_floats(packed)
    if start:
        tensors |= {
            name if name.startswith("head") else f"bert.{name}": tensor.float()
            for name, tensor in load_file(start).items()
        }
    model = SpanBert(new_bert(config, dropout, "sdpa"))
    found = model.load_state_dict(tensors, strict=False)
    missing = [name for name in found.missing_keys if not name.startswith("head")]
    if found.unexpected_keys or missing or (start and found.missing_keys):
        raise ValueError(f"{start} lacks {missing} and also has {found.unexpected_keys}")
    return model


class Soft:
    """What other readers answer: the likeliest places of each row, and how likely they are."""

    def __init__(self, path: Path, rows: Rows, device: torch.device) -> None:
        with np.load(path) as found:
            self._places, self._shares = found["places"], found["shares"]
        self._rows, self._device = rows, device

    def loss(self, scores: Tensor, rows: npt.NDArray[np.int64]) -> Tensor:
        """Return the cross-entropy of the scores, (2, rows, length), from those answers."""
        at = self._places[rows].astype(np.int64)  # (rows, 2, places), 0 for "not here"
        at = np.where(at > 0, at - 1 + self._rows.firsts(rows)[:, None, None], 0)
        share = self._shares[rows].astype(np.float32)
        share /= share.sum(2, keepdims=True)
        places = torch.from_numpy(at).to(self._device).permute(1, 0, 2)
        shares = torch.from_numpy(share).to(self._device).permute(1, 0, 2)
        likely = scores.log_softmax(2).gather(2, places)
        return -(shares * likely).sum(2).mean()


class Course:
    """A run over a pack."""

    def __init__(self, model: SpanBert, rows: Rows, options: argparse.Namespace) -> None:
        self._model, self._rows, self._options = model, rows, options
        self._parts = [part for part in model.parameters() if part.requires_grad]
        groups = [
            {"params": [p for p in self._parts if p.dim() > 1], "weight_decay": DECAY},
            {"params": [p for p in self._parts if p.dim() <= 1], "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=options.rate, fused=True)
        self._averaged = [part.detach().clone() for part in self._parts]

    def run(self, soft: Soft | None, device: torch.device) -> None:
        """Train to the end; the model has the averaged weights then."""
        options, began = self._options, time.monotonic()
        total = int(self._rows.length[: self._rows.watched].sum() / options.tokens * options.passes)
        self._model.train()
        losses: list[Tensor] = []
        for step, (rows, rivals) in enumerate(self._batches(), 1):
            gone = time.monotonic() - began
            share = max(step / total if total else 2, gone / options.seconds)
            if share > 1:
                break
            batch = self._rows.batch(rows, rivals)
            with torch.autocast(device.type, dtype=torch.bfloat16):
                scores = self._model(batch)
            loss = loss_of(scores, batch)
            if soft:
                loss = (1 - options.taught) * loss + options.taught * soft.loss(scores, rows)
            if rivals:
                loss = loss + options.rivalry * rivalry_of(scores, batch)
            loss.backward()
            losses.append(loss.detach())
            self._step(share, step)
            if step % SHOWN == 0:
                mean = float(torch.stack(losses).mean())
                print(f"{step} of {total} steps, loss {mean:.3f}, {gone:.0f} s", flush=True)
                losses = []
        with torch.no_grad():
            torch._foreach_copy_(self._parts, self._averaged)

    def _batches(self) -> Iterator[tuple[npt.NDArray[np.int64], list[tuple[int, int]]]]:
        chance = random.Random(self._options.seed)
        while True:
            yield from self._rows.epoch(self._options.tokens, chance)

    def _step(self, share: float, number: int) -> None:
        factor = share / WARMUP if share < WARMUP else (1 - share) / (1 - WARMUP)
        for group in self._optimiser.param_groups:
            group["lr"] = self._options.rate * max(factor, 0.01)
        torch.nn.utils.clip_grad_norm_(self._parts, CLIP)
        self._optimiser.step()
        self._optimiser.zero_grad()
        keep = min(AVERAGE, (number + 1) / (number + 10))
        torch._foreach_lerp_(self._averaged, [p.detach() for p in self._parts], 1 - keep)


def watch(model: SpanBert, rows: Rows, device: torch.device) -> dict[str, dict[str, float]]:
    """Return for each source of the rows to watch: exact answers, and AUROC of the answerable."""
    watched = np.arange(rows.watched, len(rows.length))
    watched = watched[np.argsort(rows.length[watched], kind="stable")]
    margins, exact = np.zeros(len(rows.length)), np.zeros(len(rows.length), np.bool_)
    model.eval()
    for place in range(0, len(watched), 256):
        part = watched[place : place + 256]
        with torch.no_grad(), torch.autocast(device.type, dtype=torch.bfloat16):
            scores = model(rows.batch(part))
        null = scores[0, :, 0] + scores[1, :, 0]
        scores[:, :, 0] = FAR
        both = scores[0][:, :, None] + scores[1][:, None, :]
        size = both.shape[1]
        band = torch.ones(size, size, dtype=torch.bool, device=device).triu().tril(LONGEST - 1)
        best, at = both.masked_fill(~band, FAR * 3).flatten(1).max(1)
        margins[part] = (best - null).cpu().numpy()
        words = np.stack([(at // size).cpu().numpy(), (at % size).cpu().numpy()], axis=1)
        exact[part] = (rows.spans[part] == words[:, None]).all(2).any(1)
    found: dict[str, dict[str, float]] = {}
    answered = watched[rows.answered[watched]]
    for number, name in enumerate(rows.sources):
        chosen = watched[rows.source[watched] == number]
        right, wrong = chosen[rows.answered[chosen]], chosen[~rows.answered[chosen]]
        if len(right):
            found[name] = {"exact": float(exact[right].mean())}
        if len(wrong):
            both = np.concatenate([right if len(right) else answered, wrong])
            figure = roc_auc_score(rows.answered[both], margins[both])
            found.setdefault(name, {})["AUROC"] = float(figure)
    return found


def save(model: SpanBert, path: Path) -> None:
    """Write the trained tensors in half precision, without the word embeddings."""
    tensors = {
        name.removeprefix("bert."): tensor.half().cpu().contiguous()
        for name, tensor in model.state_dict().items()
        if name != WORDS and "position_ids" not in name
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)


def main() -> None:
    """Train, print what the held-out questions say, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pack", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("start", "soft"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--vocabulary", choices=SHAPES, default="minilm")
    for name, default in (
        ("passes", 1.0), ("seconds", 1e9), ("rate", 2e-4), ("rivalry", 0.5), ("taught", 0.7),
        ("dropout", 0.0),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=float, default=default)
    parser.add_argument("--tokens", type=int, default=24_000, help="of a batch")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rows = Rows(options.pack, options.vocabulary, device)
    model = reader(rows, options.vocabulary, options.start, options.dropout).to(device)
    soft = Soft(options.soft, rows, device) if options.soft else None
    Course(model, rows, options).run(soft, device)
    save(model, options.out)
    for name, figures in watch(model, rows, device).items():
        print(name, {kind: round(figure, 4) for kind, figure in figures.items()}, flush=True)


if __name__ == "__main__":
    main()
