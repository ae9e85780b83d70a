"""The reader's network as torch trains it; `qa/answering/reader/network.py` computes the same in numpy and says what each part does."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from qa.answering.reader.features import FEATURES
from qa.answering.reader.network import KIND_DIM, LONGEST_ANSWER, NOTHING, Shape
from qa.answering.reader.texts import WORD_KINDS


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch: queries and texts padded with number 0 to one length each."""

    query_characters: Tensor  # (rows, query) int64
    query_words: Tensor
    query_kinds: Tensor
    query_features: Tensor  # (rows, query, len(FEATURES)) float32
    query_mask: Tensor  # (rows, query) bool, True for a character
    characters: Tensor  # (rows, text)
    words: Tensor
    kinds: Tensor
    features: Tensor
    mask: Tensor


class Scoring(nn.Module):
    """What every reader does with what it has made of the characters: it scores their stretches, silence, and yes or no."""

    def add_scores(self, dim: int, pair: int) -> None:
        """Makes the parameters. pair: numbers in which the first and the last character of a stretch are compared."""
        self.ends = nn.Linear(dim, 2)
        self.first = nn.Linear(dim, pair)
        self.last = nn.Linear(dim, pair)
        self.lengths = nn.Parameter(torch.zeros(LONGEST_ANSWER))
        self.silence = nn.Linear(2 * dim, 1)
        self.yes_no = nn.Linear(2 * dim, 1)

    def stretches(self, text: Tensor, mask: Tensor) -> Tensor:
        """(rows, text, text) logits by first and last character, NOTHING where no answer can be. mask: (rows, text) bool."""
        ends = self.ends(text).float()
        scores: Tensor = (self.first(text) @ self.last(text).transpose(1, 2)).float() * self.first.out_features**-0.5
        scores = scores + ends[:, :, None, 0] + ends[:, None, :, 1]
        places = torch.arange(text.shape[1], device=text.device)
        length = places - places[:, None]
        possible = (length >= 0) & (length < LONGEST_ANSWER)
        scores = scores + self.lengths[length.clamp(0, LONGEST_ANSWER - 1)]
        return scores.masked_fill(~(possible & mask[:, None] & mask[:, :, None]), NOTHING)

    def others(self, seen: Tensor) -> Tensor:
        """(rows, 2) logits of silence and of yes or no. seen: (rows, 2 * dim) of the whole."""
        return torch.cat((self.silence(seen), self.yes_no(seen)), -1).float()


