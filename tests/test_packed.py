"""A pack has the same rows as training on the spot; a reader learns from it and from others."""

import random
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lab.bert import save
from lab.examples import Example
from lab.model import ReaderModel, load
from rag.models import load_tokenizer, packaged_model, reader_weights
from rag.read.spans import HEADING_TOKENS, QUESTION_TOKENS
from tests.four_bit import write_model
from training import changes, distil, soften, written
from training.batches import Tokens, padded
from training.device import MAX_TOKENS, MOST, Rows, as_floats, eight_bits
from training.pack import _edges, held_out_ones, onto, pack
from training.steps import LEAST, rate_at

CPU = torch.device("cpu")
TEXT = "The A200 weighs 12 kg. Its pump was built in Husum, and it costs 90 euros a month."
TEA = "the tea is green. the boat has two moons (red)."
LONG = " ".join(["the tea is black."] * 90 + ["mars has a red boat."] + ["tea is green."] * 30)


def example(question: str, *answers: str, title: str = "", text: str = TEXT) -> Example:
    spans = tuple((text.index(answer), text.index(answer) + len(answer)) for answer in answers)
    return Example(question, question, title, text, spans, "tests")


GROUPS = [
    [example("What does it weigh?", "12 kg", title="A200"), example("Whose is it?", title="A200")],
    [example("Where was the pump built?", "Husum"), example("Who built the pump?")],
    [example(f"{'How ' * 80}many?", "two", text=TEA, title="moons and " * 40)],
]
WATCHED = [example("What is the price?", "90 euros", "90 euros a month"), example("Why?")]
OTHERS = [
    [example("which boat", "red", text=TEA), example("which tea", text=TEA)],
    [example("how many moons", "two moons", text=TEA), example("is mars red", text=LONG)],
    [example("has mars a boat", "a red boat", text=LONG)],
]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    pack(GROUPS, WATCHED, tmp_path, other=False)
    return tmp_path


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Rows]:
    write_model(tmp_path / "model.bin")
    monkeypatch.setattr("training.pack.multilingual_model", lambda: tmp_path / "model.bin")
    pack(OTHERS, [], tmp_path, other=True)
    return {name: Rows(tmp_path, name, CPU) for name in distil.VOCABULARIES}


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
    places = ("word0 ", "word200", "word399")
    asked = [example(f"Where is {at}?", at, text=text, title="Words › Many") for at in places]
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


def test_a_token_ends_where_its_word_does() -> None:
    assert _edges([(0, 7), (6, 7), (7, 10)], "(2015). ab").tolist() == [[1, 5], [6, 7], [8, 10]]
    assert _edges([(3, 6)], "one (a").tolist() == [[5, 6]]


def test_answers_in_other_tokens_fall_on_the_tokens_that_hold_them() -> None:
    theirs = [np.array([(0, 2), (2, 5), (6, 9)])]  # "un", "der", "sea"
    firsts, lasts = onto([np.array([(0, 5), (6, 7), (7, 9)])], theirs)
    assert (firsts.tolist(), lasts.tolist()) == ([0, 2, 2], [1, 2, 2])


def test_answers_of_a_reader_in_other_tokens_are_moved_to_ours(both: dict[str, Rows]) -> None:
    own, ours = both["e5"], both["minilm"]
    teacher = [torch.from_numpy(np.cumsum(own.stored[name])) for name in ("firsts", "lasts")]
    part = np.arange(ours.watched)
    given, wanted = own.batch(part), ours.batch(part)
    gold = torch.stack([given.starts, given.ends])
    assert own.begins.max() > 0 < ours.begins.max()  # the long passage is cut
    expected = torch.stack([wanted.starts, wanted.ends])
    assert torch.equal(soften.moved(gold, part, own, ours, teacher), expected)
    at_end = torch.zeros_like(gold)
    at_end[:, range(len(part)), own.length[part] - 1] = 1  # the last token is of no passage
    assert (soften.moved(at_end, part, own, ours, teacher)[:, :, 0] == 1).all()
    evenly = given.allowed / given.allowed.sum(1, keepdim=True)
    sums = soften.moved(torch.stack([evenly, evenly]), part, own, ours, teacher).sum(2)
    assert torch.allclose(sums, torch.ones_like(sums))


def test_soft_answers_are_places_of_the_passage(both: dict[str, Rows], tmp_path: Path) -> None:
    weights = tmp_path / "e5.safetensors"
    save(distil.reader(both["e5"], None), weights)
    teachers = [
        soften.Teacher(name, both, CPU) for name in (f"minilm:{reader_weights()}", f"e5:{weights}")
    ]
    rows = both["minilm"]
    places, shares = soften.soften(rows, teachers)
    assert places.shape == shares.shape == (rows.watched, 2, soften.PLACES)
    sums = shares.sum(2, dtype=np.int64)
    assert (sums > 0).all()
    assert sums.max() <= 255 + soften.PLACES
    sizes = np.diff(rows.stored["context.starts"])
    longest = np.array([sizes[0], sizes[0], sizes[0], sizes[1], sizes[1]])
    assert (places >= 0).all()
    assert (places <= longest[:, None, None]).all()


@pytest.fixture
def start(tmp_path: Path) -> Path:
    path = tmp_path / "start.safetensors"
    save(ReaderModel(), path)
    return path


