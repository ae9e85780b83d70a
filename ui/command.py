"""The `chuchu` command. Each command opens an assistant, makes one call, prints the record it gets, and maps it to an exit code.

0 done; 1 failed; 2 misuse; 3 done, but something was skipped or no evidence was found; 130 stopped with Ctrl-C. Heavy imports are inside
the commands: `chuchu --help` starts at once.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from qa.errors import ChuchuError, LibraryNotFoundError
from qa.records import Filters, IngestProgress, to_json
from ui import plain
from ui.offline import is_loopback, prepare_environment, watch_connections
from ui.reasons import error_text
from ui.terminal import IngestDisplay
from ui.texts import say, terminal_language

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from qa.answering.bundles import Bundle
    from qa.answering.language_model import LanguageModel
    from qa.assistant import Assistant

FAILED, MISUSE, INCOMPLETE, STOPPED = 1, 2, 3, 130

app = typer.Typer(
    name="chuchu",
    help="Ask questions of Chinese documents; every statement opens the exact place it was taken from.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
library_app = typer.Typer(help="Look at, mend and empty the library.", no_args_is_help=True)
root_app = typer.Typer(help="The files and folders the library was made from.", no_args_is_help=True)
app.add_typer(library_app, name="library")
library_app.add_typer(root_app, name="root")

LibraryFolder = Annotated[
    Path | None, typer.Option("--library", help="The library's folder; default: CHUCHU_LIBRARY, else your data directory.")
]
EncoderName = Annotated[str, typer.Option("--encoder", help="Another sentence-transformers model: an installed name or a folder.")]
DatedFrom = Annotated[str, typer.Option("--from", help="Published, or naming a date, then or later: 2021, 2021-06 or 2021-06-18.")]
DatedTo = Annotated[str, typer.Option("--to", help="The same, then or earlier; 2021 reaches to its end.")]
LlmUrl = Annotated[
    str,
    typer.Option(
        "--llm", metavar="URL", help="A model server that puts answers into words, as http://127.0.0.1:8080/v1; each sentence is checked."
    ),
]
LlmName = Annotated[
    str, typer.Option("--llm-model", metavar="NAME", help="The model it is to use; its key, if it wants one, is CHUCHU_LLM_KEY.")
]
WrongAtMost = Annotated[
    float | None,
    typer.Option(min=0.0, max=1.0, metavar="SHARE", help="Refuse what is likelier to be wrong than this: 0.1 is one time in ten."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the records as JSON, one per line.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before erasing.")]
Arguments = ParamSpec("Arguments")


def _command(run: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Every failure the user can act on is one sentence on stderr; CHUCHU_DEBUG=1 shows the traceback instead."""

    @wraps(run)
    def wrapped(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        prepare_environment()
        try:
            run(*args, **kwargs)
        except ChuchuError as error:
            if os.environ.get("CHUCHU_DEBUG"):
                raise
            _complain(error_text(error, terminal_language()))
            raise typer.Exit(FAILED) from None
        except KeyboardInterrupt:
            _complain(say(terminal_language(), "stopped_plain"))
            raise typer.Exit(STOPPED) from None

    return wrapped


@app.command()
@_command
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders; a folder is synced.")],
    library: LibraryFolder = None,
    prune: Annotated[bool, typer.Option("--prune", help="Erase documents whose file is gone.")] = False,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done and change nothing.")] = False,
    encoding: Annotated[
        str, typer.Option(metavar="NAME", help="Decode these files so, now and at later ingests; auto: have it found again.")
    ] = "",
    as_json: Json = False,
    encoder: EncoderName = "",
) -> None:
    """Add or refresh files and folders."""
    language = terminal_language()
    _check_encoding(encoding)
    with _open(library, encoder) as assistant:
        if dry_run:
            plan = assistant.plan(paths, encoding=encoding)
            _print(plan, plain.plan_text(plan, language), as_json)
            raise typer.Exit(INCOMPLETE if plan.skipped else 0)
        if prune:
            _confirm_prune(assistant, paths, yes=yes)
        with IngestDisplay(language) as display:
            try:
                report = assistant.ingest(paths, prune=prune, encoding=encoding, progress=_acknowledging(display) if as_json else display)
            except KeyboardInterrupt:
                _complain(say(language, "stopped", count=display.done))
                raise typer.Exit(STOPPED) from None
        _print(report, plain.report_text(report, language), as_json)
    raise typer.Exit(INCOMPLETE if report.skipped else 0)


