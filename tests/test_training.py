"""Training: cleaning moves offsets with the text, and a changed question is not answered."""

import gzip
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import load_file, save_file

from lab.bert import FAR, rivalry_of
from lab.examples import Example, cleaned, held_out, is_held_out, read_set
from lab.reader import word_finder
from rag.models import load_tokenizer, packaged_model
from training import changes, deeds, rules, sheets
from training.average import average
from training.batches import Row, Tokens, padded
from training.changes import deceived, names_by_title, twins, without_sentence
from training.device import MAX_TOKENS
from training.kin import Kin
from training.negatives import hardest
from training.plan import Plan, Settings
from training.train import Run, begin
from training.typed import as_typed, terse

WORDNET = {  # in the format of WordNet's files
    "index.adj": "old a 1 1 ! 1 1 00000001\nyoung a 1 1 ! 1 1 00000002\n",
    "data.adj": "00000001 00 a 01 old 0 001 ! 00000002 a 0101 |\n"
    "00000002 00 a 01 young 0 001 ! 00000001 a 0101 |\n",
    "index.adv": "  1 of its licence\n",
    "data.adv": "  1 of its licence\n",
    "index.noun": "boat n 1 1 @ 1 4 00000004\nferry n 1 1 @ 1 0 00000006\n"
    "ship n 1 1 @ 1 2 00000005\n",
    "data.noun": "00000003 06 n 01 vessel 0 003 ~ 00000004 n 0000 ~ 00000005 n 0000 ~ 00000006 n "
    "0000 |\n"
    "00000004 06 n 01 boat 0 001 @ 00000003 n 0000 |\n"
    "00000005 06 n 01 ship 0 001 @ 00000003 n 0000 |\n"
    "00000006 06 n 01 ferry 0 001 @ 00000003 n 0000 |\n",
    "index.verb": "carry v 1 1 @ 1 1 00000008\ndrop v 1 1 @ 1 1 00000009\n"
    "load v 1 1 @ 1 1 00000010\n",
    "data.verb": "00000007 06 v 01 do 0 003 ~ 00000008 v 0000 ~ 00000009 v 0000 ~ 00000010 v "
    "0000 |\n"
    "00000008 06 v 01 carry 0 002 @ 00000007 v 0000 ! 00000010 v 0101 |\n"
    "00000009 06 v 01 burn 0 001 @ 00000007 v 0000 |\n"
    "00000010 06 v 01 load 0 001 @ 00000007 v 0000 |\n",
}
TOKENISED = (
    "The club ( founded in 1887 ) won , by 2 - 1 , the cup ; it 's theirs . It cost $ 5.50 ."
)


def write_set(path: Path, context: str, question: str, *answers: str) -> Path:
    found = [{"text": answer, "answer_start": context.index(answer)} for answer in answers]
    item = {"id": "q", "question": question, "answers": found, "is_impossible": not answers}
    with gzip.open(path, "wt") as file:
        file.write(json.dumps({"title": "A_Club", "context": context, "qas": [item]}) + "\n")
    return path


def test_cleaning_restores_ordinary_punctuation_and_moves_the_answers_with_it(
    tmp_path: Path,
) -> None:
    path = write_set(
        tmp_path / "set.jsonl.gz", TOKENISED, "What did it cost ?", "1887", "$ 5.50", "2 - 1"
    )
    (example,) = read_set(path, tokenised=True)
    assert (
        example.context
        == "The club (founded in 1887) won, by 2 - 1, the cup; it's theirs. It cost $5.50."
    )
    assert example.question == "What did it cost?"
    assert [example.context[start:end] for start, end in example.spans] == [
        "1887",
        "2 - 1",
        "$5.50",
    ]
    assert example.title == "A Club"


def test_cleaning_does_not_change_clean_text() -> None:
    text = "A ratio of 3 : 1 (in 1990), e.g. .5 - it's fine."
    assert cleaned(text) == text
    assert cleaned(cleaned(TOKENISED)) == cleaned(TOKENISED)


def test_an_unanswerable_question_has_no_spans(tmp_path: Path) -> None:
    (example,) = read_set(
        write_set(tmp_path / "s.jsonl.gz", "The club won.", "Who lost?"), tokenised=False
    )
    assert example.spans == ()


