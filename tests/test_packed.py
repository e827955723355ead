"""A pack has the same rows as training on the spot; a reader learns from it and from others."""

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lab.examples import Example
from lab.model import ReaderModel, save
from rag.models import load_tokenizer, packaged_model, reader_weights
from rag.read.spans import HEADING_TOKENS, QUESTION_TOKENS
from training import distil, soften, written
from training.batches import Tokens, padded
from training.device import MAX_TOKENS, MOST, Rows, as_floats, eight_bits
from training.pack import onto, pack

CPU = torch.device("cpu")
TEXT = "The A200 weighs 12 kg. Its pump was built in Husum, and it costs 90 euros a month."


def example(question: str, *answers: str, title: str = "", text: str = TEXT) -> Example:
    spans = tuple((text.index(answer), text.index(answer) + len(answer)) for answer in answers)
    return Example(question, question, title, text, spans, "tests")


GROUPS = [
    [example("What does it weigh?", "12 kg", title="A200"), example("Whose is it?", title="A200")],
    [example("Where was the pump built?", "Husum"), example("Who built the pump?")],
    [example("How long is it?")],
]
WATCHED = [example("What is the price?", "90 euros", "90 euros a month"), example("Why?")]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    pack(GROUPS, WATCHED, tmp_path, other=False)
    return tmp_path


def test_a_batch_of_a_pack_is_the_batch_of_the_examples(packed: Path) -> None:
    assert MOST == (QUESTION_TOKENS, HEADING_TOKENS)
    rows = Rows(packed, "minilm", CPU)
    examples = [one for group in GROUPS for one in group]
    made = iter(Tokens().rows(examples, [0.0] * len(examples)))
    expected = padded([[next(made) for _ in group] for group in GROUPS])
    found = rows.batch(np.arange(rows.watched), [(0, 1), (2, 3)])
    tokens = torch.from_numpy(rows.stored["tokens"])
    assert torch.equal(tokens[found.ids] * found.mask, expected.ids)
    for name in ("mask", "segments", "allowed", "starts", "ends", "rivals"):
        assert torch.equal(getattr(found, name), getattr(expected, name)), name


def test_every_row_is_seen_once_in_an_epoch_next_to_its_rivals(packed: Path) -> None:
    rows = Rows(packed, "minilm", CPU)
    seen, rivals = [], 0
    for part, pairs in rows.epoch(120, random.Random(1)):
        seen += part.tolist()
        rivals += len(pairs)
        assert all(rows.group[part[a]] == rows.group[part[b]] for a, b in pairs)
    assert sorted(seen) == [0, 1, 2, 3, 4]
    assert rivals == 2


def test_a_long_passage_keeps_its_answer_and_the_place_it_had(tmp_path: Path) -> None:
    text = " ".join(f"word{n}" for n in range(400))
    asked = [
        example(f"Where is {word}?", word, text=text) for word in ("word0 ", "word200", "word399")
    ]
    pack([[one] for one in asked], [], tmp_path, other=False)
    rows = Rows(tmp_path, "minilm", CPU)
    batch = rows.batch(np.arange(3))
    assert batch.ids.shape[1] == MAX_TOKENS
    tokens = load_tokenizer(packaged_model())
    for number, one in enumerate(asked):
        first, last = (int(side[number].argmax()) for side in (batch.starts, batch.ends))
        ids = rows.stored["tokens"][batch.ids[number, first : last + 1].numpy()]
        assert tokens.decode(ids.tolist()) == one.context[slice(*one.spans[0])].strip()
        whole = tokens.encode(text, add_special_tokens=False).ids
        at = first - int(rows.firsts(np.array([number]))[0])
        assert whole[at : at + len(ids)] == ids.tolist()


def test_answers_in_other_tokens_fall_on_the_tokens_that_hold_them() -> None:
    theirs = [np.array([(0, 2), (2, 5), (6, 9)])]  # "un", "der", "sea"
    firsts, lasts = onto([np.array([(0, 5), (6, 7), (7, 9)])], theirs)
    assert (firsts.tolist(), lasts.tolist()) == ([0, 2, 2], [1, 2, 2])