def options(**changed: float) -> Namespace:
    given = {
        "passes": 1.0, "seconds": 1e9, "rate": 1e-3, "rivalry": 0.0, "taught": 1.0, "tokens": 60,
        "seed": 1,
    }  # fmt: skip
    return Namespace(**{**given, **changed})


def test_a_pack_reads_as_the_program_does(packed: Path) -> None:
    rows = Rows(packed, "minilm", CPU)
    batch = rows.batch(np.arange(rows.watched))
    examples = [one for group in GROUPS for one in group]
    expected = padded([Tokens().rows(examples, [0.0] * len(examples))])
    with torch.no_grad():
        scores = distil.reader(rows, reader_weights()).eval()(batch)
        wanted = load(reader_weights()).eval()(expected)
    assert (scores - wanted).abs().max() < 0.3  # word vectors in eight bits


def test_a_reader_learns_what_others_answer(packed: Path, tmp_path: Path) -> None:
    rows = Rows(packed, "minilm", CPU)
    places = np.zeros((rows.watched, 2, soften.PLACES), np.int16)
    shares = np.zeros_like(places, np.uint8)
    places[:, :, 0], shares[:, :, 0] = 3, 255  # not what the examples say
    np.savez(tmp_path / "soft.npz", places=places, shares=shares)
    soft = distil.Soft(tmp_path / "soft.npz", rows, CPU)
    model = distil.reader(rows, reader_weights())
    course = distil.Course(model, rows, options(passes=12, tokens=600))
    course.run(soft, CPU)
    part = np.arange(rows.watched)
    with torch.no_grad():
        found = model.eval()(rows.batch(part)).argmax(2).numpy()
    assert (found == 2 + rows.firsts(part)).all()
    np.savez(tmp_path / "soft.npz", places=places[1:], shares=shares[1:])
    with pytest.raises(ValueError, match="another pack: it has 4 rows"):
        distil.Soft(tmp_path / "soft.npz", rows, CPU)


def test_a_reader_learns_the_answers_of_a_pack(packed: Path) -> None:
    rows = Rows(packed, "minilm", CPU)
    model = distil.reader(rows, None)
    course = distil.Course(model, rows, options(passes=25, tokens=600, rivalry=0.5))
    course.run(None, CPU)
    part = np.arange(rows.watched)
    with torch.no_grad():
        found = model.eval()(rows.batch(part)).argmax(2).numpy()
    assert (found[0] == np.maximum(rows.spans[:, 0, 0], 0)[part]).all()


def test_a_pass_sees_every_row_and_the_seconds_end_it(packed: Path, start: Path) -> None:
    rows = Rows(packed, "minilm", CPU)
    model = distil.reader(rows, start)
    course = distil.Course(model, rows, options())
    course.run(None, CPU)
    assert course.steps.taken == len(list(rows.epoch(60, random.Random(1)))) > 1
    before = model.head.weight.detach().clone()
    with course.steps.averaged():
        assert not torch.equal(model.head.weight, before)
    assert torch.equal(model.head.weight, before)
    ended = distil.Course(model, rows, options(passes=1e9, seconds=1e-9))
    ended.run(None, CPU)
    assert ended.steps.taken == 0


def test_the_rate_rises_and_falls_to_the_least() -> None:
    assert rate_at(0.0, 0.1) == rate_at(1.0, 0.1) == LEAST
    assert rate_at(0.1, 0.1) == 1.0
    assert rate_at(0.55, 0.1) == pytest.approx(0.5)
    assert rate_at(0.05, 0.1) == pytest.approx(0.5)


def test_a_run_over_a_pack_writes_weights_and_what_it_watched(
    packed: Path,
    start: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out.safetensors"
    arguments = f"distil --pack {packed} --start {start} --out {out} --passes 1 --tokens 200"
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


def test_documents_written_by_hand_answer_their_questions_in_whole_words() -> None:
    known, kept = written.families(), written.families(held_out=True)
    assert len(known) > 5 * len(kept) > 0
    for family in [*known, *kept]:
        asked = [(one, misses) for document in family for one, misses in document.asked]
        questions = {one.question for one, _ in asked}
        assert not questions & {miss for _, misses in asked for miss in misses}
        for one, _ in asked:
            assert one.spans
            for start, end in one.spans:
                answer = one.context[start:end]
                assert answer
                assert answer == answer.strip()
    names = {document.family for family in known for document in family}
    assert not names & {document.family for family in kept for document in family}


def test_of_several_places_an_answer_has_the_one_near_the_words_of_the_question() -> None:
    text = f"Births give 2 days. {'It is so. ' * 30}A wedding gives 2 days."
    (start, _), *_ = written._example(
        written.Written("f", "", text), "How long for a wedding? | 2 days", "n"
    ).spans
    assert start == text.rindex("2 days")
    with pytest.raises(ValueError, match=r"n: the document does not have all of \['2 day'\]"):
        written._example(written.Written("f", "", text), "How long? | 2 day", "n")


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


def test_what_is_watched_was_not_trained_on() -> None:
    trained = {document.text for family in written.families() for document in family}
    watched = list(held_out_ones())
    assert {one.source for one in watched} == {"written", "rules"}
    assert not trained & {one.context for one in watched}
    assert any(changes.words_of(one.question) and not one.spans for one in watched)
