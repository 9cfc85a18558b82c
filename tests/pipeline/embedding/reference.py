"""all-MiniLM-L6-v2 in plain NumPy, from the paper rather than from our graph: slow, and easy to check.

One text at a time, so without padding or masks.
"""

from collections.abc import Mapping
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Array = np.ndarray[Any, np.dtype[np.float64]]
HEADS, LAYERS, MAX_TOKENS = 12, 6, 256


class Reference:
    """The model with the weights and the tokenizer in `folder`; `embed` gives one text's vector."""

    def __init__(self, folder: Path) -> None:
        self.weights: Mapping[str, Array] = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.embed = cache(self._embed)

    def _embed(self, text: str) -> Array:
        ids = self.tokenizer.encode(text).ids
        w = self.weights
        x = (
            w["embeddings.word_embeddings.weight"][ids]
            + w["embeddings.position_embeddings.weight"][: len(ids)]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self._norm(x + self._attention(x, f"{name}.attention"), f"{name}.attention.output.LayerNorm")
            wide = _gelu(self._dense(x, f"{name}.intermediate.dense"))
            x = self._norm(x + self._dense(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        mean: Array = x.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _dense(self, x: Array, name: str) -> Array:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        found: Array = scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return found

    def _attention(self, x: Array, name: str) -> Array:
        query, key, value = (
            self._dense(x, f"{name}.self.{part}").reshape(len(x), HEADS, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / sqrt(query.shape[-1])
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (shares / shares.sum(axis=-1, keepdims=True)) @ value
        return self._dense(mixed.transpose(1, 0, 2).reshape(len(x), -1), f"{name}.output.dense")


def _gelu(x: Array) -> Array:
    """The exact form; erf by Abramowitz and Stegun 7.1.26, within 1.5e-7."""
    z = np.abs(x) / sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-(z**2)))
    return x * (1 + erf) / 2