def test_answers_of_a_reader_in_other_tokens_are_moved_to_ours(packed: Path) -> None:
    rows = Rows(packed, "minilm", CPU)
    starts = rows.stored["context.starts"]
    same = torch.from_numpy(np.concatenate([np.arange(b - a) for a, b in pairwise(starts)]))
    part = np.arange(rows.watched)
    batch = rows.batch(part)
    gold = torch.stack([batch.starts, batch.ends])
    assert torch.equal(soften.moved(gold, part, rows, rows, [same, same]), gold)
    second = soften.moved(gold, part, rows, rows, [same + 1, same + 1])
    assert torch.equal(second[:, 0, 1:], gold[:, 0, :-1])


@pytest.fixture
def start(tmp_path: Path) -> Path:
    path = tmp_path / "start.safetensors"
    save(ReaderModel(), path)
    return path


def test_a_pack_reads_as_the_program_does(packed: Path) -> None:
    rows = Rows(packed, "minilm", CPU)
    model = distil.reader(rows, "minilm", reader_weights(), 0.0).eval()
    part = np.arange(rows.watched)
    with torch.no_grad():
        scores = model(rows.batch(part))
    first, last = int(scores[0, 0, 1:].argmax()) + 1, int(scores[1, 0, 1:].argmax()) + 1
    assert [first, last] == rows.spans[0, 0].tolist()  # "12 kg"


def test_a_reader_learns_what_others_answer(packed: Path, start: Path, tmp_path: Path) -> None:
    rows = Rows(packed, "minilm", CPU)
    teacher = soften.Teacher(f"minilm:{reader_weights()}", {"minilm": rows}, CPU)
    places, shares = soften.soften(rows, [teacher])
    assert places.shape == shares.shape == (rows.watched, 2, soften.PLACES)
    np.savez(tmp_path / "soft.npz", places=places, shares=shares)
    soft = distil.Soft(tmp_path / "soft.npz", rows, CPU)
    part = np.arange(rows.watched)
    with torch.no_grad():
        batch = rows.batch(part)
        taught = float(soft.loss(distil.reader(rows, "minilm", reader_weights(), 0)(batch), part))
        untaught = float(soft.loss(distil.reader(rows, "minilm", start, 0)(batch), part))
    assert taught < untaught / 2


def test_a_run_over_a_pack_writes_weights_and_what_it_watched(
    packed: Path,
    start: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out.safetensors"
    arguments = f"distil --pack {packed} --start {start} --out {out} --passes 8 --tokens 200"
    monkeypatch.setattr("sys.argv", arguments.split())
    distil.main()
    before, after = load_file(start), load_file(out)
    assert before.keys() == after.keys()
    assert not torch.equal(before["head.weight"], after["head.weight"])
    assert "tests {'exact': " in capsys.readouterr().out


def test_whole_numbers_with_a_scale_are_near_the_numbers() -> None:
    tensor = np.random.default_rng(1).normal(size=(4, 64)).astype(np.float32)
    found = as_floats(eight_bits({"a": tensor, "b": tensor[0]}))
    assert np.abs(found["a"].numpy() - tensor).max() < np.abs(tensor).max() / 250
    assert np.abs(found["b"].numpy() - tensor[0]).max() < 0.002


def test_documents_written_by_hand_answer_their_questions_and_only_those() -> None:
    known, kept = written.families(), written.families(held_out=True)
    assert len(known) > 5 * len(kept) > 0
    for family in [*known, *kept]:
        for document in family:
            for asked, misses in document.asked:
                answers = [asked.context[start:end] for start, end in asked.spans]
                assert answers
                assert all(answer and answer == answer.strip() for answer in answers)
                assert asked.question not in misses
    names = {document.family for family in known for document in family}
    assert not names & {document.family for family in kept for document in family}


def test_a_written_question_is_next_to_its_near_misses() -> None:
    first = written.families()[0][0]
    asked, misses = first.asked[0]
    groups = [g for g in written.groups(3, random.Random(1)) if g[0].id == asked.id]
    assert len(groups) >= 3
    for group in groups:
        assert group[0].spans
        assert not any(one.spans for one in group[1:])
        same = [one.question for one in group[1:] if one.context == first.text]
        assert set(same) <= set(misses) or group[0].question != asked.question
