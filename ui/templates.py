"""Our own pages, made from the templates beside this file: everything put into them is escaped, and a value that is missing is an error."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from ui.texts import Language, say


def page_html(template: str, language: Language, **values: object) -> str:
    """The page in one language. A template says its sentences with `say`, which knows the language."""

    def speak(key: str, **fields: object) -> str:
        return say(language, key, **fields)

    return _templates().get_template(template).render(say=speak, language=language, **values)


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