def test_questions_without_an_id_get_distinct_ids(tmp_path: Path) -> None:
    items = [
        {"question": f"Who won {cup}?", "id": "", "answers": [], "is_impossible": True}
        for cup in ("it", "that")
    ]
    with gzip.open(tmp_path / "s.jsonl.gz", "wt") as file:
        file.writelines(
            json.dumps({"title": "", "context": f"A club {n}.", "qas": items}) + "\n"
            for n in range(2)
        )
    examples = read_set(tmp_path / "s.jsonl.gz", tokenised=False)
    assert len({example.id for example in examples}) == len(examples) == 4


def test_a_paragraph_is_held_out_with_all_its_questions_and_always_the_same() -> None:
    examples = [
        Example(f"{n}", f"q{m}?", "", f"Paragraph {n}.", (), "s")
        for n in range(2000)
        for m in range(2)
    ]
    trained, kept = held_out(examples)
    assert len(trained) + len(kept) == 4000
    assert 60 <= len(kept) <= 180
    assert not {example.context for example in trained} & {example.context for example in kept}
    assert all(is_held_out(example.context) for example in kept)


@pytest.fixture
def kin(tmp_path: Path) -> Kin:
    for name, lines in WORDNET.items():
        (tmp_path / name).write_text(lines)
    return Kin(
        ["oldest boats ships carried burned burn", "youngest boats ships loaded load"] * 3, tmp_path
    )


def test_a_word_is_replaced_by_its_opposite_or_its_sister_in_the_same_form(
    kin: Kin, tmp_path: Path
) -> None:
    assert kin.of("oldest") == ("youngest",)
    assert kin.of("ships") == ("boats",)  # "ferries" is in no question
    assert kin.of("carried") == ("loaded",)  # not its sister, since it has an opposite
    assert kin.of("load") == ("burn",)
    assert kin.of("old") == kin.of("sailor") == ()
    with pytest.raises(SystemExit, match="apt-get install wordnet-base"):
        Kin([], tmp_path / "none")


def test_a_question_without_an_answer_is_paired_with_the_one_that_it_changes() -> None:
    asked = (
        "Who won the first cup?",
        "Who won the last cup?",
        "Where did they sail?",
        "Why is the sea salt?",
    )
    spans: tuple[tuple[tuple[int, int], ...], ...] = (((0, 3),), (), ((8, 10),), ())
    examples = [
        Example(q, q, "", "Ada won it.", places, "s")
        for q, places in zip(asked, spans, strict=True)
    ]
    elsewhere = Example("e", "Who won the last cup?", "", "Eve won it.", ((0, 3),), "s")
    assert twins([*examples, elsewhere]) == {asked[1]: examples[0]}
    plan = Plan([*examples, elsewhere], {}, {}, Settings(negatives=0, deceptions=0, unanswerable=3))
    ((_, groups),) = plan.chunks(0)
    pairs = [group for group in groups if len(group) == 2]
    assert len(pairs) == 3
    assert all(group[0].spans and not group[1].spans for group in pairs)
    assert len(groups) == 3 + 3 + 3  # a question that changes no other is alone


