"""How words are searched, and BM25 as published."""

import math
import os
import re
import shutil
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tantivy

from rag.index.clauses import CODE, Clause
from rag.index.folders import LEFT, LINKS, LexicalWriter, temporary_folder
from rag.index.lexical import LexicalIndex
from rag.index.terms import MAX_WORD, WORDS, character_pairs, content_terms, folded, terms_of
from rag.types import Rows, Scores

TEXTS = (
    "The engineers were running tests on the turbine.",
    "A café in Zürich serves naïve résumés.",
    "世界人工智能大会在上海举行。",
    "ภาษาไทยไม่มีช่องว่าง",
    "東京でロボットが公開されました。",
    "The turbine. The turbine again, a turbine.",
    "세계 인공지능 대회",
)


def written(folder: Path, texts: tuple[str, ...] = TEXTS) -> LexicalIndex:
    writer = LexicalWriter(folder / "lexical")
    for text in texts:
        writer.add(text)
    writer.close()
    return LexicalIndex([(folder / "lexical", 0, len(texts))])


def test_an_index_opens_without_a_change_to_its_folder(tmp_path: Path) -> None:
    written(tmp_path)
    locks = shutil.ignore_patterns("*.lock")  # the writer's threads may still make one
    folder = shutil.copytree(tmp_path / "lexical", tmp_path / "copy", ignore=locks)
    before = sorted(path.name for path in folder.iterdir())
    index = LexicalIndex([(folder, 0, len(TEXTS))])
    assert found(index, "turbine") == [5, 0]
    assert sorted(path.name for path in folder.iterdir()) == before


def test_an_index_that_nobody_uses_is_closed_at_once(tmp_path: Path) -> None:
    index = written(tmp_path)
    assert index.beginning("turb") == {"turbin": 2}
    left = weakref.ref(index)
    del index
    assert left() is None


@pytest.mark.parametrize(
    "code", ["E-2107", "10.0.0.1", "foo_bar", "§4.2", "00-4471-D", "2024-07-03", "v2.14.3"]
)
def test_the_passage_with_the_exact_code_comes_before_one_with_its_parts_apart(
    tmp_path: Path, code: str
) -> None:
    parts = " ".join(reversed(re.findall(r"[^\W_]+", code)))
    texts = (f"Known are {parts} and also {parts}.", f"What is known of {code} is here.", "No.")
    assert found(written(tmp_path, texts), f"what is {code}")[0] == 1


def test_a_hyphenated_word_and_a_number_alone_are_no_codes() -> None:
    assert CODE.findall("a well-known x-ray of 42 and/or e.g. P0301") == []
    assert CODE.findall("E-2107, foo_bar. 10.0.0.1") == ["E-2107", "foo_bar", "10.0.0.1"]


@pytest.fixture
def lexical(tmp_path: Path) -> LexicalIndex:
    return written(tmp_path)


def found(index: LexicalIndex, question: str, k: int = 10) -> list[int]:
    rows: list[int] = index.search(question, k)[1].tolist()
    return rows


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("Who runs a test?", 0),
        ("ENGINEER", 0),
        ("cafe in Zurich", 1),
        ("ｒｅｓｕｍｅ", 1),
        ("re\u0301sume\u0301", 1),
        ("人工智能", 2),
        ("上海在哪里", 2),
        ("ภาษาไทย", 3),
        ("ロボット", 4),
        ("인공지능", 6),
    ],
)
def test_a_passage_is_found_across_stems_cases_accents_and_unspaced_scripts(
    lexical: LexicalIndex, question: str, row: int
) -> None:
    assert found(lexical, question)[0] == row


@pytest.mark.parametrize(
    ("asked", "written_as"),
    [
        ("विद्यालय की स्थापना", "विद्यालय की स्थापना कब हुई।"),
        ("القاهره", "تقع القَاهِرَة على النيل."),
        ("الى احمد", "كتب إلى أحمد رسالة."),
        ("مدرسة", "والمدارس كثيرة. بالمدرسة طلاب."),
        ("کتاب\u200cها", "کتابها را خواند."),
        ("города", "В городе много школ."),
        ("еще", "Ещё раз."),
        ("ανθρωπος", "Ο άνθρωπος μιλάει."),
        ("שלום", "שָׁלוֹם לכולם."),
        ("Frist der Kündigung", "Die Kündigungsfrist beträgt drei Monate."),
        ("Kündigungsfrist", "Die Frist der Kündigung ist lang."),
        ("Kündigungsfrist", "Die Kündi\u00adgungs\u00adfrist ist lang."),
    ],
)
def test_a_word_is_found_however_its_language_writes_it(
    tmp_path: Path, asked: str, written_as: str
) -> None:
    others = ("Nothing of it.", "यह वाक्य है।", "هذه جملة اخرى", "Другое слово", "Άλλη λέξη", "Ende.")
    assert found(written(tmp_path, (*others, written_as)), asked)[0] == len(others)


