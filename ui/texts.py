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
    "copies": ("另有 {count} 处文字相同或几乎相同，算同一份证据", "{count} more places print the same text or nearly: one witness"),
    "also_printed": (
        "另见于{places}（文字相同或几乎相同，算同一份证据）",
        "also printed in {places} (the same text or nearly: one witness)",
    ),
    "more_places": ("另外 {count} 处", "{count} more places"),
    "between_places": ("；", "; "),
    "date_added": ("按发表日期推算，原文没有", "Worked out from the day of publication; the text does not say it"),
    "antecedent_added": ("按上文推定，此处原文没有", "Worked out from the text before; it does not stand here"),
    "stands_for": ("“{pronoun}”指{words}", "“{pronoun}” stands for {words}"),
    "unanswered": ("这部分没有找到依据：{parts}", "No evidence found for this part: {parts}"),
    "differs": ("说法不同：{markers}", "another account: {markers}"),
    "answer_person": ("人物", "person"),
    "answer_place": ("地点", "place"),
    "answer_organisation": ("机构", "organisation"),
    "answer_date": ("时间", "date"),
    "answer_number": ("数量", "number"),
    "answer_title": ("题名", "title"),
    "answer_reason": ("原因", "reason"),
    "answer_yes/no": ("是非", "yes or no"),
    "answer_list": ("列举", "list"),
    "answer_other": ("短答", "short answer"),
    "answer_is": ("{kind}：{parts}", "{kind}: {parts}"),
    # the answer
    "no_evidence": ("没有找到依据。", "No evidence found."),
    "unsure": (
        "没有把握：下面的原文可能并没有回答这个问题，请打开出处核对。",
        "Not sure: the lines below may not answer the question. Open the source to check.",
    ),
    "reason_library_empty": ("文库里还没有文件。", "The library is still empty."),
    "reason_nothing_matched": ("文库里没有一段文字与问题相关。", "Nothing in the library matches the question."),
    "reason_too_weak": ("找到的段落不足以回答这个问题。", "The passages found do not answer this question."),
    "unseen": ("文库里从未出现过：{words}。", "Never seen in the library: {words}."),
    "reason_query_empty": ("问题里没有可以检索的字词。", "The question holds no word to search for."),
    "searched_as": ("实际检索的是：{text}", "Searched as: {text}"),
    "also_read": ("也读过（{count}）", "Also read ({count})"),
    "nearest": ("最接近的段落（{count}）", "Nearest passages ({count})"),
    "dropped": ("未通过核对、已略去的句子（{count}）", "Sentences dropped because they failed the check ({count})"),
    "drop_no evidence named": ("没有写出依据", "it names no evidence"),
    "drop_unknown evidence": ("写的依据不在所给之列", "it names evidence it was not given"),
    "drop_link": ("夹着链接或标记", "it holds a link or markup"),
    "drop_number": ("数字与依据不符", "a number is not the evidence's"),
    "drop_unit": ("单位与依据不符", "a unit is not the evidence's"),
    "drop_date": ("日期与依据不符", "a date is not the evidence's"),
    "drop_name": ("名称与依据不符", "a name is not the evidence's"),
    "drop_negation": ("肯定否定与依据不符", "it affirms what the evidence denies, or the reverse"),
    "drop_modality": ("计划、可能与事实不分", "it takes a plan for a fact, or the reverse"),
    "drop_direction": ("增减与依据相反", "up and down are not the evidence's"),
    "drop_speaker": ("说话的人与依据不符", "somebody else says so in the evidence"),
    "drop_content": ("依据里没有这样的话", "the evidence does not say so"),
    "worded": ("由 {model} 根据引文写成，每句都核对过", "put into words by {model} from the quotes, each sentence checked"),
    "partly_worded": (
        "由 {model} 根据引文写成，每句都核对过；{problem}",
        "put into words by {model} from the quotes, each sentence checked; {problem}",
    ),
    "not_worded": ("照原文引用：{problem}", "quoted word for word: {problem}"),
    "model_unreachable": (
        "模型服务没有应答；请看它是否在运行、--llm 是否写对",
        "the model server does not answer; start it, or check --llm",
    ),
    "model_key refused": ("模型服务不认密钥；请检查 CHUCHU_LLM_KEY", "the model server refuses the key in CHUCHU_LLM_KEY"),
    "model_model unknown": (
        "模型服务没有这个地址或模型；请检查 --llm 和 --llm-model",
        "the model server knows no such address or model; check --llm and --llm-model",
    ),
    "model_busy": ("模型服务一直忙；请过一会儿再问", "the model server is busy; ask again later"),
    "model_failed": ("模型服务出错；请看它的日志", "the model server failed; look at its log"),
    "model_too slow": ("模型太慢，没有等下去；可换小一点的模型", "the model took too long; try a smaller one"),
    "model_broke off": ("模型的回答中途断了", "the model broke off in the middle"),
    "model_nonsense": ("模型服务的应答不合规矩；请看 --llm 是否写对", "the model server does not follow the protocol; check --llm"),
    "model_endless": ("模型说个没完，已截断", "the model did not stop and was cut off"),
    "model_silent": ("模型说引文里没有答案", "the model found no answer in the quotes"),
    "model_nothing held": ("模型写的句子都没有通过核对", "none of the model's sentences passed the check"),
    "bad_model_server": (
        "模型服务要写全两样：--llm http://主机:端口/v1 和 --llm-model 模型名。",
        "a model server needs both: --llm http://host:port/v1 and --llm-model NAME.",
    ),
    "copy": ("复制回答与出处", "Copy answer and sources"),
    "copied": ("已复制", "Copied"),
    "bundle": ("证据包", "Evidence bundle"),
    "bundle_take": ("带走证据包", "Save the evidence"),
    "bundle_gone": (
        "这个回答已经不在内存里了；请再问一次，再带走证据包。",
        "This answer is no longer in memory; ask again, then save its evidence.",
    ),
    "as_typed": ("按原话再问", "As typed"),
    "bundle_made": ("{made} 由 {made_by} 制作", "made {made} by {made_by}"),
    "bundle_check": ("这页里的每句引文都可以凭原文件核对：", "Every quote on this page can be checked against the original files:"),
    "bundle_place": ("第 {spans} 字，全文 {total} 字", "characters {spans} of {total}"),
    "bundle_original": ("原文件", "original file"),
    "bundle_version": ("读出的文字", "text as read"),
    "bundle_exists": ("{path} 已经存在，请另取一个文件名。", "{path} exists already; give another name."),
    "bundle_written": ("证据包：{path}", "Evidence bundle: {path}"),
    "bundle_whole": ("文件完好：{made}，问“{query}”。", "The file is whole: {made}, “{query}”."),
    "bundle_no_originals": (
        "没有核对引文：请用 --originals 指出原文件所在的文件夹。",
        "The quotes were not checked: name the folder of the original files with --originals.",
    ),
    "bundle_counts": ("引文 {quotes} 处，经原文件证实 {confirmed} 处。", "{quotes} quotes, {confirmed} confirmed by the original files."),
    "outcome_confirmed": ("证实", "confirmed"),
    "outcome_confirmed by another reader": ("证实（由另一版读取程序）", "confirmed (by another reader)"),
    "outcome_not confirmed": ("不符", "NOT CONFIRMED"),
    "outcome_no original": ("没有原文件", "no original"),
    "outcome_cannot be read again": ("无法重新读取", "cannot be read again"),
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
    "browse": ("逐页浏览，看每份文件是怎样读的", "Browse page by page, and see how each document was read"),
    "find": ("筛选", "Filter"),
    "order_by": ("排序", "Sort by"),
    "page_of": ("第 {number} / {pages} 页", "Page {number} of {pages}"),
    "page_earlier": ("上一页", "Previous page"),
    "page_later": ("下一页", "Next page"),
    "none_found": ("没有符合的文件。", "No document matches."),
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
    "col_issue": ("期号", "Issue"),
    "col_path": ("路径", "Path"),
    "col_extent": ("篇幅", "Extent"),
    "col_note": ("注意", "Note"),
    "col_added": ("读入", "Added"),
    "col_id": ("编号", "Id"),
    "col_version": ("版本", "Version"),
    "fact_extent": ("{characters} 字，{passages} 段", "{characters} characters, {passages} passages"),
    "fact_passages": ("{count} 段", "{count} passages"),
    "fact_versions": ("有 {count} 个版本", "{count} versions"),
    "fact_declared": ("自称 {name}", "declared {name}"),
    "fact_runner_up": ("其次是 {name}", "runner-up {name}"),
    "decided_bom": ("按文件头的标记", "by its byte order mark"),
    "decided_declared": ("按文件自己的声明", "as it declares"),
    "decided_utf-8": ("字节合乎 UTF-8", "its bytes are valid UTF-8"),
    "decided_frequency": ("按字频判断", "by how frequent its characters are"),
    "decided_format": ("由格式规定", "given by the format"),
    "decided_told": ("由您指定", "as you told"),
    # the outline of a document
    "outline": ("结构", "Outline"),
    "outline_articles": ("文章 {count} 篇", "articles: {count}"),
    "outline_outside": ("不属于任何一篇", "In no article"),
    "outline_begins": ("从第 {at} 字起", "from character {at}"),
    "outline_nothing": ("没有找到正文", "nothing of it was found"),
    "outline_joints": ("接成一段的断处（{count}）", "Pieces made one paragraph ({count})"),
    "outline_dates": ("文中的日期（{count}）", "Dates in the text ({count})"),
    "outline_asides": ("放在一旁、仍可引用的（{count}）", "Set aside, still citable ({count})"),
    "outline_more": ("另有 {count} 条，加 --all 全部列出", "{count} more; --all lists them"),
    "not_listed": ("另有 {count} 条未列出；chuchu library show --all 全部列出", "{count} more; `chuchu library show --all` lists them"),
    "kind_paragraph": ("正文 {count} 段", "paragraphs: {count}"),
    "kind_heading": ("标题 {count}", "headings: {count}"),
    "kind_byline": ("署名 {count}", "bylines: {count}"),
    "kind_caption": ("图注 {count}", "captions: {count}"),
    "kind_table": ("表 {count}", "tables: {count}"),
    "kind_contents": ("目录 {count} 行", "contents: {count}"),
    "kind_furniture": ("页眉页脚等 {count}", "furniture: {count}"),
    "kind_metadata": ("文件信息 {count}", "metadata: {count}"),
    "aside_byline": ("署名", "byline"),
    "aside_caption": ("图注", "caption"),
    "aside_contents": ("目录", "contents"),
    "aside_furniture": ("页眉页脚", "furniture"),
    "aside_metadata": ("文件信息", "metadata"),
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
    "report_noticed": ("读了，但有要注意的 {count} 份：", "{count} read, with something to note:"),
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
    "receipt_pending": (
        "抹除尚未完成：另有程序正在读这个文库；等它结束，下次打开时抹完。",
        "Erasing is pending: another process is reading this library; it is finished at the next open without one.",
    ),
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
    "pages": ("原页", "As printed"),
    "page_image": ("第 {page} 页的图像", "Image of page {page}"),
    "page_image_marked": ("第 {page} 页的图像，标出了引文", "Image of page {page}, with the quote marked"),
    "page_before": ("上一页", "Page before"),
    "page_after": ("下一页", "Page after"),
    "see_pages": ("看原页的图像", "See the printed pages"),
    "no_page_image": ("原页的图像没有画成：{reason}", "No image of the page: {reason}"),
    "earlier": ("前面的内容", "Earlier part"),
    "later": ("后面的内容", "Later part"),
    "to_quote": ("回到引文", "Back to the quote"),
    "characters_shown": ("显示第 {first}–{last} 字，全文 {total} 字", "Characters {first}–{last} of {total}"),
    "read_as": ("怎样读的", "How it was read"),
    "old_outline": (
        "这是旧版本：文件后来改过，检索用的是现在的版本。",
        "This is an older version: the document has changed since; the current one is searched.",
    ),
    "versions": ("各个版本", "Versions"),
    "reprinted_from": ("转载自 {source}", "reprinted from {source}"),
    "error": ("打不开", "Cannot open"),
    "bad_page": ("没有这样排序的列表，或没有这一页。", "There is no list in that order, or no such page."),
    "bad_document": ("文件编号应是 16 位十六进制数字。", "A document id is 16 hexadecimal digits."),
    "bad_version": ("版本应是 64 位十六进制数字。", "A version is 64 hexadecimal digits."),
    "no_such_page": ("没有这一页；页数从 0 数起，写作 page=3。", "There is no such page; pages are counted from 0 and written page=3."),
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
    "bad_encoding": (
        "没有叫作 {value} 的编码；可以写 gb18030、big5、utf-8、utf-16 等，或写 auto 让它重新判断",
        "no text encoding is called {value}; name one such as gb18030, big5, utf-8 or utf-16, or auto to have it found again",
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