def test_a_changed_question_is_paired_with_the_original(
    kin: Kin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.plan.Kin", lambda _: kin)
    example = Example("1", "Who was first in?", "", "Ada was first.", ((0, 3),), "s")
    ((_, ((row, changed),)),) = Plan([example], {}, {}, Settings(negatives=0, deceptions=1)).chunks(
        0
    )
    assert row.spans
    assert not changed.spans
    assert row.ids[row.passage :] == changed.ids[changed.passage :]


@pytest.mark.parametrize(
    ("question", "place"),
    [("Who won in 1887?", "1887"), ("Who won 25 cups?", "25"), ("Who was first in?", "first")],
)
def test_the_new_words_of_a_changed_question_are_not_in_the_passage(
    question: str, place: str, kin: Kin
) -> None:
    example = Example("1", question, "", "Ada was first and won 25 gold in 1887.", ((0, 3),), "s")
    before, after = question.split(place)
    for seed in range(20):
        changed = deceived(example, {}, kin, random.Random(seed))
        assert changed is not None
        assert changed.spans == ()
        assert changed.question.startswith(before)
        assert changed.question.endswith(after)
        assert changed.question.removeprefix(before).removesuffix(after) not in example.context


def test_a_changed_name_comes_from_the_same_title_and_a_bare_question_is_not_changed(
    kin: Kin,
) -> None:
    example = Example("1", "What did Ada win?", "Club", "Ada won it.", ((8, 10),), "s")
    asked = Example("2", "When was Charles Babbage born?", "Club", "", (), "s")
    other = Example("3", "What does Eve sell?", "Shop", "", (), "s")
    changed = deceived(example, names_by_title([asked, other]), kin, random.Random(1))
    assert changed is not None
    assert (changed.question, changed.spans) == ("What did Charles Babbage win?", ())
    sold = Example("1", "Which boats sold?", "", "Ada did.", ((0, 3),), "s")
    assert deceived(sold, {}, kin, random.Random(1)) is None  # what is asked for is not changed
    changed = deceived(replace(sold, question="Who sold boats?"), {}, kin, random.Random(1))
    assert changed is not None
    assert changed.question == "Who sold ships?"
    bare = Example("1", "What won?", "", "Cups.", ((0, 4),), "s")
    assert deceived(bare, names_by_title([asked, bare]), kin, random.Random(1)) is None


def test_a_passage_can_lose_the_sentence_that_answers() -> None:
    context = "The club is old. Ada won in 1887. Nobody else did so."
    example = Example("1", "Who won?", "", context, ((17, 20),), "s")
    changed = without_sentence(example, random.Random(1))
    assert changed is not None
    assert (changed.context, changed.spans) == ("The club is old. Nobody else did so.", ())
    twice = Example("1", "Who won?", "", f"{context} So says Ada.", ((17, 20),), "s")
    assert without_sentence(twice, random.Random(1)) is None


def test_questions_are_also_asked_as_people_type_them() -> None:
    typed = {as_typed("Who won the cup?", random.Random(seed)) for seed in range(100)}
    assert typed == {"Who won the cup?", "Who won the cup", "Who won cup?", "Who won cup"}


def test_rivals_share_one_softmax_over_the_margins_of_their_words() -> None:
    answering, other = (
        Row([101, 7, 102, 8, 9, 102], 3, 3, ((4, 4),)),
        Row([101, 7, 102, 8, 102], 3, 3, ()),
    )
    batch = padded([[other], [answering, other]])
    assert batch.rivals.tolist() == [[1, 2]]
    side = torch.tensor(
        [[0.0, FAR, FAR, 5, FAR, FAR], [1.0, FAR, FAR, 1, 3, FAR], [2.0, FAR, FAR, 1, FAR, FAR]]
    )
    margins = torch.tensor(
        [0.0, 2, -1]
    )  # of the two words of the one passage and the word of the other
    expected = margins.logsumexp(0) - margins[1]
    assert float(rivalry_of(torch.stack([side, side]), batch)) == pytest.approx(
        float(expected), abs=1e-5
    )


def test_passages_of_a_question_that_nothing_answers_are_not_rivals() -> None:
    nothing = Row([101, 7, 102, 8, 102], 3, 3, ())
    assert padded([[nothing, nothing]]).rivals.shape == (0, 2)


def test_a_question_is_paired_with_its_hardest_passages_and_always_in_the_same_order() -> None:
    words = ("red", "blue", "green", "white")
    examples = [
        Example(
            word,
            f"What is {word}?",
            "",
            f"A {word} boat of wood is {word}.",
            ((2, 2 + len(word)),),
            "s",
        )
        for word in words
    ]
    near = {word: [f"The {word} sea is near."] for word in words}
    hard = {"red": ["The red sky is hard.", "The red sun is less so."]}
    plan = Plan(
        examples, near, hard, Settings(negatives=0.0, deceptions=0.0, epochs=50, titled=0.0)
    )
    groups = [group for _, chunk in plan.chunks(0) for group in chunk]
    pairs = [group for group in groups if len(group) == 2]
    assert len(groups) == 200
    assert len(pairs) == 50  # each time that "red" is asked
    assert all(group[0].spans and not group[1].spans for group in pairs)
    read = [load_tokenizer(packaged_model()).decode(group[1].ids) for group in pairs]
    assert {text.rpartition("the ")[2] for text in read} == {
        "red sky is hard.",
        "red sun is less so.",
    }
    assert 25 < sum("sky" in text for text in read) < 50
    assert [group for _, chunk in plan.chunks(0) for group in chunk] == groups
    assert Plan(examples, near, {}, Settings(negatives=1.0, deceptions=0.0)).total == 4


def test_a_folder_continues_its_own_run_and_refuses_another(tmp_path: Path) -> None:
    begin(tmp_path / "run", Settings(seed=1))
    begin(tmp_path / "run", Settings(seed=1))
    with pytest.raises(SystemExit, match="run of other settings"):
        begin(tmp_path / "run", Settings(seed=2))


def test_passages_are_sorted_by_how_much_they_look_like_an_answer(tmp_path: Path) -> None:
    near = [
        "The sea is blue and cold.",
        "Ida Berg founded the club in 1901.",
        "The club has many members.",
    ]
    example = Example("q", "Who founded the club?", "", "It was Ann.", ((7, 10),), "s")
    asked = [
        example,
        replace(example, id="none near"),
        replace(example, id="unanswerable", spans=()),
    ]
    found = hardest(asked, {"q": near}, {}, word_finder(), 1.0, tmp_path)
    assert list(found) == ["q"]
    assert (found["q"][0], sorted(found["q"])) == (near[1], sorted(near))
    assert hardest([], {}, {}, word_finder(), 0.0, tmp_path) == found  # kept for a later run


def test_a_stopped_run_ends_with_the_same_weights_as_an_unstopped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.plan.CHUNK", 4)
    examples = [
        Example(
            str(n),
            f"Who bought the boat {n}?",
            "Boats",
            f"Ida{n} bought the boat {n}.",
            ((0, 4),),
            "boats",
        )
        for n in range(12)
    ]
    plan = Plan(examples, {}, {}, Settings(epochs=0.9, negatives=0, deceptions=0))
    assert [position for position, _ in plan.chunks(0)] == [4, 8, 12]
    assert [position for position, _ in plan.chunks(4)] == [8, 12]

    def trained(folder: Path, deadlines: tuple[float, ...]) -> dict[str, torch.Tensor]:
        folder.mkdir()
        for deadline in deadlines:  # a past deadline stops the run after its next chunk
            Run(folder, Settings(epochs=0.9), plan, torch.device("cpu")).train(examples, deadline)
        weights: dict[str, torch.Tensor] = load_file(folder / "reader.safetensors")
        return weights

    whole = trained(tmp_path / "whole", (float("inf"),))
    first = trained(tmp_path / "first", (0.0,))
    stopped = trained(tmp_path / "stopped", (0.0, 0.0, float("inf")))
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)
    assert any(not torch.equal(whole[name], first[name]) for name in whole)


