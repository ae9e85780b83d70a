"""The error tree. Each message says what was expected, what came, and what to do.

    ChuchuError
    ├── ReadingError              one file cannot be read; the others go on
    │   ├── UnsupportedFormatError
    │   ├── EmptyFileError
    │   ├── DamagedFileError
    │   ├── ChangedFileError      it changed or went while it was read
    │   ├── UnreachableFileError  it is not there, or may not be read
    │   ├── WrongEncodingError    its bytes are not in the encoding that was told
    │   ├── NotAFileError         a pipe, a device, a link to a folder
    │   ├── EncryptedFileError
    │   ├── NoTextError
    │   ├── FileTooLargeError
    │   └── WorkerFailedError     the reading worker died, or ran out of time or memory
    ├── LibraryError
    │   ├── LibraryNotFoundError
    │   ├── LibraryFormatError    written by a newer Chuchu, or no library at all
    │   ├── LibraryLockedError    another process is writing
    │   ├── LibraryDamagedError   stored bytes do not match their hash
    │   ├── LibraryFullError      no room on the disk
    │   ├── LibraryReadOnlyError
    │   ├── EncoderMismatchError  vectors of another encoder
    │   ├── RootUnavailableError  an unplugged disk, a folder that is not there
    │   ├── NotInLibraryError     no such document, version or passage
    │   └── AmbiguousNameError    the beginning of several ids
    ├── SelfTestError             an index does not find what it must contain
    ├── EncoderError              a model folder that cannot be used
    └── LanguageModelError        a model server that gave no usable answer

Misuse of a function is ValueError; "no evidence" is an Answer, never an error.
"""

from __future__ import annotations

from qa.records import ModelProblem


class ChuchuError(Exception):
    """Anything that went wrong for a reason the user can act on.

    about: the path, id or name that the sentence is about, for whoever says it in another language; "" when it is about nothing else.
    """

    def __init__(self, sentence: str = "", *, about: object = "") -> None:
        super().__init__(sentence)
        self.about = str(about)


class ReadingError(ChuchuError):
    """One file cannot be read; the message is the reason shown beside it."""


class UnsupportedFormatError(ReadingError):
    pass


class EmptyFileError(ReadingError):
    pass


class DamagedFileError(ReadingError):
    pass


class ChangedFileError(ReadingError):
    pass


class UnreachableFileError(ReadingError):
    pass


class WrongEncodingError(ReadingError):
    pass


class NotAFileError(ReadingError):
    pass


class EncryptedFileError(ReadingError):
    pass


class NoTextError(ReadingError):
    pass


class FileTooLargeError(ReadingError):
    pass


class WorkerFailedError(ReadingError):
    pass


class LibraryError(ChuchuError):
    """The library as a whole cannot do what was asked."""


class LibraryNotFoundError(LibraryError):
    pass


class LibraryFormatError(LibraryError):
    pass


class LibraryLockedError(LibraryError):
    pass


class LibraryDamagedError(LibraryError):
    pass


class LibraryFullError(LibraryError):
    pass


class LibraryReadOnlyError(LibraryError):
    pass


class EncoderMismatchError(LibraryError):
    pass


class RootUnavailableError(LibraryError):
    pass


class NotInLibraryError(LibraryError):
    pass


class AmbiguousNameError(LibraryError):
    pass


class SelfTestError(ChuchuError):
    pass


class EncoderError(ChuchuError):
    pass


class LanguageModelError(ChuchuError):
    """A model server gave no usable answer. problem: what kind of trouble it is."""

    def __init__(self, sentence: str = "", *, about: object = "", problem: ModelProblem = "failed") -> None:
        super().__init__(sentence, about=about)
        self.problem: ModelProblem = problem