@app.command()
@_command
def ask(
    question: str,
    library: LibraryFolder = None,
    doc: Annotated[list[str] | None, typer.Option(help="Only this document (its id); may be given again.")] = None,
    dated_from: DatedFrom = "",
    dated_to: DatedTo = "",
    bundle: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the answer and what proves it into one HTML file.")] = None,
    wrong_at_most: WrongAtMost = None,
    llm: LlmUrl = "",
    llm_model: LlmName = "",
    as_json: Json = False,
    encoder: EncoderName = "",
) -> None:
    """One cited answer."""
    if bundle is not None and bundle.exists():
        _complain(say(terminal_language(), "bundle_exists", path=bundle))
        raise typer.Exit(MISUSE)
    filters = Filters(tuple(doc or ()), dated_from=_date(dated_from), dated_to=_date(dated_to))
    with _open(library, encoder, existing=True, model=_model(llm, llm_model), wrong_at_most=wrong_at_most) as assistant:
        answer = assistant.ask(question, filters=filters)
        if bundle is not None:
            _write_bundle(assistant.bundle(answer), bundle)
    _print(answer, plain.answer_text(answer, terminal_language(), dated=True), as_json)
    raise typer.Exit(0 if answer.status == "answered" else INCOMPLETE)


@app.command("verify-bundle")
@_command
def verify_bundle(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `chuchu ask --bundle` wrote.")],
    originals: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the original files, under any names.")] = None,
    as_json: Json = False,
) -> None:
    """Check an evidence bundle against the original files; needs no library. Exit code 3: something could not be checked."""
    from qa.answering.bundles import CONFIRMED, read_originals, verified
    from ui.bundle_page import bundle_in

    language = terminal_language()
    try:
        bundle = bundle_in(file.read_bytes())
        if originals is not None and not originals.is_dir():
            raise NotADirectoryError(20, "no such folder", str(originals))
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}")
        raise typer.Exit(MISUSE) from None
    if not as_json:
        print(say(language, "bundle_whole", made=bundle.made, query=bundle.answer.query))
    if originals is None:
        _complain(say(language, "bundle_no_originals"))
        raise typer.Exit(INCOMPLETE)
    checked = verified(bundle, read_originals(bundle, originals))
    for one in checked:
        _print(one, f"{one.place:<8}{say(language, f'outcome_{one.outcome}')}  {one.detail}".rstrip(), as_json)
    if not as_json:
        confirmed = sum(one.outcome in CONFIRMED for one in checked)
        print(say(language, "bundle_counts", quotes=len(checked), confirmed=confirmed))
    if any(one.outcome == "not confirmed" for one in checked):
        raise typer.Exit(FAILED)
    raise typer.Exit(0 if all(one.outcome in CONFIRMED for one in checked) else INCOMPLETE)


@app.command()
@_command
def search(
    question: str,
    library: LibraryFolder = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    dated_from: DatedFrom = "",
    dated_to: DatedTo = "",
    why: Annotated[str, typer.Option(metavar="PASSAGE_ID", help="Tell where this passage was lost, and by how much.")] = "",
    as_json: Json = False,
    encoder: EncoderName = "",
) -> None:
    """The passages a query finds, with each ranker's score."""
    filters = Filters(dated_from=_date(dated_from), dated_to=_date(dated_to))
    with _open(library, encoder, existing=True) as assistant:
        if why:
            lost = assistant.explain(question, why, k=k, filters=filters)
            _print(lost, f"{lost.stage}: {lost.detail}", as_json)
            return
        hits = assistant.search(question, k=k, filters=filters)
    for hit in hits if as_json else ():
        _print(hit, "", as_json)
    if not as_json:
        print(plain.hits_text(hits, terminal_language()))
    raise typer.Exit(0 if hits else INCOMPLETE)


