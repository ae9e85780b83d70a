"""From hits to a checked, cited answer, or to the reason why there is none."""

from qa.answering.answerer import Answerer
from qa.answering.citing import attribution

__all__ = ["Answerer", "attribution"]
