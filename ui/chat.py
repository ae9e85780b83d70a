"""The chat page in one language: asking with streamed, cited answers; and the library beside it. Gradio components, no logic.

One page per language is built once at the start and serves every visitor; what belongs to one visitor is in Gradio's session state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr

from qa.errors import ChuchuError, RootUnavailableError
from qa.library.library import Library
from qa.records import Answer, AnswerEvent, IngestProgress, Statement, Turn
from qa.search.retriever import prepare_query
from ui import fragments
from ui.desk import Desk
from ui.library_page import matches
from ui.plain import receipt_text, report_text
from ui.reasons import error_text
from ui.texts import Language, say

_ROWS = 200  # documents listed at once; the filter finds the others
_TURNS = 6  # earlier exchanges a follow-up can refer to
_TALK_S = 12 * 3600  # how long a talk in which nothing is asked is remembered
_TOLD_S = 5  # how long the thanks for a thumb stay

Message = dict[str, Any]
Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Talk:
    """What one visitor has asked so far. It lives in the memory of the session alone."""

    turns: tuple[Turn, ...] = ()  # the last ones, which a follow-up can refer to
    answered: Mapping[int, tuple[Library, Answer]] = field(default_factory=dict)  # by the place of its first message in the chat
    carried_over: str = ""  # the last query as it was typed, where an earlier one was needed to make it complete

    def after(self, place: int, library: Library, answer: Answer) -> Talk:
        """The talk with one more answer, whose messages begin at that place. Its hits are not held: nobody asks for them again."""
        said = "".join(statement.text for statement in answer.statements)
        turns = (*self.turns[1 - _TURNS :], Turn(answer.searched_as or answer.query, said))
        carried_over = answer.query if answer.searched_as not in ("", prepare_query(answer.query)) else ""
        return Talk(turns, {**self.answered, place: (library, replace(answer, hits=()))}, carried_over)


def build_chat(desk: Desk, language: Language, *, examples: Sequence[str] = (), local: bool = True) -> gr.Blocks:
    """The page. examples: queries to click, for the sample. local: the visitor sits at this machine and may name its folders."""

    def text(key: str, **fields: object) -> str:
        return say(language, key, **fields)

    page: gr.Blocks
    with gr.Blocks(title="Chuchu 出处", analytics_enabled=False, fill_height=True) as page:
        with gr.Row(equal_height=True, elem_id="masthead"):
            gr.Markdown(fragments.masthead_html(language), elem_id="name")
            other = "en" if language == "zh" else "zh"
            gr.Button(text("other_language"), link=f"/?lang={other}", size="sm", scale=0, min_width=72, elem_id="language")
        banner = gr.Markdown(fragments.sample_banner_html(language), visible=desk.shows_sample, elem_id="banner")
        with gr.Tabs():
            with gr.Tab(text("tab_ask")):
                _build_ask(desk, language, text, examples)
            with gr.Tab(text("tab_library")) as tab:
                _build_library(desk, language, text, page, tab, banner, local=local)
    return page


def _build_ask(desk: Desk, language: Language, text: Say, examples: Sequence[str]) -> None:
    talk = gr.State(Talk(), time_to_live=_TALK_S)
    chat = gr.Chatbot(
        show_label=False,
        label="Chuchu",
        min_height=320,
        layout="panel",
        buttons=[],
        feedback_options=["Like", "Dislike"],
        latex_delimiters=[],
        placeholder=fragments.welcome_html(language),
        examples=[{"text": query} for query in examples],
        elem_id="chat",
    )
    with gr.Row(equal_height=True, elem_id="asking"):
        hint = text("ask_placeholder")
        box = gr.Textbox(placeholder=hint, show_label=False, label=hint, container=False, scale=8, max_lines=5, autofocus=True)
        undo = gr.Button(text("as_typed"), visible=False, scale=0, min_width=96, elem_id="as-typed")
        send = gr.Button(text("send"), variant="primary", scale=1, min_width=80)

    def ask(query: str, messages: list[Message], talk: Talk, *, alone: bool = False) -> Iterator[tuple[str, list[Message], Talk, Any]]:
        for shown, after in _conversation(desk, query, messages, talk, language, alone=alone):
            yield "", shown, after, gr.update(visible=bool(after.carried_over))

    def ask_example(messages: list[Message], talk: Talk, event: gr.SelectData) -> Iterator[tuple[str, list[Message], Talk, Any]]:
        yield from ask(event.value["text"], messages, talk)

    def ask_as_typed(messages: list[Message], talk: Talk) -> Iterator[tuple[str, list[Message], Talk, Any]]:
        yield from ask(talk.carried_over, messages, talk, alone=True)

    def rate(talk: Talk, event: gr.LikeData) -> None:
        if isinstance(event.index, int) and event.index in talk.answered:
            gr.Info(fragments.literal(_rated(*talk.answered[event.index], event.liked, language)), _TOLD_S)

    common: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": 4, "concurrency_id": "asking"}
    changed = [box, chat, talk, undo]
    gr.on([box.submit, send.click], ask, [box, chat, talk], changed, api_visibility="private", **common)
    chat.example_select(ask_example, [chat, talk], changed, api_visibility="private", **common)
    undo.click(ask_as_typed, [chat, talk], changed, api_visibility="private", **common)
    chat.like(rate, talk, None, api_visibility="private", show_progress="hidden")


def _conversation(
    desk: Desk, query: str, messages: list[Message], talk: Talk, language: Language, *, alone: bool = False
) -> Iterator[tuple[list[Message], Talk]]:
    """The chat and the talk after each step of an answer. alone: the query is asked as it stands, whatever was asked before.

    A chat without messages begins a new talk; clearing it needs no event of its own.
    """
    assistant = desk.assistant
    talk = talk if messages else Talk()
    before = [*messages, _message("user", fragments.query_html(query))]
    statements: list[Statement] = []
    steps: list[Message] = []
    yield [*before, _message("assistant", fragments.drafting_html((), language))], talk
    try:
        for event in assistant.stream(query, history=() if alone else talk.turns):
            if event.stage == "statement" and event.statement:
                statements.append(event.statement)
                yield [*before, *steps, _message("assistant", fragments.drafting_html(statements, language))], talk
            elif event.stage == "answer" and event.answer:
                answer = event.answer
                desk.remember(assistant, answer)
                steps = [_steps(event, language)] if answer.hits else []
                shown = [*before, *steps, _message("assistant", fragments.answer_html(answer, language))]
                yield shown, talk.after(len(before), assistant.library, answer)
    except ChuchuError as error:
        yield [*before, _failed(error_text(error, language), language)], talk
    except Exception as error:  # a fault of ours: said in the chat, which would wait for ever otherwise, and told in the terminal
        yield [*before, _failed(f"{type(error).__name__}: {error}", language)], talk
        raise


def _rated(library: Library, answer: Answer, liked: bool | str, language: Language) -> str:
    """Keep a reader's thumb on an answer, or forget it where the same thumb was clicked again ("" as Gradio has it). What to say then."""
    if not answer.searched_as:
        return say(language, "feedback_not_kept", message=say(language, "reason_query_empty"))
    try:
        if liked == "":
            library.drop_feedback([answer.answer_id])
            return say(language, "feedback_dropped")
        library.add_feedback(answer, "up" if liked else "down")
        return say(language, "feedback_kept")
    except ChuchuError as error:
        return say(language, "feedback_not_kept", message=error_text(error, language))


