"""The assistant over a real library: search, ask, stream, explain, and what other processes and damage do to its indexes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.hashing_encoder import HashingEncoder
from qa.assistant import Assistant
from qa.errors import LibraryNotFoundError, NotInLibraryError
from qa.records import Answer, Filters, text_at

ENCODER = HashingEncoder(dim=64)
DOCUMENTS = {
    "桥.txt": "清溪镇的旧桥建于一九五二年，桥长四十八米，由石匠何守田主持修建。\n\n二〇一九年，镇政府出资三百二十万元修缮了桥面。\n",
    "桥-轉載.txt": "清溪鎮的舊橋建於一九五二年，橋長四十八米，由石匠何守田主持修建。\n\n二〇一九年，鎮政府出資三百二十萬元修繕了橋面。\n",
    "茶.md": "---\ntitle: 茶社年报\ndate: 2021-03-05\n---\n\n茶社去年收购鲜叶十二万斤，比前一年增长百分之八，社员共有四百一十六户。\n",
    "信.txt": "来信照登：东街的路灯坏了三个月，无人修理，老人夜里摔倒过两次。\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    for name, text in DOCUMENTS.items():
        (documents / name).write_text(text, encoding="utf-8")
        os.utime(documents / name, (1_600_000_000, 1_600_000_000))
    return documents


@pytest.fixture
def assistant(tmp_path: Path, folder: Path) -> Iterator[Assistant]:
    with Assistant.open(tmp_path / "library", encoder=ENCODER) as assistant:
        assistant.ingest([folder])
        yield assistant


def names(assistant: Assistant, query: str, **options: object) -> list[str]:
    return [Path(assistant.library.info(hit.passage.doc_id).path).name for hit in assistant.search(query, **options)]  # type: ignore[arg-type]


def test_an_answer_quotes_its_place_character_for_character(assistant: Assistant) -> None:
    answer = assistant.ask("茶社去年收购了多少鲜叶？")
    assert answer.status == "answered"
    assert "十二万斤" in answer.statements[0].text
    for citation in answer.citations:
        document = assistant.library.document(citation.doc_id, citation.version)
        assert citation.quote == text_at(document.text, citation.spans)
    assert {"search", "evidence"} <= {timing.stage for timing in answer.timings}


def test_a_refusal_names_the_words_that_the_library_has_never_seen(assistant: Assistant) -> None:
    answer = assistant.ask("機場的候機樓有多少名保安讀過茶社的賬？")
    assert answer.status == "no_evidence"
    assert {"機場", "保安"} <= set(answer.unseen), "as the query writes them"
    assert "茶社" not in answer.unseen
    assert assistant.ask("茶社去年收购了多少鲜叶？").unseen == ()


def test_who_wants_to_be_surer_is_answered_less(tmp_path: Path, folder: Path) -> None:
    def asked(wrong_at_most: float | None) -> Answer:
        with Assistant.open(tmp_path / "library", encoder=ENCODER, wrong_at_most=wrong_at_most) as assistant:
            assistant.ingest([folder])
            return assistant.ask("茶社去年收购了多少鲜叶？")

    given = asked(None)
    wrong = 1 - given.confidence
    for wrong_at_most, status in ((wrong + 1e-6, "answered"), (wrong - 1e-6, "no_evidence"), (1.0, "answered"), (0.0, "no_evidence")):
        answer = asked(wrong_at_most)
        assert (answer.status, answer.confidence) == (status, given.confidence)
    with pytest.raises(ValueError, match="expected wrong_at_most from 0 to 1, got 2"):
        asked(2)


def test_search_is_blind_to_script_and_equal_texts_are_one_hit(assistant: Assistant) -> None:
    simplified, traditional = assistant.search("旧桥的石匠"), assistant.search("舊橋的石匠")
    assert [hit.passage.passage_id for hit in simplified] == [hit.passage.passage_id for hit in traditional]
    assert len(simplified[0].copies) == 1
    assert sum("守田" in hit.passage.text for hit in simplified) == 1


def test_stream_ends_with_the_answer_that_ask_gives(assistant: Assistant) -> None:
    events = list(assistant.stream("茶社有多少户社员？"))
    assert [event.stage for event in events[:2]] == ["searching", "found"]
    last = events[-1].answer
    assert last is not None
    assert [event.statement for event in events if event.stage == "statement"] == list(last.statements)
    assert last.statements == assistant.ask("茶社有多少户社员？").statements


@pytest.mark.parametrize(
    ("query", "reason"),
    [("", "query_empty"), (" \u200b\x00\ud800", "query_empty"), ("？！……", "nothing_matched"), ("📦👨‍👩‍👧", "nothing_matched")],
)
def test_a_query_without_a_word_is_answered_with_its_reason(assistant: Assistant, query: str, reason: str) -> None:
    answer = assistant.ask(query)
    assert (answer.status, answer.reason) == ("no_evidence", reason)


def test_an_endless_query_is_cut_and_the_part_searched_is_said(assistant: Assistant) -> None:
    query = "茶社去年收购了多少鲜叶？" + "啊" * 100_000
    answer = assistant.ask(query)
    assert answer.query == query
    assert query.startswith(answer.searched_as)
    assert len(answer.searched_as) <= 2_000


def test_an_empty_library_says_that_it_is_empty(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "empty", encoder=ENCODER) as assistant:
        assert assistant.ask("旧桥是哪一年建的？").reason == "library_empty"
        assert assistant.search("旧桥") == []


def test_filters_restrict_before_ranking(assistant: Assistant) -> None:
    assert names(assistant, "一九五二年旧桥", filters=Filters(published_from="2021", published_to="2021")) == ["茶.md"]
    letter = next(info.doc_id for info in assistant.library.documents() if info.path.endswith("信.txt"))
    assert names(assistant, "旧桥", filters=Filters(documents=(letter,))) in ([], ["信.txt"])


def test_explain_names_the_stage(assistant: Assistant) -> None:
    first, *_ = assistant.search("旧桥的石匠")
    assert assistant.explain("旧桥的石匠", first.passage.passage_id).stage == "found"
    assert assistant.explain("旧桥的石匠", first.copies[0]).stage == "copy"
    assert assistant.explain("旧桥的石匠", "0" * 16).stage == "unknown"
    filtered = assistant.explain("旧桥的石匠", first.passage.passage_id, filters=Filters(published_from="2030"))
    assert filtered.stage == "filtered"


STORY = (
    "茶社昨日开了秤。今年收茶三千斤，比去年多一成，十二户茶农排着队过秤，会计何满仓一边打算盘一边念数。\n"
    "茶社新修的晾房也在昨天启用，屋顶换了亮瓦，下雨天不用再把竹匾搬来搬去。\n"
)


def test_a_reprint_is_found_at_ingest_named_beside_the_answer_and_forgotten_with_its_document(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "周刊.txt").write_text(STORY, encoding="utf-8")
    with Assistant.open(tmp_path / "library", encoder=ENCODER) as assistant:
        assistant.ingest([papers])
        assert assistant.ask("今年茶社收茶多少斤？").reprints == ()
        (papers / "晚报.txt").write_text("新茶上市，晚报讯\n\n" + STORY.replace("何满仓", "何某"), encoding="gbk")
        assistant.ingest([papers])
        answer = assistant.ask("今年茶社收茶多少斤？")
        (citation,), (reprint,) = answer.citations, answer.reprints
        assert {Path(citation.path).name, Path(reprint.path).name} == {"周刊.txt", "晚报.txt"}
        assert citation.copies == (reprint.passage_id,)
        assert "三千斤" in reprint.quote
        assert assistant.library.document(reprint.doc_id).text[reprint.spans[0].start :].startswith(reprint.quote)
        assert assistant.verify().problems == ()
        assert assistant.explain("今年茶社收茶多少斤？", reprint.passage_id).stage == "copy"
        only = assistant.ask("今年茶社收茶多少斤？", filters=Filters(documents=(reprint.doc_id,)))
        assert (only.citations[0].doc_id, only.reprints) == (reprint.doc_id, ())
    with Assistant.open(tmp_path / "library", encoder=ENCODER, read_only=True) as reader:
        assert len(reader.ask("今年茶社收茶多少斤？").reprints) == 1
    with Assistant.open(tmp_path / "library", encoder=ENCODER) as assistant:
        receipt = assistant.remove([reprint.doc_id])
        assert receipt.pending == ""
        assert assistant.ask("今年茶社收茶多少斤？").reprints == ()
        assert assistant.verify().problems == ()


def test_a_library_without_a_copy_index_gets_one(tmp_path: Path, folder: Path) -> None:
    with Assistant.open(tmp_path / "library", encoder=ENCODER) as assistant:
        assistant.ingest([folder])
    shutil.rmtree(tmp_path / "library" / "copies")
    with Assistant.open(tmp_path / "library", encoder=ENCODER, read_only=True) as reader:
        assert reader.verify().problems == ()
    assert not (tmp_path / "library" / "copies").exists()
    with Assistant.open(tmp_path / "library", encoder=ENCODER) as assistant:
        assert assistant.verify().problems == ()
    assert (tmp_path / "library" / "copies").exists()


def test_a_removed_document_is_unfindable_and_its_words_leave_the_dictionary(assistant: Assistant) -> None:
    doc_id = next(info.doc_id for info in assistant.library.documents() if info.path.endswith("信.txt"))
    assert names(assistant, "路灯坏了三个月")[0] == "信.txt"
    assert "路灯" in set(assistant._keywords.terms("c"))
    receipt = assistant.remove([doc_id])
    assert receipt.pending == ""
    assert receipt.passages_hidden == receipt.passages_erased == 1
    assert "信.txt" not in names(assistant, "路灯坏了三个月")
    assert "路灯" not in set(assistant._keywords.terms("c"))
    with pytest.raises(NotInLibraryError):
        assistant.library.document(doc_id)
    assert assistant.verify().problems == ()


def test_prune_erases_what_has_gone_and_only_that(assistant: Assistant, folder: Path) -> None:
    (folder / "信.txt").unlink()
    assert assistant.ingest([folder]).pruned == 0
    assert len(assistant.library.documents()) == 4
    report = assistant.ingest([folder], prune=True)
    assert report.pruned == 1
    assert len(assistant.library.documents()) == 3
    assert assistant.verify().problems == ()


def test_what_another_process_ingests_is_found(assistant: Assistant, folder: Path) -> None:
    (folder / "新.txt").write_text("渡口的摆渡人罗水生撑船四十一年。\n", encoding="utf-8")
    program = """if True:
        import sys
        from embeddings.hashing_encoder import HashingEncoder
        from qa.assistant import Assistant
        with Assistant.open(sys.argv[1], encoder=HashingEncoder(dim=64)) as assistant:
            assert assistant.ingest([sys.argv[2]]).added == 1
    """
    subprocess.run([sys.executable, "-c", program, str(assistant.library.folder), str(folder)], check=True)
    assert names(assistant, "摆渡人撑船多少年")[0] == "新.txt"
    assert assistant.verify().problems == ()


def test_searching_goes_on_while_an_ingest_runs(assistant: Assistant, folder: Path) -> None:
    for number in range(60):
        (folder / f"{number}.txt").write_text(f"第{number}号井的水位是{number + 3}米，水质良好。\n", encoding="utf-8")
    failures: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        try:
            while not stop.is_set():
                assert names(assistant, "旧桥的石匠")[0].startswith("桥")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    report = assistant.ingest([folder])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert report.added == 60
    assert names(assistant, "第37号井的水位")[0] == "37.txt"


def test_damaged_or_missing_indexes_are_built_again_at_open(assistant: Assistant) -> None:
    folder = assistant.library.folder
    assistant.close()
    for file in sorted(path for path in (folder / "keywords").rglob("*") if path.is_file() and path.stat().st_size):
        before = file.read_bytes()
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 0xFF]))
        with Assistant.open(folder, encoder=ENCODER) as opened:
            assert names(opened, "旧桥的石匠")[0].startswith("桥"), file.name
            assert opened.verify().problems == (), file.name
        if not file.exists():
            break  # the damaged generation was replaced: what follows is new
    shutil.rmtree(folder / "keywords")
    with Assistant.open(folder, encoder=ENCODER) as opened:
        assert opened.verify().problems == ()


def test_a_read_only_library_answers(assistant: Assistant) -> None:
    folder = assistant.library.folder
    assistant.close()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with Assistant.open(folder, encoder=ENCODER, read_only=True) as opened:
        assert opened.ask("茶社去年收购了多少鲜叶？").status == "answered"
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before, "nothing was written"


def test_reading_only_where_there_is_no_library_makes_none(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError, match="no library"):
        Assistant.open(tmp_path / "nowhere", encoder=ENCODER, read_only=True)
    assert not (tmp_path / "nowhere").exists()


def test_links_resolve_after_restart_edit_and_new_ingest(assistant: Assistant, folder: Path) -> None:
    [citation, *_] = assistant.ask("茶社去年收购了多少鲜叶？").citations
    library = assistant.library.folder
    assistant.close()
    (folder / "茶.md").write_text(DOCUMENTS["茶.md"].replace("十二万", "十三万"), encoding="utf-8")
    with Assistant.open(library, encoder=ENCODER) as opened:
        assert opened.ingest([folder]).updated == 1
        old = opened.library.document(citation.doc_id, citation.version)
        assert text_at(old.text, citation.spans) == citation.quote
        assert opened.library.info(citation.doc_id).version != citation.version
        assert "十三万" in opened.ask("茶社去年收购了多少鲜叶？").statements[0].text
