"""Whether what is shown says what its sources say: `check(statement, quotes)`, the same for every statement, whoever wrote it."""

from qa.answering.checking.checker import Checked, Failure, check, unsupported

__all__ = ["Checked", "Failure", "check", "unsupported"]
