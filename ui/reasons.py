"""What `qa` says of failures and of what it noticed while reading, in the reader's language.

`qa` speaks English; each of its sentences comes with what names it, the class of an error or the kind of a remark, and by that it is said
in Chinese here: once for each class, so a Chinese sentence may be less particular than the English one.
"""

from __future__ import annotations

from collections.abc import Mapping

from qa import errors
from qa.errors import ChuchuError
from qa.records import Decoding, Remark, RemarkKind, Skipped
from ui.texts import Language


class SaidError(ChuchuError):
    """An error of the user interface itself: its sentence is in the reader's language already."""


ERRORS: Mapping[type[ChuchuError], str] = {
    errors.ChuchuError: "出了问题",
    errors.ReadingError: "这份文件读不了；请另存一份再试，或不读它",
    errors.UnsupportedFormatError: "不支持这种格式；请另存为 DOCX、PDF、HTML 或纯文本",
    errors.EmptyFileError: "文件是空的，没有可读的内容",
    errors.DamagedFileError: "文件损坏、不完整，或者不是文字；请重新获取，或用原来的程序打开后另存",
    errors.ChangedFileError: "读取时文件变了或不见了；请再运行一次",
    errors.UnreachableFileError: "打不开；请看它还在不在、有没有读取权限",
    errors.WrongEncodingError: "内容不合 --encoding 指定的编码；请另指一种，或写 auto 让它重新判断",
    errors.NotAFileError: "不是普通的文件（是设备、管道，或指向文件夹的链接）；请直接指定要读的文件或文件夹",
    errors.EncryptedFileError: "文件有密码或版权保护；请解除保护后另存",
    errors.NoTextError: "里面没有可用的文字；如果是扫描件，请安装 chuchu[ocr] 再读，或先做文字识别（OCR）",
    errors.FileTooLargeError: "文件或其中的内容太大，超出上限；请拆成几份",
    errors.WorkerFailedError: "读取它的进程超时、内存不够或意外中止；请拆分、另存，或不读它",
    errors.LibraryError: "文库出了问题",
    errors.LibraryNotFoundError: "这里没有文库，也建不了；可先运行 chuchu ingest 文件夹，或用 --library 另指一处",
    errors.LibraryFormatError: "文库的格式与这一版 Chuchu 不合：不是 Chuchu 建的、比这一版新，或须先在可写的地方打开一次以升级",
    errors.LibraryLockedError: "另有程序正在写这个文库；请等它结束",
    errors.LibraryDamagedError: "文库里存的内容与校验值不符；请运行 chuchu library verify，或从备份恢复",
    errors.LibraryFullError: "磁盘满了；腾出空间后再运行一次，已经完成的不会丢",
    errors.LibraryReadOnlyError: "这个文库在这里只能读、不能写；请检查权限，或从可写的地方打开",
    errors.EncoderMismatchError: "文库是用别的编码器建的；请用 --encoder 指定那一个，或把文件读入新的文库",
    errors.RootUnavailableError: "那里没有东西；请检查名称，或接好它所在的磁盘再试。什么也没有改",
    errors.NotInLibraryError: "文库里没有，可能已被移除；chuchu library list 列出全部文件",
    errors.AmbiguousNameError: "不止一份文件的编号这样开头；请多写几位",
    errors.SelfTestError: "索引没有通过自检；请删去文库里的 keywords 文件夹，下次打开时会重建",
    errors.EncoderError: "这个模型不能用；请检查名称或文件夹",
    errors.LanguageModelError: "语言模型服务没有给出可用的回答；请看它是否在运行、--llm 和 --llm-model 是否写对",
}

_BY_NAME = {kind.__name__: sentence for kind, sentence in ERRORS.items()}
_GENERAL = {errors.ChuchuError, errors.ReadingError, errors.LibraryError}  # they say nothing without the English sentence

# {0}, {1}, … are `Remark.names`; {count} and {pages} tell the count.
REMARKS: Mapping[RemarkKind, str] = {
    "declares_another": "文件自称是 {0}，其实是 {1}",
    "declares_unusual": "文件自称是 {0}，但按 {1} 读才像通常的中文",
    "broken_bytes": "有 {count} 处不是 {0}，读作 \ufffd",
    "lost_before": "有 {count} 处文字在存盘前就已丢失：{0}",
    "misread_before": "有 {count} 处在存盘前被错读（{0} 当成了 {1}）：{2}",
    "pages_unclear": "{pages}：分栏不清，按文件里的次序读",
    "pages_picture": "{pages}：是图片，没有文字层，没有读",
    "pages_garbled": "{pages}：文字层是乱码，留存而不检索",
    "pages_recognised": "{pages}：由图像识别，把握 {sure:.0%}",
    "not_read": "没有读（{0}）",
    "more": "另有 {count} 条",
}


def error_text(error: ChuchuError, language: Language) -> str:
    """What went wrong and what to do, in one sentence."""
    if language == "en" or isinstance(error, SaidError):
        return str(error)
    kind = next(kind for kind in type(error).__mro__ if kind in ERRORS)
    detail = error.about if kind is type(error) and kind not in _GENERAL else str(error)
    return f"{ERRORS[kind]}（{detail}）" if detail else ERRORS[kind]


def skipped_text(skipped: Skipped, language: Language) -> str:
    """Why a file was not read, and what to do."""
    return skipped.reason if language == "en" else _BY_NAME.get(skipped.error, skipped.reason)


def decoding_note(decoding: Decoding, language: Language) -> str:
    """What was noticed about the bytes or the pages; "" when there is nothing to say."""
    if language == "en" or not decoding.remarks:
        return decoding.note
    return "；".join(_chinese(remark) for remark in decoding.remarks)


def _chinese(remark: Remark) -> str:
    more = f" 等 {remark.count} 页" if remark.count > len(remark.names) else " 页"
    pages = f"第 {'、'.join(remark.names)}{more}"
    names = (_BY_NAME.get(remark.names[1], remark.names[0]),) if remark.kind == "not_read" else remark.names
    said = REMARKS[remark.kind].format(*names, count=remark.count, pages=pages, sure=remark.sure)
    return f"{remark.where}：{said}" if remark.where else said