def test_the_mean_of_weights_is_the_mean_of_every_tensor(tmp_path: Path) -> None:
    for name, value in (("one", 1.0), ("two", 4.0)):
        save_file(
            {"a": torch.full((2,), value).half(), "b": torch.tensor([value / 2]).half()},
            tmp_path / name,
        )
    average([tmp_path / "one", tmp_path / "one", tmp_path / "two"], tmp_path / "mean")
    mean = load_file(tmp_path / "mean")
    assert (mean["a"].tolist(), mean["b"].tolist(), mean["a"].dtype) == (
        [2.0, 2.0],
        [1.0],
        torch.float16,
    )


def test_a_long_passage_is_cut_around_its_answer() -> None:
    words = [f"word{n}" for n in range(600)]
    context = " ".join(words)
    tokens = Tokens()
    for place in (0, 300, 599):
        start = context.index(words[place])
        example = Example("1", "Where?", "", context, ((start, start + len(words[place])),), "s")
        for offset in (0.0, 0.5, 1.0):
            (row,) = tokens.rows([example], [offset])
            ((first, last),) = row.spans
            assert len(row.ids) <= MAX_TOKENS
            found = load_tokenizer(packaged_model()).decode(row.ids[first : last + 1])
            assert found == words[place]


BRIDGE = Example(
    "1",
    "In what year did Arup build the Oder bridge?",
    "Oder bridge",
    "The Oder bridge is long. Arup built it in 1931. It was painted in 1950. Arup is proud.",
    ((42, 46),),
    "s",
)


def test_a_reworded_question_keeps_its_answer(tmp_path: Path) -> None:
    lines = WORDNET | {
        "data.noun": WORDNET["data.noun"].replace("06 n 01 boat 0", "06 n 02 boat 0 craft 0")
    }
    for name, text in lines.items():
        (tmp_path / name).write_text(text)
    kin = Kin(["boats crafts carried"] * 3, tmp_path)
    assert kin.synonyms("boats") == ("crafts",)
    assert kin.synonyms("carried") == ()
    example = replace(BRIDGE, question="Which boats carried the boats?")
    asked = {changes.reworded(example, kin, random.Random(n)) for n in range(20)}
    assert {e.question for e in asked} >= {example.question, "Which crafts carried the crafts?"}
    assert {e.spans for e in asked} == {BRIDGE.spans}


def test_a_renamed_example_answers_its_own_name_and_not_one_that_looks_alike() -> None:
    made = [changes.renamed(BRIDGE, random.Random(seed)) for seed in range(40)]
    for about, other in filter(None, made):
        (start, end) = about.spans[0]
        assert about.context[start:end] == "1931"
        assert other.context == about.context
        assert not other.spans
        old = {*re.findall(r"\w+", about.question)}
        (new,) = {" ".join(w for w in re.findall(r"\w+", other.question) if w not in old)}
        assert new
        assert not re.search(rf"\b{re.escape(new)}\b", other.context)
    assert sum(map(bool, made)) > 30


