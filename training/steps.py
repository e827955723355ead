"""The steps of a run: AdamW at a rate that rises and falls to zero, and averaged weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

CLIP = 1.0  # norm of the gradient
LEAST = 0.02  # of the rate


def rate_at(share: float, warmup: float) -> float:
    """Return what part of the rate holds at this share of a run: it rises to 1, then falls."""
    factor = share / warmup if share < warmup else (1 - share) / (1 - warmup)
    return max(factor, LEAST)


class Steps:
    """The trained tensors of a model, their optimiser, and their average along the way."""

    def __init__(
        self, model: nn.Module, rate: float, decay: float, warmup: float, average: float
    ) -> None:
        self._rate, self._warmup, self._average = rate, warmup, average
        self._parts = [part for part in model.parameters() if part.requires_grad]
        groups = [
            {"params": [p for p in self._parts if p.dim() > 1], "weight_decay": decay},
            {"params": [p for p in self._parts if p.dim() <= 1], "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=rate, fused=True)
        self._averaged = [part.detach().clone() for part in self._parts]
        self.taken = 0

    def take(self, share: float) -> None:
        """Take a step with the gradients that were added up, at this share of the run."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * rate_at(share, self._warmup)
        torch.nn.utils.clip_grad_norm_(self._parts, CLIP)
        self._optimiser.step()
        self._optimiser.zero_grad()
        self.taken += 1
        keep = min(self._average, (self.taken + 1) / (self.taken + 10))
        torch._foreach_lerp_(self._averaged, [p.detach() for p in self._parts], 1 - keep)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Give the model the averaged weights for a while."""
        with torch.no_grad():
            kept = [part.detach().clone() for part in self._parts]
            torch._foreach_copy_(self._parts, self._averaged)
        try:
            yield
        finally:
            with torch.no_grad():
                torch._foreach_copy_(self._parts, kept)

    def state(self) -> dict[str, Any]:
        """Return what `resume` needs, besides the weights."""
        averaged: list[Tensor] = self._averaged
        return {
            "optimiser": self._optimiser.state_dict(), "averaged": averaged, "steps": self.taken
        }  # fmt: skip

    def resume(self, state: dict[str, Any]) -> None:
        """Continue from a state."""
        self._optimiser.load_state_dict(state["optimiser"])
        self._averaged, self.taken = state["averaged"], state["steps"]
