"""The measurements of reading, one after another, and the folder they are written to.

NAME.json            one measurement: its figures with intervals and goals, and its table
report.html          all of them, for a reader
environment.json     machine, packages and times
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from eval.outputs import write_whole
from eval.reading.measurement import Measurement
from eval.report.reading import reading_page
from eval.results import Environment
from qa.records import to_json

NAMES = ("decoding", "publications", "joints", "pdf_order", "dates", "reprints", "speed")


def measured(name: str, data: Path) -> Measurement:
    """The measurement of that name on the data folder, as its module makes it. DatasetError when a file that it needs is missing."""
    found: Measurement = import_module(f"eval.reading.{name}").measure(data)
    return found


def write_measurements(found: Sequence[Measurement], environment: Environment, folder: Path) -> None:
    """Write the files; the folder is made, files of the same names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        write_whole(folder / f"{one.name}.json", json.dumps(to_json(one), ensure_ascii=False, indent=1) + "\n")
    write_whole(folder / "environment.json", json.dumps(to_json(environment), ensure_ascii=False, indent=1) + "\n")
    write_whole(folder / "report.html", reading_page(found, environment))
