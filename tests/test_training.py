"""Training data: cleaning moves offsets with the text, and a changed question is no longer answered."""

import gzip
import json
import random
from pathlib import Path

import pytest

from training.data import Example, as_typed, cleaned, deceived, held_out, is_held_out, read_set

TOKENISED = "The club ( founded in 1887 ) won , by 2 - 1 , the cup ; it 's theirs . It cost $ 5.50 ."


def write_set(path: Path, context: str, question: str, *answers: str) -> Path:
    found = [{"text": answer, "answer_start": context.index(answer)} for answer in answers]
    item = {"id": "q", "question": question, "answers": found, "is_impossible": not answers}
    with gzip.open(path, "wt") as file:
        file.write(json.dumps({"title": "A_Club", "context": context, "qas": [item]}) + "\n")
    return path


def test_cleaning_writes_punctuation_as_people_do_and_moves_the_answers_with_it(tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.jsonl.gz", TOKENISED, "What did it cost ?", "1887", "$ 5.50", "2 - 1")
    (example,) = read_set(path, tokenised=True)
    assert example.context == "The club (founded in 1887) won, by 2 - 1, the cup; it's theirs. It cost $5.50."
    assert example.question == "What did it cost?"
    assert [example.context[start:end] for start, end in example.spans] == ["1887", "2 - 1", "$5.50"]
    assert example.title == "A Club"


def test_clean_text_stays_as_it_is() -> None:
    text = "A ratio of 3 : 1 (in 1990), e.g. .5 - it's fine."
    assert cleaned(text) == text
    assert cleaned(cleaned(TOKENISED)) == cleaned(TOKENISED)


def test_an_unanswerable_question_has_no_spans(tmp_path: Path) -> None:
    (example,) = read_set(write_set(tmp_path / "s.jsonl.gz", "The club won.", "Who lost?"), tokenised=False)
    assert example.spans == ()


def test_a_paragraph_is_kept_aside_with_all_its_questions_and_always_the_same() -> None:
    examples = [Example(f"{n}", f"q{m}?", "", f"Paragraph {n}.", (), "s") for n in range(2000) for m in range(2)]
    trained, kept = held_out(examples)
    assert len(trained) + len(kept) == 4000
    assert 60 <= len(kept) <= 180
    assert not {example.context for example in trained} & {example.context for example in kept}
    assert all(is_held_out(example.context) for example in kept)


@pytest.mark.parametrize(("question", "number"), [("Who won in 1887?", "1887"), ("Who won 25 cups?", "25")])
def test_a_changed_number_is_another_one_that_the_passage_does_not_hold(question: str, number: str) -> None:
    example = Example("1", question, "", f"Ada won {number} cups in 1887.", ((0, 3),), "s")
    for seed in range(20):
        changed = deceived(example, {"": []}, random.Random(seed))
        assert changed is None or (changed.spans == () and number not in changed.question)
    assert any(deceived(example, {"": []}, random.Random(seed)) for seed in range(20))


def test_a_changed_name_comes_from_the_same_title_and_one_without_names_is_left_alone() -> None:
    example = Example("1", "What did Ada win?", "Club", "Ada won cups.", ((8, 12),), "s")
    changed = deceived(example, {"Club": ["Charles Babbage"]}, random.Random(1))
    assert changed is not None
    assert (changed.question, changed.spans) == ("What did Charles Babbage win?", ())
    assert deceived(Example("1", "What won?", "", "Cups.", ((0, 4),), "s"), {"": ["Bob"]}, random.Random(1)) is None


def test_questions_are_met_as_people_type_them() -> None:
    typed = {as_typed("Who won the cup?", random.Random(seed)) for seed in range(100)}
    assert typed == {"Who won the cup?", "Who won the cup", "Who won cup?", "Who won cup"}
