"""The reader's transformer as torch trains it; `qa/answering/reader/transformer.py` computes the same and says what each part does."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from eval.training.reading_network import Scoring
from qa.answering.reader.network import NOTHING
from qa.answering.reader.transformer import ENTERING, LONGEST, MOST_SHARPNESS, SPECIAL, Shape

_FIRST_SHARPNESS = 8.0
_CHARACTER_SPREAD = 0.02  # of the vectors a training starts from


@dataclass(frozen=True, slots=True)
class Sequences:
    """A batch of queries with the texts they are read with, padded behind to one length."""

    characters: Tensor  # (rows, n) int64
    known: Tensor  # (rows, n, ENTERING) float32, zeros where there is no character
    lengths: Tensor  # (rows,) of query and text with their marks
    parted: Tensor  # (rows,) where the text begins
    right: Tensor  # (rows, k, 2) first and last character of each right stretch, in the text; -1 for none
    yes_no: Tensor  # (rows,) bool: answered with yes or no

    def to(self, device: torch.device) -> Sequences:
        """The same on a device."""
        moved = (
            one.to(device, non_blocking=True) for one in (self.characters, self.known, self.lengths, self.parted, self.right, self.yes_no)
        )
        return Sequences(*moved)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A batch of texts, packed one behind the other without padding, some of whose characters are hidden."""

    characters: Tensor  # (rows, n) int64, as they are read
    places: Tensor  # (rows, n) bool: what is to be said
    said: Tensor  # (rows, n) int64: the characters as they were


class TransformerNetwork(Scoring):
    """Scores every stretch of a text as the answer to a query, yes or no, and the text's silence; and says which characters are hidden."""

    cosines: Tensor  # (LONGEST, half of a head)
    sines: Tensor

    def __init__(self, shape: Shape, n_characters: int, dropout: float = 0.0) -> None:
        """n_characters: the lexicon's with the unknown, number 0."""
        super().__init__()
        self.shape, self.n_characters = shape, n_characters
        dim = shape.dim
        self.characters = nn.Embedding(n_characters + SPECIAL, dim)
        self.segments = nn.Embedding(2, dim)
        self.entry = nn.Linear(ENTERING, dim, bias=False)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(dim, eps=1e-5)
        self.add_scores(dim, shape.pair)
        self.dropout = nn.Dropout(dropout)
        angles = torch.arange(LONGEST)[:, None] * 10_000.0 ** (-torch.arange(dim // shape.heads // 2) / (dim // shape.heads // 2))
        self.register_buffer("cosines", angles.cos(), persistent=False)
        self.register_buffer("sines", angles.sin(), persistent=False)
        for vectors in (self.characters.weight, self.segments.weight, self.entry.weight):
            nn.init.normal_(vectors, std=_CHARACTER_SPREAD)

    def forward(self, rows: Sequences) -> tuple[Tensor, Tensor]:
        """(rows, text, text) logits by first and last character, NOTHING where no answer can be; (rows, 2) those of silence and of
        yes or no."""
        n = rows.characters.shape[1]
        places = torch.arange(n, device=rows.characters.device)
        there = places < rows.lengths[:, None]
        segments = (places >= rows.parted[:, None]).long()
        entered = self.characters(rows.characters) + self.segments(segments) + self.entry(rows.known)
        x = self._encoded(entered, there[:, None, None])
        texts = rows.lengths - rows.parted
        within = torch.arange(int(texts.max()), device=x.device)
        mask = within < texts[:, None]
        at = (rows.parted[:, None] + within).clamp(max=n - 1)
        read = x.gather(1, at[..., None].expand(-1, -1, x.shape[-1]))
        most = read.masked_fill(~mask[..., None], NOTHING).amax(1)
        return self.stretches(read, mask), self.others(torch.cat((x[:, 0], most), -1))

    def hidden(self, texts: Hidden) -> Tensor:
        """Mean of -log(probability) of the hidden characters; the vectors by which characters enter also say them."""
        x = self._encoded(self.characters(texts.characters) + self.segments.weight[1], None)
        logits = x[texts.places] @ self.characters.weight[: self.n_characters].T
        return functional.cross_entropy(logits.float(), texts.said[texts.places])

    def _encoded(self, x: Tensor, there: Tensor | None) -> Tensor:
        n = x.shape[1]
        x = self.dropout(x)
        for layer in self.layers:
            x = layer(x, there, self.cosines[:n], self.sines[:n])
        normed: Tensor = self.dropout(self.norm(x))
        return normed


class Layer(nn.Module):
    """Attention among the characters, then each character by itself; both add to what was there."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        dim, self.heads = shape.dim, shape.heads
        self.attention_norm = nn.RMSNorm(dim, eps=1e-5)
        self.three = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.log_sharpness = nn.Parameter(torch.full((shape.heads,), math.log(_FIRST_SHARPNESS)))
        self.hidden_norm = nn.RMSNorm(dim, eps=1e-5)
        self.gates = nn.Linear(dim, 2 * shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, dim, bias=False)
        self.dropout = nn.Dropout(dropout)
        for last in (self.out, self.down):  # so that what enters is not drowned at first
            last.weight.data *= (2 * shape.layers) ** -0.5

    def forward(self, x: Tensor, there: Tensor | None, cosines: Tensor, sines: Tensor) -> Tensor:
        """there: (rows, 1, 1, n) bool, False for padding; None when there is none. cosines, sines: (n, half of a head)."""
        rows, n, dim = x.shape
        q, k, v = self.three(self.attention_norm(x)).view(rows, n, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        sharpness = self.log_sharpness.exp().clamp(max=MOST_SHARPNESS)[:, None, None]
        q, k = (_turned(_unit(one), cosines, sines) for one in (q, k))
        gathered = functional.scaled_dot_product_attention((q * sharpness).to(v.dtype), k.to(v.dtype), v, there, scale=1.0)
        x = x + self.dropout(self.out(gathered.transpose(1, 2).reshape(rows, n, dim)))
        gate, value = self.gates(self.hidden_norm(x)).chunk(2, -1)
        added: Tensor = self.dropout(self.down(functional.silu(gate) * value))
        return x + added


def _unit(x: Tensor) -> Tensor:
    x = x.float()
    return x * (x.square().sum(-1, keepdim=True) + 1e-6).rsqrt()


def _turned(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return torch.cat((first * cosines - second * sines, first * sines + second * cosines), -1)