class ReadingNetwork(Scoring):
    """Scores every stretch of a text as the answer to a query, an answer of yes or no, and the text's silence."""

    def __init__(self, shape: Shape, character_vectors: Tensor, word_vectors: Tensor, dropout: float = 0.1) -> None:
        """character_vectors: (1 + characters, dim), trained on. word_vectors: (1 + words, dim), left as they are."""
        super().__init__()
        self.shape = shape
        dim = shape.dim
        self.characters = nn.Embedding.from_pretrained(character_vectors.clone(), freeze=False)  # type: ignore[no-untyped-call]
        self.words = nn.Embedding.from_pretrained(word_vectors.clone(), freeze=True)  # type: ignore[no-untyped-call]
        self.kinds = nn.Embedding(len(WORD_KINDS), KIND_DIM)
        self.entry = nn.Linear(character_vectors.shape[1] + word_vectors.shape[1] + KIND_DIM + len(FEATURES), dim)
        self.encoder = nn.ModuleList(GatedConvolution(dim, dilation) for dilation in shape.encoder)
        self.align_text = nn.Linear(dim, dim)
        self.align_query = nn.Linear(dim, dim, bias=False)
        self.align_same = nn.Parameter(torch.tensor([1.0, 1.0]))
        self.pool = nn.Linear(dim, 1, bias=False)
        self.merge = nn.Linear(4 * dim, dim)
        self.before = nn.ModuleList(GatedConvolution(dim, dilation) for dilation in shape.before)
        self.attention = SelfAttention(dim, shape.heads)
        self.after = nn.ModuleList(GatedConvolution(dim, dilation) for dilation in shape.after)
        self.norm = nn.LayerNorm(dim)
        self.add_scores(dim, shape.pair)
        self.dropout = ChannelDropout(dropout)
        self.early_dropout = ChannelDropout(dropout * 1.5)

    def forward(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Logits of every stretch, (rows, text, text) by first and last character, impossible ones NOTHING; and those of silence and of an
        answer of yes or no, (rows, 2)."""
        query = self._encoded(rows.query_characters, rows.query_words, rows.query_kinds, rows.query_features, rows.query_mask)
        text = self._encoded(rows.characters, rows.words, rows.kinds, rows.features, rows.mask)
        aligned, about = self._aligned(query, text, rows)
        text = self.merge(torch.cat((text, aligned, text * aligned, text * about[:, None]), -1))
        mask = rows.mask[..., None].to(text.dtype)
        for block in self.before:
            text = block(self.dropout(text), mask)
        text = self.attention(text, rows.mask)
        for block in self.after:
            text = block(self.dropout(text), mask)
        text = self.dropout(self.norm(text))
        most = text.masked_fill(~rows.mask[..., None], NOTHING).amax(1)
        return self.stretches(text, rows.mask), self.others(torch.cat((most, about), -1))

    def _encoded(self, characters: Tensor, words: Tensor, kinds: Tensor, features: Tensor, mask: Tensor) -> Tensor:
        letters = self.early_dropout(torch.cat((self.characters(characters), self.words(words)), -1))
        x: Tensor = self.entry(torch.cat((letters, self.kinds(kinds), features), -1))
        keep = mask[..., None].to(x.dtype)
        for block in self.encoder:
            x = block(x, keep)
        return x

    def _aligned(self, query: Tensor, text: Tensor, rows: Rows) -> tuple[Tensor, Tensor]:
        """For each character of the text the mean of the query's that fit it; and the query as one vector."""
        scores = self.align_text(text) @ self.align_query(query).transpose(1, 2) * self.shape.dim**-0.5
        same_character = (rows.characters[:, :, None] == rows.query_characters[:, None]) & (rows.characters[:, :, None] > 0)
        same_word = (rows.words[:, :, None] == rows.query_words[:, None]) & (rows.words[:, :, None] > 0)
        scores = scores + self.align_same[0] * same_character + self.align_same[1] * same_word
        weights = scores.float().masked_fill(~rows.query_mask[:, None], NOTHING).softmax(-1)
        own = self.pool(query).squeeze(-1).float().masked_fill(~rows.query_mask, NOTHING).softmax(-1)
        return weights.to(query.dtype) @ query, (own[:, None].to(query.dtype) @ query).squeeze(1)


class ChannelDropout(nn.Module):
    """Leaves numbers out of all characters of a row alike (variational dropout, Gal and Ghahramani 2016)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.share:
            return x
        kept = torch.rand(len(x), 1, x.shape[-1]) >= self.share
        return x * (kept / (1 - self.share)).to(x.dtype)


class GatedConvolution(nn.Module):
    """x + a * sigmoid(b), where a and b see the characters one dilation before and behind."""

    def __init__(self, dim: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(dim)
        self.near = nn.Linear(3 * dim, 2 * dim)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """mask: (rows, text, 1), 0 for padding, which is read as zeros."""
        y = self.norm(x) * mask
        d = self.dilation
        before = functional.pad(y, (0, 0, d, 0))[:, : y.shape[1]]
        behind = functional.pad(y, (0, 0, 0, d))[:, d:]
        both: Tensor = self.near(torch.cat((before, y, behind), -1))
        a, b = both.chunk(2, -1)
        return x + a * b.sigmoid()


class SelfAttention(nn.Module):
    """Each character gathers from those of the text that fit it."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.three = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        rows, n, dim = x.shape
        q, k, v = self.three(self.norm(x)).view(rows, n, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(-1, -2)).float() * (dim // self.heads) ** -0.5
        weights = scores.masked_fill(~mask[:, None, None], NOTHING).softmax(-1).to(v.dtype)
        gathered: Tensor = self.out((weights @ v).transpose(1, 2).reshape(rows, n, dim))
        return x + gathered


def loss_of(stretches: Tensor, others: Tensor, right: Tensor, yes_no: Tensor) -> Tensor:
    """Mean of -log(probability of a right stretch, of yes or no where the answer is that, or else of silence where there is no stretch).

    others: (rows, 2), silence and yes or no. right: (rows, k, 2) by first and last character, -1 for none. yes_no: (rows,) bool.
    """
    everything = torch.logsumexp(torch.cat((stretches.flatten(1), others), 1), 1)
    first, last = right.clamp(min=0).unbind(-1)
    there = right[..., 0] >= 0
    good = stretches[torch.arange(len(right), device=right.device)[:, None], first, last].masked_fill(~there, NOTHING)
    without = torch.where(yes_no, others[:, 1], others[:, 0])
    wanted = torch.where(there.any(1), torch.logsumexp(good, 1), without)
    return (everything - wanted).mean()