def _failed(reason: str, language: Language) -> Message:
    return _message("assistant", fragments.lines_html(say(language, "failed", message=reason)))


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _steps(event: AnswerEvent, language: Language) -> Message:
    answer = event.answer
    assert answer is not None
    documents = len({hit.passage.doc_id for hit in answer.hits})
    title = say(language, "steps", passages=len(answer.hits), documents=documents, ms=round(sum(t.ms for t in answer.timings)))
    return {"role": "assistant", "content": fragments.steps_html(answer.hits, language), "metadata": {"title": title, "status": "done"}}


def _build_library(desk: Desk, language: Language, text: Say, page: gr.Blocks, tab: gr.Tab, banner: gr.Markdown, *, local: bool) -> None:
    with gr.Column(visible=local and desk.shows_sample, elem_id="own") as own:
        own_folder = gr.Textbox(label=text("own_folder"), placeholder=text("own_folder_placeholder"), max_lines=1)
        own_open = gr.Button(text("own_folder_open"), size="sm")
    upload = gr.File(label=text("upload"), file_count="multiple", height=140, elem_id="upload")
    result = gr.Markdown(elem_id="result")
    wanted = gr.Textbox("", show_label=False, label=text("filter"), placeholder=text("filter"), max_lines=1, container=False)
    table = gr.Markdown(elem_id="documents")
    with gr.Accordion(text("remove_title"), open=False):
        chosen = gr.Dropdown(label=text("remove_choose"), choices=[], multiselect=True, elem_id="chosen")
        remove = gr.Button(text("remove"), size="sm")
        with gr.Column(visible=False) as confirming:
            question = gr.Markdown()
            with gr.Row():
                yes = gr.Button(text("remove_yes"), variant="stop", size="sm")
                no = gr.Button(text("cancel"), size="sm")

    def refresh(words: str) -> tuple[str, Any]:
        documents = [info for info in desk.assistant.library.documents() if matches(info, words)]
        choices = [(f"{info.title or info.path} — {info.path}", info.doc_id) for info in documents[:_ROWS]]
        return fragments.documents_table(documents, language, _ROWS), gr.update(choices=choices, value=[])

    def sample_parts() -> tuple[Any, Any]:
        return gr.update(visible=local and desk.shows_sample), gr.update(visible=desk.shows_sample)

    def open_own(folder: str, progress: gr.Progress = gr.Progress()) -> tuple[str, Any, Any]:  # noqa: B008 (how Gradio asks for it)
        try:
            report = desk.open_own(Path(folder.strip()).expanduser(), _reporter(progress, text))
            told = f"{text('own_folder_done')} {report_text(report, language)}"
        except RootUnavailableError:
            told = text("own_folder_missing", path=folder)
        except ChuchuError as error:
            told = text("failed", message=error_text(error, language))
        return fragments.lines_html(told), *sample_parts()

    def take(files: list[str], progress: gr.Progress = gr.Progress()) -> tuple[str, None]:  # noqa: B008 (how Gradio asks for it)
        try:
            told = report_text(desk.upload([Path(file) for file in files], _reporter(progress, text)), language)
        except ChuchuError as error:
            told = text("failed", message=error_text(error, language))
        except OSError as error:
            told = text("failed", message=error)
        return fragments.lines_html(told), None

    def confirm(doc_ids: list[str]) -> tuple[Any, str]:
        return gr.update(visible=bool(doc_ids)), fragments.lines_html(text("remove_confirm", count=len(doc_ids)))

    def erase(doc_ids: list[str]) -> tuple[str, Any]:
        try:
            told = receipt_text(desk.assistant.remove(doc_ids), language)
        except ChuchuError as error:
            told = text("failed", message=error_text(error, language))
        return fragments.lines_html(told), gr.update(visible=False)

    private: dict[str, Any] = {"api_visibility": "private"}
    writing: dict[str, Any] = {"concurrency_id": "writing", "concurrency_limit": 1, "show_progress_on": result, **private}
    reread = {"fn": refresh, "inputs": wanted, "outputs": [table, chosen], "show_progress": "hidden", **private}
    if local:
        own_open.click(open_own, own_folder, [result, own, banner], **writing).then(**reread)
    upload.upload(take, upload, [result, upload], **writing).then(**reread)
    wanted.change(**reread, trigger_mode="always_last")
    tab.select(**reread)
    page.load(**reread)
    page.load(sample_parts, None, [own, banner], show_progress="hidden", **private)
    remove.click(confirm, chosen, [confirming, question], show_progress="hidden", **private)
    no.click(lambda: gr.update(visible=False), None, confirming, show_progress="hidden", **private)
    yes.click(erase, chosen, [result, confirming], **writing).then(**reread)


def _reporter(progress: Any, text: Say) -> Callable[[IngestProgress], None]:
    """Ingest progress as Gradio's progress bar."""

    def report(step: IngestProgress) -> None:
        if step.stage == "planning":
            progress(0, desc=text("planning"))
        elif step.stage == "indexing":
            progress(0.99, desc=text("indexing"))
        else:
            progress((step.done, max(step.total, 1)), desc=text("upload_progress", done=step.done, total=step.total))

    return report
