"""Files that are certainly no text and that no reader takes: each is named, with what to do."""

from __future__ import annotations

from qa.errors import EncryptedFileError, UnsupportedFormatError

SIGNATURES = [
    (b"PK\x03\x04", "a zip archive", "unpack it and ingest the folder"),
    (b"%!PS", "a PostScript file", "convert it to PDF"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ\0", "an xz archive", "unpack it first"),
    (b"\x89PNG", "an image", "its text must be recognised (OCR) first"),
    (b"\xff\xd8\xff", "an image", "its text must be recognised (OCR) first"),
    (b"GIF8", "an image", "its text must be recognised (OCR) first"),
    (b"II*\0", "an image", "its text must be recognised (OCR) first"),
    (b"MM\0*", "an image", "its text must be recognised (OCR) first"),
    (b"\x7fELF", "a program", "leave it out"),
    (b"MZ\x90\0", "a program", "leave it out"),
    (b"SQLite format 3\0", "a database", "export its text"),
]
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office before 2007, and the envelope of an encrypted DOCX
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def refuse_unsupported(data: bytes) -> None:
    """UnsupportedFormatError or EncryptedFileError for a file known by its first bytes; nothing for any other."""
    if data.startswith(COMPOUND_FILE):
        if ENCRYPTED_PACKAGE in data:
            raise EncryptedFileError("the document is encrypted; open it with its password and save it without one")
        raise UnsupportedFormatError("an Office file from before 2007; save it as DOCX, XLSX or PDF")
    for signature, what, advice in SIGNATURES:
        if data.startswith(signature):
            raise UnsupportedFormatError(f"{what}; {advice}")
