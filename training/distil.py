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
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from lab.bert import FAR, WORDS, SpanBert, fill, loss_of, new_bert, rivalry_of, save, saved
from training.device import Numbers, Rows, as_floats
from training.steps import Steps

VOCABULARIES = ("minilm", "e5")
WARMUP, DECAY, AVERAGE = 0.06, 0.01, 0.999
SHOWN = 200  # steps between two lines of progress
LONGEST = 30  # tokens of an answer


def reader(rows: Rows, start: Path | None, dropout: float = 0.0) -> SpanBert:
    """Return a reader with the weights of a file, or of the pack without one."""
    stored = rows.stored
    tensors = as_floats({name: part for name, part in stored.items() if name.startswith("bert.")})
    config = {
        "hidden_size": tensors[WORDS].shape[1],
        "num_hidden_layers": sum(name.endswith("query.bias") for name in tensors),
        "num_attention_heads": int(stored["heads"]),
        "intermediate_size": len(tensors["bert.encoder.layer.0.intermediate.dense.bias"]),
        "type_vocab_size": len(tensors["bert.embeddings.token_type_embeddings.weight"]),
        "layer_norm_eps": float(stored["epsilon"]),
        "max_position_embeddings": len(tensors["bert.embeddings.position_embeddings.weight"]),
        "vocab_size": len(stored["tokens"]),
    }
    if start:
        tensors |= saved(start)
    model = SpanBert(new_bert(config, dropout, "sdpa"))
    new = {name for name in model.state_dict() if name.startswith("head") and name not in tensors}
    if start and new:
        raise ValueError(f"{start} lacks {sorted(new)}")
    fill(model, tensors, without=new)
    return model


class Soft:
    """What other readers answer: the likeliest places of each row, and how likely they are."""

    def __init__(self, path: Path, rows: Rows, device: torch.device) -> None:
        with np.load(path) as found:
            self._places, self._shares = found["places"], found["shares"]
        if len(self._places) != rows.watched:
            raise ValueError(f"{path} was made of another pack: it has {len(self._places)} rows")
        self._rows, self._device = rows, device

    def loss(self, scores: Tensor, rows: Numbers) -> Tensor:
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
        self.steps = Steps(model, options.rate, DECAY, WARMUP, AVERAGE)

    def run(self, soft: Soft | None, device: torch.device) -> None:
        """Train to the end of the passes or of the seconds."""
        options, began, seen = self._options, time.monotonic(), 0
        self._model.train()
        losses: list[Tensor] = []
        for rows, rivals in self._batches():
            gone = time.monotonic() - began
            share = max(seen / (options.passes * self._rows.watched), gone / options.seconds)
            if share >= 1:
                break
            seen += len(rows)
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
            self.steps.take(share)
            if self.steps.taken % SHOWN == 0:
                mean = float(torch.stack(losses).mean())
                print(f"{share:.0%} done, loss {mean:.3f}, {gone:.0f} s", flush=True)
                losses = []

    def _batches(self) -> Iterator[tuple[Numbers, list[tuple[int, int]]]]:
        chance = random.Random(self._options.seed)
        while True:
            yield from self._rows.epoch(self._options.tokens, chance)


def watch(model: SpanBert, rows: Rows, device: torch.device) -> dict[str, dict[str, float]]:
    """Return for each source of the rows to watch: exact answers, and AUROC of the answerable.

    An answer is exact in the tokens of the vocabulary: those of two vocabularies differ a little.
    """
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


def main() -> None:
    """Train, print what the held-out questions say, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pack", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("start", "soft"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--vocabulary", choices=VOCABULARIES, default="minilm")
    for name, default in (
        ("passes", 1.0), ("seconds", 1e9), ("rate", 2e-4), ("rivalry", 0.5), ("taught", 0.7),
        ("dropout", 0.0),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=float, default=default)
    parser.add_argument("--tokens", type=int, default=24_000, help="of a batch")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if options.soft and options.vocabulary != "minilm":
        parser.error("soft answers are in MiniLM's tokens: leave out --vocabulary or --soft")
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rows = Rows(options.pack, options.vocabulary, device)
    model = reader(rows, options.start, options.dropout).to(device)
    soft = Soft(options.soft, rows, device) if options.soft else None
    course = Course(model, rows, options)
    course.run(soft, device)
    with course.steps.averaged():
        save(model, options.out)
        for name, figures in watch(model, rows, device).items():
            print(name, {kind: round(figure, 4) for kind, figure in figures.items()}, flush=True)


if __name__ == "__main__":
    main()