def test_english_words_have_the_stems_that_the_english_stemmer_alone_gives() -> None:
    filters = tantivy.Filter
    english = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(filters.remove_long(MAX_WORD))
        .filter(filters.lowercase())
        .filter(filters.ascii_fold())
        .filter(filters.stemmer("english"))
        .build()
    )
    text = (Path(__file__).parents[1] / "LICENSE").read_text(encoding="utf-8")
    text += " naïve café Straße İstanbul 4th x86 don't e.g. 1,000 foo_bar Ångström"
    assert WORDS.analyze(folded(text)) == english.analyze(folded(text))


def test_a_passage_that_shares_no_word_is_not_found(lexical: LexicalIndex) -> None:
    scores, rows = lexical.search("elephants", 10)
    assert scores.shape == rows.shape == (0,)


def test_rows_follow_the_order_in_which_passages_were_added(tmp_path: Path) -> None:
    index = written(tmp_path, tuple(f"common word{number}" for number in range(500)))
    assert len(index) == 500
    assert [found(index, f"word{number}")[0] for number in (0, 7, 250, 499)] == [0, 7, 250, 499]
    assert len(found(index, "common", 20)) == 20
    assert sorted(found(index, "common", 5000)) == list(range(500))


@pytest.mark.parametrize("question", ["Antropic", "Anthropics", "anthropicc models"])
def test_a_typing_error_still_finds_the_word(tmp_path: Path, question: str) -> None:
    assert (
        found(
            written(tmp_path, ("The river is long.", "Anthropic is a name.", "Tropical fish.")),
            question,
        )[0]
        == 1
    )


def test_a_passage_that_keeps_the_words_of_the_question_together_comes_first(
    tmp_path: Path,
) -> None:
    apart = "The house on the hill is white."
    together = "On the hill is the white house."
    assert found(written(tmp_path, (apart, together)), "Where is the white house?") == [1, 0]


def test_a_passage_that_repeats_a_word_comes_first_and_scores_decrease(
    lexical: LexicalIndex,
) -> None:
    scores, rows = lexical.search("turbine", 10)
    assert rows.tolist() == [5, 0]
    assert scores[0] > scores[1] > 0
    assert scores.dtype == np.float32
    assert rows.dtype == np.int64


def test_rarity_is_the_inverse_document_frequency_of_bm25(lexical: LexicalIndex) -> None:
    expected = [math.log(1 + (7 - n + 0.5) / (n + 0.5)) for n in (2, 1, 0)]
    np.testing.assert_allclose(lexical.rarity(["turbin", "engin", "elephant"]), expected, rtol=1e-6)


def test_function_words_are_left_out_of_a_question_unless_it_has_no_others() -> None:
    assert content_terms("What is the Height of the Tower?") == ["height", "tower"]
    assert content_terms("What is it?") == ["what", "is", "it"]
    assert content_terms("tower towers TOWER") == ["tower"]
    assert content_terms("?!") == []


def test_a_question_of_function_words_alone_still_finds_passages(lexical: LexicalIndex) -> None:
    assert set(found(lexical, "the")) == {0, 5}
    assert set(found(lexical, "the engineers")) == {0}


@pytest.mark.parametrize(
    "question",
    ["", "   ", "?!…", "🎉", "\0", '"turbine AND', "title:turbine~9 [a TO z]", "(((", "\\"],
)
def test_no_question_raises_an_error(lexical: LexicalIndex, question: str) -> None:
    rows = found(lexical, question)
    assert rows == ([5, 0] if "turbine" in question else [])


def test_unspaced_scripts_are_split_into_overlapping_pairs() -> None:
    assert character_pairs("abc 人工智能 x 上") == ["人工", "工智", "智能", "上"]
    assert character_pairs("𠀀𠀁𠀂") == ["𠀀𠀁", "𠀁𠀂"]
    assert character_pairs("plain words") == []


def test_folding_makes_compatibility_forms_plain_and_leaves_the_rest() -> None:
    assert folded("ﬁre ① ｆｕｌｌ") == "fire 1 full"
    assert folded("plain") == "plain"


def test_terms_of_a_text_are_those_that_find_it() -> None:
    assert terms_of("Running cafés 人工智") == ["run", "cafe", "人工智", "人工", "工智"]


def test_a_run_of_letters_too_long_to_be_a_word_is_left_out() -> None:
    assert terms_of("a" * (MAX_WORD - 1)) == ["a" * (MAX_WORD - 1)]
    assert terms_of("a" * 5000) == []