def test_a_retitled_passage_does_not_name_its_subject_itself() -> None:
    under, other = changes.retitled(BRIDGE, ["Steam engines"], random.Random(1))
    assert under.title == "Oder bridge"
    assert under.context == "Arup built it in 1931. It was painted in 1950. Arup is proud."
    assert under.context[slice(*under.spans[0])] == "1931"
    assert (other.title, other.context, other.spans) == ("Steam engines", under.context, ())


def test_a_passage_that_must_name_its_subject_has_no_other_title() -> None:
    named = replace(BRIDGE, context="Arup built the Oder bridge in 1931.", spans=((30, 34),))
    assert not changes.retitled(named, ["Steam engines"], random.Random(1))


def test_a_passage_is_read_under_its_title_if_only_that_names_the_subject() -> None:
    example = replace(BRIDGE, context="It was built in 1931.", spans=((16, 20),))
    settings = Settings(negatives=0, deceptions=0, titled=0)
    ((_, ((row,),)),) = Plan([example], {}, {}, settings).chunks(0)
    assert row.first > row.passage
    ((_, ((row,),)),) = Plan([BRIDGE], {}, {}, settings).chunks(0)
    assert row.first == row.passage


def few_hundred(maker: ModuleType) -> list[list[Example]]:
    """Return groups of questions about documents made by program."""
    return list(maker.groups(400, ["A filler."], random.Random(3)))


@pytest.fixture(scope="module")
def made() -> list[list[Example]]:
    return few_hundred(sheets)


@pytest.mark.parametrize("maker", [sheets, deeds, rules])
def test_a_passage_states_the_first_question_and_none_of_the_others(maker: ModuleType) -> None:
    made = few_hundred(maker)
    for first, *others in made:
        start, end = first.spans[0]
        assert first.context[start:end].strip() == first.context[start:end]
        assert all(other.context == first.context and not other.spans for other in others)
    assert sum(len(group) > 1 for group in made) > 300


@pytest.mark.parametrize("maker", [sheets, deeds, rules])
def test_a_near_miss_asks_for_another_thing_or_another_property(maker: ModuleType) -> None:
    for first, *others in few_hundred(maker):
        assert all(other.question != first.question for other in others)


@pytest.mark.parametrize("maker", [sheets, deeds, rules])
def test_documents_are_the_same_for_the_same_seed(maker: ModuleType) -> None:
    assert list(maker.groups(5, ["A filler."], random.Random(3))) == few_hundred(maker)[:5]


def test_the_topics_held_out_are_in_no_passage_to_train_on() -> None:
    chance = random.Random(3)
    held_out = {
        group[0].id.partition(" ")[2] for group in rules.groups(50, (), chance, held_out=True)
    }
    assert held_out == set(rules.HELD_OUT)
    assert held_out.isdisjoint(group[0].id.partition(" ")[2] for group in few_hundred(rules))


@pytest.mark.parametrize("keep", [True, False])
def test_a_terse_question_keeps_what_it_is_about(keep: bool) -> None:
    asked = "How many seats does the hall of the A300 have?"
    assert terse(asked, keep) == ("how many " if keep else "") + "seats hall a300"
    assert terse("Who wrote it?", keep) == ("who wrote" if keep else "Who wrote it?")


def test_terse_questions_still_tell_a_near_miss_from_its_original() -> None:
    same = replace(BRIDGE, id="n", question=BRIDGE.question.replace("the", "a"), spans=())
    other = replace(BRIDGE, id="o", question=f"{BRIDGE.question} tomorrow", spans=())
    plan = Plan([BRIDGE], {}, {}, Settings(terse=1.0))
    chance = random.Random(1)
    assert plan._in_keywords([BRIDGE, same], chance) == [BRIDGE, same]
    terse = [example.question for example in plan._in_keywords([BRIDGE, other], chance)]
    assert terse[1] == f"{terse[0]} tomorrow"


def test_a_sheet_becomes_a_file_that_keeps_its_headings(made: list[list[Example]]) -> None:
    (first, *_) = next(group for group in made if group[0].title.count(" › ") == 1)
    name, text = sheets.file_of(7, first)
    assert name.startswith("007")
    assert first.context in text
    assert all(part in text or "." in part for part in first.title.split(" › "))