@app.command()
@_command
def chat(
    library: LibraryFolder = None,
    sample: Annotated[bool, typer.Option("--sample", help="The invented sample library, apart from your own.")] = False,
    host: Annotated[str, typer.Option(help="Other than this machine alone: needs a password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
    wrong_at_most: WrongAtMost = None,
    llm: LlmUrl = "",
    llm_model: LlmName = "",
    encoder: EncoderName = "",
) -> None:
    """The chat in the browser."""
    language = terminal_language()
    if sample and library:
        _complain(say(language, "sample_and_library"))
        raise typer.Exit(MISUSE)
    from ui.sample import EXAMPLES, open_sample
    from ui.server import address, allowed_hosts, create_app, listen, serve

    password = _password(host)
    model = _model(llm, llm_model)
    listener = listen(host, port, language)
    watch_connections(refuse=True, allowed=model.host if model else "")
    with listener:
        page = create_app(
            open_sample(_encoder(encoder), model, wrong_at_most, lambda: _complain(say(language, "sample_reading")))
            if sample
            else _open(library, encoder, model=model, wrong_at_most=wrong_at_most),
            password=password,
            allowed_hosts=allowed_hosts(host),
            open_own=(lambda: _open(None, encoder, model=model, wrong_at_most=wrong_at_most)) if sample else None,
            examples=EXAMPLES if sample else (),
        )
        serve(page, listener, lambda: print(say(language, "serving", url=address(host, port)), flush=True))


@app.command()
@_command
def doctor(as_json: Json = False) -> None:
    """Versions, imports, offline check, self-tests."""
    from ui.doctor import examine

    language = terminal_language()
    checks = []
    for check in examine():
        checks.append(check)
        verdict = say(language, "ok" if check.ok else "broken")
        _print(check, f"{verdict:<8}{check.name:<38}{check.detail}", as_json)
    failures = sum(not check.ok for check in checks)
    if not as_json:
        print(say(language, "doctor_failed", count=failures) if failures else say(language, "doctor_fine"))
    raise typer.Exit(FAILED if failures else 0)


@library_app.command("list")
@_command
def library_list(library: LibraryFolder = None, as_json: Json = False, encoder: EncoderName = "") -> None:
    """Every document: id, state, title, date, path."""
    with _open(library, encoder, existing=True) as assistant:
        documents = assistant.library.documents()
    language = terminal_language()
    for info in documents:
        encoding = plain.decoding_text(info, language) or "-"
        columns = (info.doc_id, info.state, info.published or "-", encoding, f"{info.n_passages:>5}", info.title, info.path)
        _print(info, "  ".join(columns), as_json)
    if not documents and not as_json:
        print(say(language, "no_documents"))


@library_app.command("show")
@_command
def library_show(
    doc: Annotated[str, typer.Argument(metavar="DOC", help="Its id, the beginning of its id, or its path.")],
    library: LibraryFolder = None,
    whole: Annotated[bool, typer.Option("--all", help="Every line that was set aside, every joint and date.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The stored text too.")] = False,
    as_json: Json = False,
    encoder: EncoderName = "",
) -> None:
    """One document and how it was read: its articles, what was set aside, joints, dates, encoding."""
    from qa.reading.outline import outline_of
    from ui.outline import outline_text

    with _open(library, encoder, existing=True) as assistant:
        info = assistant.library.find(doc)
        document = assistant.library.document(info.doc_id)
    outline = outline_of(document)
    if as_json:
        for record in (info, outline, *([document] if text else [])):
            _print(record, "", as_json)
        return
    print(outline_text(info, outline, terminal_language(), whole=whole))
    if text:
        print("\n" + document.text)


@library_app.command("remove")
@_command
def library_remove(
    docs: Annotated[list[str], typer.Argument(metavar="DOC...", help="Document ids, as `chuchu library list` shows them.")],
    library: LibraryFolder = None,
    yes: Yes = False,
    as_json: Json = False,
    encoder: EncoderName = "",
) -> None:
    """Hide documents at once, then erase them everywhere in the library; your own files stay."""
    language = terminal_language()
    with _open(library, encoder, existing=True) as assistant:
        for doc in docs:
            assistant.library.info(doc)
        _confirm(say(language, "remove_ask", count=len(docs)), say(language, "remove_needs_yes"), yes=yes)
        receipt = assistant.remove(docs)
    _print(receipt, plain.receipt_text(receipt, language), as_json)
    raise typer.Exit(INCOMPLETE if receipt.pending else 0)


@library_app.command("forget-old")
@_command
def library_forget_old(library: LibraryFolder = None, as_json: Json = False, encoder: EncoderName = "") -> None:
    """Erase every version but the current one; citations of old versions no longer open."""
    with _open(library, encoder, existing=True) as assistant:
        receipt = assistant.forget_old()
    language = terminal_language()
    counts = {"versions": receipt.versions_erased, "passages": receipt.passages_erased, "feedback": receipt.feedback_erased}
    text = say(language, "forgotten", **counts)
    _print(receipt, f"{text} {say(language, 'receipt_pending')}" if receipt.pending else text, as_json)
    raise typer.Exit(INCOMPLETE if receipt.pending else 0)


@library_app.command("feedback")
@_command
def library_feedback(
    library: LibraryFolder = None,
    drop: Annotated[list[str] | None, typer.Option(metavar="ID", help="Erase this one; may be given again.")] = None,
    as_json: Json = False,
    encoder: EncoderName = "",
) -> None:
    """What readers gave a thumb in the chat, up or down; `chuchu-eval case` makes judged queries of it."""
    language = terminal_language()
    with _open(library, encoder, existing=True) as assistant:
        if drop:
            print(say(language, "feedback_erased", count=assistant.library.drop_feedback(drop)))
            return
        given = assistant.library.feedback()
    for feedback in given:
        _print(feedback, plain.feedback_text(feedback, language), as_json)
    if not given and not as_json:
        print(say(language, "no_feedback"))


@library_app.command("verify")
@_command
def library_verify(library: LibraryFolder = None, as_json: Json = False, encoder: EncoderName = "") -> None:
    """Check every hash, span and index."""
    with _open(library, encoder, existing=True) as assistant:
        report = assistant.verify()
    _print(report, plain.verify_text(report, terminal_language()), as_json)
    raise typer.Exit(FAILED if report.problems else 0)


@root_app.command("list")
@_command
def root_list(library: LibraryFolder = None, encoder: EncoderName = "") -> None:
    """Every root: documents from it, whether it can be reached now, its path."""
    with _open(library, encoder, existing=True) as assistant:
        for path, documents, reachable in assistant.library.roots():
            print(f"{documents:>8}  {'+' if reachable else '-'}  {path}")


@root_app.command("move")
@_command
def root_move(old: Path, new: Path, library: LibraryFolder = None, encoder: EncoderName = "") -> None:
    """Tell the library that a root lies elsewhere now."""
    with _open(library, encoder, existing=True) as assistant:
        try:
            assistant.library.move_root(old, new)
        except ValueError as error:
            _complain(str(error))
            raise typer.Exit(MISUSE) from None
    print(say(terminal_language(), "moved", old=old, new=new))


def _open(
    library: Path | None, encoder: str, *, existing: bool = False, model: LanguageModel | None = None, wrong_at_most: float | None = None
) -> Assistant:
    """The assistant over the library. existing: LibraryNotFoundError rather than a new, empty library."""
    from qa.assistant import Assistant, default_folder
    from qa.library.library import DATABASE

    folder = library or default_folder()
    if existing and not (folder / DATABASE).exists():
        raise LibraryNotFoundError(f"there is no library in {folder}; `chuchu ingest FOLDER` makes one.", about=folder)
    return Assistant.open(folder, encoder=_encoder(encoder), model=model, wrong_at_most=wrong_at_most)


def _model(url: str, name: str) -> LanguageModel | None:
    """The model server that was named; None when none was. Exit code 2 for half a name."""
    if not url and not name:
        return None
    from qa.answering.language_model import KEY_VARIABLE, LanguageModel

    try:
        return LanguageModel(url, name, os.environ.get(KEY_VARIABLE, ""))
    except ValueError:
        _complain(say(terminal_language(), "bad_model_server"))
        raise typer.Exit(MISUSE) from None


def _encoder(name_or_folder: str) -> Encoder | None:
    """None stands for the bundled encoder."""
    if not name_or_folder:
        return None
    from embeddings.transformer_encoder import SentenceTransformerEncoder

    return SentenceTransformerEncoder(name_or_folder)


def _confirm_prune(assistant: Assistant, paths: list[Path], *, yes: bool) -> None:
    count = len(assistant.plan(paths).missing) + len(assistant.library.missing(paths))
    if count:
        language = terminal_language()
        _confirm(say(language, "prune_ask", count=count), say(language, "prune_needs_yes", count=count), yes=yes)


def _confirm(query: str, advice: str, *, yes: bool) -> None:
    """Go on after a yes. Where nobody can be asked that is misuse; after a no nothing is changed and the exit code is 1."""
    if yes:
        return
    if not sys.stdin.isatty():
        _complain(advice)
        raise typer.Exit(MISUSE)
    if not typer.confirm(query, err=True):
        _complain(say(terminal_language(), "nothing_changed"))
        raise typer.Exit(FAILED)


def _password(host: str) -> str:
    """The page's password: from CHUCHU_PASSWORD, or asked for where other machines can reach the host. Exit code 2 when there is none."""
    password = os.environ.get("CHUCHU_PASSWORD", "")
    if password or is_loopback(host):
        return password
    language = terminal_language()
    if sys.stdin.isatty():
        password = str(typer.prompt(say(language, "password_ask"), hide_input=True, confirmation_prompt=True, err=True))
    if not password:
        _complain(say(language, "password_needed", host=host))
        raise typer.Exit(MISUSE)
    return password


def _write_bundle(bundle: Bundle, path: Path) -> None:
    from ui.bundle_page import bundle_page

    try:
        path.write_bytes(bundle_page(bundle, terminal_language()))
    except OSError as error:
        raise ChuchuError(f"{path}: {error.strerror}") from error
    _complain(say(terminal_language(), "bundle_written", path=path))


def _date(value: str) -> str:
    if not re.fullmatch(r"(\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)?", value):
        raise typer.BadParameter(say(terminal_language(), "bad_date", value=value))
    return value


def _check_encoding(name: str) -> None:
    from qa.reading.decoding import told_codec

    try:
        told_codec(name or "auto")
    except ValueError:
        raise typer.BadParameter(say(terminal_language(), "bad_encoding", value=name)) from None


def _acknowledging(display: IngestDisplay) -> Callable[[IngestProgress], None]:
    """Progress that also writes one JSON line per acknowledged file: the promise a killed ingest is held to."""

    def progress(step: IngestProgress) -> None:
        display(step)
        if step.stage == "done":
            _print(step, "", as_json=True)

    return progress


def _print(record: Any, text: str, as_json: bool) -> None:
    print(json.dumps(to_json(record), ensure_ascii=False) if as_json else text, flush=True)


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> None:
    """The console script."""
    prepare_environment()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal without Chinese must not end in a traceback
    app()


if __name__ == "__main__":
    main()