def test_an_index_without_passages_finds_nothing(tmp_path: Path) -> None:
    index = written(tmp_path, ())
    assert len(index) == 0
    assert found(index, "anything") == []
    assert index.holding("anything", 5).tolist() == []


def test_a_finished_index_holds_no_lock_file(tmp_path: Path) -> None:
    writer = LexicalWriter(tmp_path / "lexical")
    writer.add("one passage")
    writer.close()
    names = {path.name for path in (tmp_path / "lexical").iterdir()}
    assert "meta.json" in names
    assert not any("lock" in name for name in names)


# A large index


def varied(count: int) -> tuple[str, ...]:
    chance = np.random.default_rng(4)
    middles = "ar on il eb us om".split()
    words = np.array([f"{a}{b}{c}" for a in "bdfgklmnprst" for b in middles for c in "tmrsknl"])
    weights = 1 / np.arange(1, len(words) + 1)
    texts = (chance.choice(words, 12, p=weights / weights.sum()) for _ in range(count))
    return tuple(" ".join(text) for text in texts)


def test_in_a_large_index_phrases_apart_rank_nearly_as_if_searched_for_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = varied(3000)
    index = written(tmp_path, texts)
    for text in texts[::300]:
        question = " ".join(text.split()[3:7])
        monkeypatch.setattr("rag.index.lexical.LARGE", len(texts))
        scores, rows = index.search(question, 100)
        monkeypatch.setattr("rag.index.lexical.LARGE", 0)
        monkeypatch.setattr("rag.index.lexical.FEW_GRAMS", MAX_WORD)
        monkeypatch.setattr("rag.index.lexical.FREQUENT", 1.0)
        apart, found = index.search(question, 100)
        np.testing.assert_allclose(apart[:20], scores[:20], rtol=1e-5)
        assert (apart >= scores[-1] - 1e-5).mean() > 0.9
        assert len(set(found.tolist())) == len(found) == len(rows)


def test_in_a_large_index_a_wide_scope_without_most_of_what_is_found_is_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LARGE", 0), ("COUNTED", 4), ("MANY", 3)):
        monkeypatch.setattr(f"rag.index.lexical.{name}", value)
    index = written(tmp_path, tuple(f"tide {'tide ' * (n % 2)}number {n}" for n in range(400)))
    even = np.arange(0, 400, 2)  # behind all the others
    asked: list[int] = []
    ranked = index._ranked

    def noted(sought: Sequence[Clause], k: int) -> tuple[Scores, Rows]:
        asked.append(k)
        return ranked(sought, k)

    monkeypatch.setattr(index, "_ranked", noted)
    rows = index.search("tide", 5, even)[1]
    assert len(rows) == 5
    assert np.isin(rows, even).all()
    assert asked == [15]  # 45 more are not fetched


def test_in_a_large_index_a_phrase_without_other_words_in_common_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.lexical.LARGE", 0)
    plain = tuple(f"salt lake number {n}" for n in range(40))
    index = written(tmp_path, (*plain, "a lake of salt is salt and a salt lake"))
    assert found(index, "salt lake")[0] == len(plain)
    assert found(index, "of the") == [len(plain)]


@pytest.mark.parametrize("question", ["temprature", "Sommertemperaturen", "temperatur"])
def test_in_a_large_index_three_runs_of_a_word_find_its_other_forms(
    question: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.lexical.LARGE", 0)
    texts = ("The ship left.", "High temperatures were measured.", "Ice melts.")
    assert found(written(tmp_path, texts), question)[0] == 1


def test_links_are_made_in_memory_unless_it_is_full_and_none_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.folders.MEMORY", str(tmp_path))
    with temporary_folder() as folder:
        (folder / "link").symlink_to(tmp_path)
        assert folder.parent == tmp_path
    monkeypatch.setattr("rag.index.folders.ROOM", shutil.disk_usage(tmp_path).total + 1)
    with temporary_folder() as folder:
        assert folder.parent != tmp_path
    assert list(tmp_path.iterdir()) == []


def test_links_that_a_killed_process_left_are_deleted_an_hour_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.folders.MEMORY", str(tmp_path))
    kept = tmp_path / "kept.txt"
    kept.write_text("what is linked")
    for name, age in ((f"{LINKS}old", LEFT + 60), (f"{LINKS}new", LEFT - 60), ("other", LEFT + 60)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "link").symlink_to(kept)
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    with temporary_folder():
        assert not (tmp_path / f"{LINKS}old").exists()
    assert {path.name for path in tmp_path.iterdir()} == {f"{LINKS}new", "other", "kept.txt"}
