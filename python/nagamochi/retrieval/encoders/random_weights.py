"""Random weights: for comparison and for tests, and only where they are asked for by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.encoder import RANDOM
from nagamochi.retrieval.encoders.weights import tensors_digest

SEED = 0


def with_random_weights(make: Callable[[], Any]) -> tuple[Any, str]:
    """The model that `make` initialises, the same in every run, and what stands for its weights in an identity.

    Torch's own stream of random numbers stays as it is.
    """
    torch = _backends.torch()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = make()
    return model, f"{RANDOM}:{tensors_digest(model.state_dict())}"
