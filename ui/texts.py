"""Every sentence Chuchu says to a person, in Chinese and in English, side by side. The documents' own words never pass here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

Language = Literal["zh", "en"]

# key: (Chinese, English); both take the same fields.
TEXTS: Mapping[str, tuple[str, str]] = {
    # words used everywhere
    "page": ("第 {page} 页", "p. {page}"),
    "untitled": ("无题", "untitled"),
    "copies": ("另有 {count} 处文字相同，算同一份证据", "the same text stands in {count} more places: one witness"),
    "differs": ("说法不同：{markers}", "another account: {markers}"),
    # the answer
    "no_evidence": ("没有找到依据。", "No evidence found."),
    "reason_library_empty": ("文库里还没有文件。", "The library is still empty."),
    "reason_nothing_matched": ("文库里没有一段文字与问题相关。", "Nothing in the library matches the question."),
    "reason_too_weak": ("找到的段落不足以回答这个问题。", "The passages found do not answer this question."),
    "reason_query_empty": ("问题里没有可以检索的字词。", "The question holds no word to search for."),
    "searched_as": ("实际检索的是：{text}", "Searched as: {text}"),
    "also_read": ("也读过（{count}）", "Also read ({count})"),
    "nearest": ("最接近的段落（{count}）", "Nearest passages ({count})"),
    "dropped": ("未通过核对、已略去的句子（{count}）", "Sentences dropped because they failed the check ({count})"),
    "copy": ("复制回答与出处", "Copy answer and sources"),
    "copied": ("已复制", "Copied"),
    "searching": ("正在检索…", "Searching…"),
    "steps": ("检索到 {passages} 段，来自 {documents} 份文件 · {ms} 毫秒", "{passages} passages found in {documents} documents · {ms} ms"),
    "step_rank": ("第 {rank} 段 · 相关度 {score}", "passage {rank} · score {score}"),
    # the chat page
    "tagline": ("每一句话都能打开它的出处", "Every statement opens the exact place it was taken from"),
    "tab_ask": ("提问", "Ask"),
    "tab_library": ("文库", "Library"),
    "ask_placeholder": ("向文库提问，简体繁体都可以", "Ask the library, in Simplified or Traditional Chinese"),
    "send": ("提问", "Ask"),
    "welcome": ("从文件里找答案", "Answers from the documents"),
    "welcome_more": (
        "回答逐字引自文库，点 [1] 看原文；文库里没有的，会直说没有。",
        "Answers are quoted word for word; click [1] to see the place. What the library does not say, Chuchu does not say either.",
    ),
    "welcome_kept": (
        "问答不留记录；只有点了赞或踩的才记在文库里。",
        "Questions are not recorded, except with an answer you give a thumb.",
    ),
    "feedback_kept": ("谢谢。问题和这个回答已记在文库里。", "Thank you. The question and this answer are now kept in the library."),
    "feedback_dropped": ("已取消，文库里不再留有这条评价。", "Taken back. The library keeps nothing of it."),
    "feedback_not_kept": ("没有记下：{message}", "Not kept: {message}"),
    "other_language": ("English", "中文"),
    "local_only": ("只在本机运行，不联网", "Runs on this computer only, never online"),
    "sample_banner": (
        "这是虚构的示例文库，写一座不存在的县城。要问自己的文件，请到“文库”页读入文件夹，或在终端运行",
        "An invented sample library. To ask your own documents, open a folder on the Library page, or run",
    ),
    "own_folder": (
        "打开自己的文件夹（读入您自己的文库，不进示例文库）",
        "Open a folder of your own (into your own library, not the sample)",
    ),
    "own_folder_placeholder": ("例如 /home/me/文件", "for example /home/me/documents"),
    "own_folder_open": ("读入并打开", "Read and open"),
    "own_folder_done": ("现在是您自己的文库。", "This is now your own library."),
    "own_folder_missing": ("没有这个文件夹：{path}", "There is no such folder: {path}"),
    "failed": ("没有完成：{message}", "Not done: {message}"),
    # the library page
    "count_documents": ("{count} 份文件，{passages} 段", "{count} documents, {passages} passages"),
    "filter": ("按题名、作者、刊物或路径筛选", "Filter by title, author, publication or path"),
    "more_rows": ("另有 {count} 份未列出，请用筛选缩小范围。", "{count} more are not listed; narrow the filter."),
    "no_documents": ("文库里还没有文件。", "The library is still empty."),
    "col_title": ("题名", "Title"),
    "col_author": ("作者", "Author"),
    "col_publication": ("刊物", "Publication"),
    "col_published": ("日期", "Date"),
    "col_format": ("格式", "Format"),
    "col_encoding": ("编码", "Encoding"),
    "col_script": ("字体", "Script"),
    "col_passages": ("段数", "Passages"),
    "col_state": ("状态", "State"),
    "script_hans": ("简体", "Simplified"),
    "script_hant": ("繁体", "Traditional"),
    "script_mixed": ("简繁混排", "mixed"),
    "script_other": ("其他", "other"),
    "state_present": ("可检索", "searchable"),
    "state_missing": ("文件不见了", "file is gone"),
    "state_removed": ("已移除", "removed"),
    "upload": ("添加文件（可拖入多个）", "Add files (drop several at once)"),
    "upload_progress": ("正在读入 {done} / {total}", "Reading {done} of {total}"),
    "indexing": ("正在更新索引", "Updating the indexes"),
    "planning": ("正在查看文件夹", "Looking through the folders"),
    "report": (
        "新增 {added}，更新 {updated}，改名 {renamed}，恢复 {restored}，未变 {unchanged}；新段落 {passages}；用时 {seconds} 秒",
        "{added} added, {updated} updated, {renamed} renamed, {restored} restored, {unchanged} unchanged; "
        "{passages} new passages; {seconds} s",
    ),
    "report_missing": (
        "{count} 份文件已不在原处：不再检索，旧引用仍可打开",
        "{count} files are gone from their place: no longer searched, old citations still open",
    ),
    "report_pruned": ("已移除 {count} 份", "{count} removed"),
    "report_skipped": ("跳过 {count} 份：", "{count} skipped:"),
    "remove_title": ("移除文件", "Remove documents"),
    "remove_choose": ("要移除的文件", "Documents to remove"),
    "remove": ("移除…", "Remove…"),
    "remove_confirm": (
        "移除 {count} 份文件？马上查不到，随后文字、索引、副本和引用它们的评价都会抹掉，不能恢复；您文件夹里的原件不动。",
        "Remove {count} documents? They are unfindable at once, then text, indexes, copies and the feedback that cites them are erased "
        "for good. The files in your own folders stay.",
    ),
    "remove_yes": ("确认移除", "Yes, remove"),
    "cancel": ("取消", "Cancel"),
    "receipt": (
        "已隐藏 {passages_hidden} 段（{versions_hidden} 个版本）；"
        "已抹去 {passages_erased} 段，{originals_erased} 份原件，{copies_erased} 份上传副本，{feedback_erased} 条评价。",
        "{passages_hidden} passages hidden ({versions_hidden} versions); erased: {passages_erased} passages, "
        "{originals_erased} originals, {copies_erased} upload copies, {feedback_erased} pieces of feedback.",
    ),
    "receipt_pending": ("抹除尚未完成：{reason}", "Erasing is pending: {reason}"),
    # the source reader
    "source": ("原文", "Source"),
    "old_version": (
        "这是旧版本：文件后来改过。引文仍与当时的文字逐字相同。",
        "This is an older version: the document has changed since. The quote still equals what it said then.",
    ),
    "current_version": ("看现在的版本", "See the current version"),
    "missing_document": (
        "这份文件已不在原来的地方；这里是读入时保存的文字。",
        "The file is no longer where it was; this is the text as it was read.",
    ),
    "earlier": ("前面的内容", "Earlier part"),
    "later": ("后面的内容", "Later part"),
    "to_quote": ("回到引文", "Back to the quote"),
    "characters_shown": ("显示第 {first}–{last} 字，全文 {total} 字", "Characters {first}–{last} of {total}"),
    "reprinted_from": ("转载自 {source}", "reprinted from {source}"),
    "error": ("打不开", "Cannot open"),
    "bad_document": ("文件编号应是 16 位十六进制数字。", "A document id is 16 hexadecimal digits."),
    "bad_version": ("版本应是 64 位十六进制数字。", "A version is 64 hexadecimal digits."),
    "bad_spans": ("位置应写作 s=12-40,57-80，并落在文件之内。", "Places are written s=12-40,57-80 and lie inside the document."),
    "not_in_library": (
        "文库里没有这份文件或这个版本，可能已被移除。",
        "The library holds no such document or version; it may have been removed.",
    ),
    # logging in
    "login": ("登录", "Log in"),
    "password": ("密码", "Password"),
    "wrong_password": ("密码不对。", "Wrong password."),
    # the terminal
    "progress_reading": ("读入", "reading"),
    "progress_line": ("{done} / {total} 份，每秒 {rate} 份，还需约 {left} 秒", "{done} of {total} files, {rate}/s, about {left} s left"),
    "stopped": (
        "已停止；{count} 份文件已在文库里，再运行同一条命令会接着做。",
        "stopped; {count} files are in the library; run the same command again to go on.",
    ),
    "stopped_plain": ("已停止。", "stopped."),
    "plan": (
        "将新增 {added}，更新 {updated}，改名 {renamed}，恢复 {restored}，未变 {unchanged}；不见了 {missing}",
        "would add {added}, update {updated}, rename {renamed}, restore {restored}; {unchanged} unchanged, {missing} gone",
    ),
    "nothing_changed": ("什么也没有改。", "Nothing was changed."),
    "prune_ask": (
        "有 {count} 份文件已不在文件夹里，将从文库中永久抹去。继续吗？",
        "{count} documents are gone from their folders and will be erased from the library for good. Go on?",
    ),
    "prune_needs_yes": (
        "--prune 会永久抹去 {count} 份文件；请在终端里确认，或加上 --yes。",
        "--prune would erase {count} documents for good; confirm in a terminal, or add --yes.",
    ),
    "remove_ask": ("从文库中永久抹去 {count} 份文件？", "Erase {count} documents from the library for good?"),
    "remove_needs_yes": ("请在终端里确认，或加上 --yes。", "confirm in a terminal, or add --yes."),
    "no_hits": ("没有找到相关的段落。", "No passage matches."),
    "forgotten": (
        "已抹去 {versions} 个旧版本，{passages} 段，{feedback} 条评价。",
        "{versions} old versions erased, {passages} passages, {feedback} pieces of feedback.",
    ),
    "thumb_up": ("赞", "up"),
    "thumb_down": ("踩", "down"),
    "no_feedback": ("没有评价。", "No feedback."),
    "feedback_erased": ("已抹去 {count} 条评价。", "{count} pieces of feedback erased."),
    "verified": (
        "已核对 {documents} 份文件，{versions} 个版本，{passages} 段（可检索 {searchable}），{originals} 份原件。",
        "checked {documents} documents, {versions} versions, {passages} passages ({searchable} searchable), {originals} originals.",
    ),
    "no_problems": ("没有发现问题。", "No problem found."),
    "moved": ("{old} 现在在 {new}。", "{old} is now at {new}."),
    "serving": ("打开 {url} （按 Ctrl-C 停止）", "Open {url} (Ctrl-C stops it)"),
    "port_taken": (
        "端口 {port} 已被占用；请用 --port 另选一个，或先停掉占用它的程序。",
        "port {port} is taken; choose another with --port, or stop the program that holds it.",
    ),
    "cannot_bind": ("不能在 {host} 上监听：{reason}", "cannot listen on {host}: {reason}"),
    "password_needed": (
        "{host} 别的机器也能连到，必须有密码：设置环境变量 CHUCHU_PASSWORD，或在终端里运行以便输入。",
        "other machines can reach {host}, so a password is needed: set CHUCHU_PASSWORD, or run in a terminal to be asked.",
    ),
    "password_ask": ("给这个网页设一个密码", "A password for the page"),
    "sample_and_library": ("--sample 有自己的文库，不能和 --library 一起用。", "--sample has a library of its own; leave --library out."),
    "sample_reading": ("第一次使用，正在读入示例文库…", "First start: reading the sample library…"),
    "no_library": (
        "{folder} 里没有文库；先运行 chuchu ingest 文件夹。",
        "there is no library in {folder}; `chuchu ingest FOLDER` makes one.",
    ),
    "bad_date": ("日期应写作 2021、2021-06 或 2021-06-18，而不是 {value}", "a date is written 2021, 2021-06 or 2021-06-18, not {value}"),
    # doctor
    "ok": ("正常", "ok"),
    "broken": ("失败", "failed"),
    "doctor_fine": ("一切正常。", "Everything works."),
    "doctor_failed": ("有 {count} 项失败。", "{count} checks failed."),
}


def say(language: Language, key: str, **fields: object) -> str:
    """The sentence in that language, its fields filled in. KeyError for a key that is not there."""
    chinese, english = TEXTS[key]
    return (chinese if language == "zh" else english).format(**fields)


def terminal_language() -> Language:
    """Chinese when the locale starts with zh, as the first of LC_ALL, LC_MESSAGES, LANG that is set says; else English."""
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def browser_language(accept_language: str) -> Language:
    """The language a browser prefers among our two: the better placed of zh and en in Accept-Language, English when it names neither."""
    best, language = 0.0, "en"
    for item in accept_language.split(","):
        tag, _, weight = item.strip().lower().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        primary = tag.partition("-")[0]
        if primary in ("zh", "en") and quality > best:
            best, language = quality, primary
    return "zh" if language == "zh" else "en"
