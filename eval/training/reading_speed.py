"""How long a transformer of each size would read, in numpy: python -m eval.training.reading_speed [--characters N].

Random weights with the shipped reader's lexicon, one invented text, one core; milliseconds of processor time, the median of many turns, and
as a multiple of the shipped reader's in the same run. Neighbours on the machine cost some of it even so.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from statistics import median

import typer

from eval.training.train_transformer import weights_of
from eval.training.transformer_network import TransformerNetwork
from qa.answering.reader.network import load_network
from qa.answering.reader.reading import SHIPPED, Reader, shipped_reader
from qa.answering.reader.transformer import Shape, Transformer
from qa.records import Span
from qa.splitting import sentence_spans

SIZES = ((4, 128), (6, 128), (8, 128), (3, 160), (4, 160), (6, 160), (3, 192), (4, 192), (6, 192), (3, 256), (4, 256), (6, 256), (6, 384))
_QUERY = "望鹭桥是由谁出资修建的，建成于哪一年？"
_TEXT = (
    "望鹭桥建于道光十七年，由茶商林有福出资修建，全长一百二十米。桥头立有石碑一块，碑文今已不存。镇上逢三逢八有集市，赶集的人多从桥上经过。"
)
_TURNS = 21


def milliseconds(reader: Reader, characters: int) -> float:
    """Of processor time, for one text of so many characters with one query."""
    text = (_TEXT * (characters // len(_TEXT) + 1))[:characters]
    sentences, window = sentence_spans(text), Span(0, characters)
    taken = []
    for _ in range(_TURNS):
        started = time.process_time()
        reader.read(_QUERY, text, window, sentences)
        taken.append(time.process_time() - started)
    return 1000 * median(taken)


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.training.reading_speed", description=__doc__)
    parser.add_argument("--characters", type=int, default=300, help="of the text read")
    options = parser.parse_args(argv)
    lexicon = load_network(SHIPPED).lexicon
    before = milliseconds(shipped_reader(), options.characters)
    typer.echo(f"| layers x width | parameters | ms, {options.characters} characters | times the shipped reader ({before:.1f} ms) |")
    typer.echo("|---|---|---|---|")
    for layers, width in SIZES:
        network = TransformerNetwork(Shape.of(layers, width), 1 + len(lexicon.characters))
        parameters = sum(parameter.numel() for parameter in network.parameters())
        taken = milliseconds(Reader(Transformer(network.shape, lexicon, weights_of(network))), options.characters)
        typer.echo(f"| {layers} x {width} | {parameters / 1e6:.1f} M | {taken:.1f} | {taken / before:.1f} |")


if __name__ == "__main__":
    main()
