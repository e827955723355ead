"""Where sentences end in any language, against places marked by hand; what a list item is."""

import re
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.sentences import against_gold, begins, marked
from rag.load.markdown import markdown_headings
from rag.sentences import MARKER, sentences
from rag.types import Heading
from rag.wrapping import ITEM

CASES = list(marked())
KNOWN = {  # split wrongly: this needs knowledge of a name or of the language
    "They chose iron. iPhones came much later.",
    "Vitamin C. Vitamin D.",
    "i think dr. smith is out. he is back at 5 p.m. today.",
    "CHAPTER IV. THE STORM BREAKS.",
    "The end came. eBay bought the rest.",
    "Dr. med. Anna Weiß arbeitet in St. Gallen. Ihr Büro liegt in der Hauptstr. 12.",
    "Он родился в г. Москве. Потом он уехал.",
    "Музей им. А. С. Пушкина закрыт. Он откроется в мае.",
}
WORDS = [
    *("Pvt. ", "Maj. ", "p.m. ", "CT ", "z. B. ", "5. ", "Mai ", "U.S. ", "The ", "no. ", "5 "),
    *(
        "sailed",
        "Oslo",
        " ",
        "\n",
        "\n\n",
        ". ",
        "! ",
        "… ",
        ".[3] ",
        "“It.” ",
        "（。）",
        "؟ ",
        "- ",
        "1) ",
    ),
    *(
        "| a | b |\n",
        "# Head\n",
        "ok\t",
        "\u00a0», ",
        "۔ ",
        "*",
        "İ",
        "\u200d",
        "e\u0301",
        "x" * 200,
    ),
]
texts = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=50).map("".join)


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        pytest.param(text, starts, id=f"{language}: {text[:50]}")
        for language, _, text, starts in CASES
    ],
)
def test_a_text_is_split_at_the_marked_places_unless_it_is_a_known_error(
    text: str, starts: set[int]
) -> None:
    assert (begins(text, sentences(text)) == starts) is (text not in KNOWN)


def test_precision_and_recall_on_the_marked_boundaries_are_at_least_98_percent() -> None:
    precision, recall, _ = against_gold(lambda text, _: sentences(text), CASES)
    assert sum(len(starts) for *_, starts in CASES) > 200
    assert min(precision, recall) >= 0.98


@pytest.mark.parametrize(
    "abbreviation",
    ["Pvt.", "Spc.", "Maj.", "Det.", "Supt.", "Cpl.", "Sgt.", "Brig.", "Adm.", "Insp.", "Pfc."],
)
def test_a_rank_never_ends_a_sentence(abbreviation: str) -> None:
    text = f"Then {abbreviation} Adams spoke. {abbreviation} The men left."
    assert begins(text, sentences(text)) == {text.index("spoke.") + 7}


@pytest.mark.parametrize(
    "time", ["5:41 p.m. CT", "6:30 a.m. Wednesday", "9 A.M. EST", "1 p.m. Sunday"]
)
def test_a_time_continues_with_its_day_or_zone_and_ends_a_sentence_before_anything_else(
    time: str,
) -> None:
    text = f"It came at {time} and left. It left at {time.partition(' ')[0]} p.m. Police saw it."
    assert begins(text, sentences(text)) == {text.index("It left"), text.index("Police")}


def test_an_abbreviation_that_precedes_numbers_is_an_ordinary_word_elsewhere() -> None:
    text = "See no. 5 and fig. 2. The answer is no. She ate a fig. Then she left."
    parts = [text[start:end] for start, end in sentences(text)]
    assert parts == [
        "See no. 5 and fig. 2.",
        "The answer is no.",
        "She ate a fig.",
        "Then she left.",
    ]


def test_a_sentence_includes_the_quotes_brackets_and_references_that_close_it() -> None:
    text = "It rained.[3][4] “It did.”[5] (So it did.)[citation needed] Yes."
    parts = [text[start:end] for start, end in sentences(text)]
    assert parts == ["It rained.[3][4]", "“It did.”[5]", "(So it did.)[citation needed]", "Yes."]


def check_law(text: str, headings: tuple[Heading, ...]) -> None:
    spans = list(sentences(text, headings))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    taken = bytearray(len(text))
    for start, end in [*spans, *((heading.start, heading.end) for heading in headings)]:
        assert not any(taken[start:end]), "a sentence reaches into a heading"
        taken[start:end] = b"\1" * (end - start)
    lost = [mark for mark, kept in zip(text, taken, strict=True) if not kept and mark.isalnum()]
    assert lost == []


@given(texts)
@settings(derandomize=True, max_examples=400, deadline=None)
def test_sentences_are_ordered_trimmed_disjoint_and_lose_no_letter(text: str) -> None:
    check_law(text, tuple(markdown_headings(text)))


def test_one_sentence_of_a_long_line_is_in_memory_at_a_time() -> None:
    text = "A boat came in. " * 50_000
    tracemalloc.start()
    count = sum(1 for _ in sentences(text))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 100_000  # bytes: two for each sentence


@pytest.mark.parametrize(
    "mark", ["- ", "* ", "+ ", "• ", "– ", "•\u00a0", "1. ", "12) ", "(3) ", "a) ", "(b) ", "A. "]
)
def test_the_marker_of_a_list_item_begins_a_new_block(mark: str) -> None:
    line = "The long line of the list that is above the item and goes on till here"
    text = f"{line}\n{mark}tea from the far hills\n{line}"
    first = next(sentences(text))
    assert re.match(ITEM, f"{mark}tea")
    assert first == (0, len(line))


@pytest.mark.parametrize("text", ["tea", "-tea", "1.5 l", "1234. no", "ab) no", "-\ntea"])
def test_text_that_only_resembles_a_marker_is_not_a_list_item(text: str) -> None:
    assert not re.match(ITEM, text)


def test_bullets_and_quote_markers_are_not_part_of_a_sentence_but_numbers_are() -> None:
    text = "> - tea\n– milk\n1. pot"
    assert [text[start:end] for start, end in sentences(text)] == ["tea", "milk", "1. pot"]
    assert MARKER.match("• • tea")


@pytest.mark.parametrize(
    "text",
    [
        "年假二十天。|病假须证明！|真的吗？！|可以。",
        "他说：“我来。”|然后走了。",
        "彼は「行くよ。」と言った。|そして帰った。",
        "第一句．|円周率は３．１４です．|終わり。",
        "هل هذا صحيح؟ |نعم. |المدة ثلاثة أشهر؛ وتبدأ اليوم. |انتهى.",
        "کیا یہ درست ہے؟|ہاں۔|مدت تین ماہ ہے۔",
        "यह पहला वाक्य है।|यह दूसरा है॥|क्या यह तीसरा है?",
    ],
)
def test_sentences_of_other_scripts_end_where_their_marks_are(text: str) -> None:
    plain = text.replace("|", "")
    found = [plain[start:end] for start, end in sentences(plain)]
    assert found == [sentence.strip() for sentence in text.split("|")]


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "bolts 12\nnuts 40\nwashers 15",
        "phone 030 1234\nmail a@b.example\noffice in the second house on the left",
        "bolts     12\nnuts      40\nwashers   15",
        "long bolts      9\nnuts          140\nwashers        15",
        "service: boats\nlog level: debug\nbackup: every night at two",
        "host = a.example\nport = 587\nuser=robot",
        "Title: The plan of the harbour for the year\nAuthors: Lena Voss and Tom Abel of the club",
        "> title: a plan\n> author: Voss",
    ],
)
def test_lines_that_are_entries_are_not_joined_though_they_begin_in_small_letters(
    text: str,
) -> None:
    assert found(text) == [line.removeprefix("> ") for line in text.split("\n")]


def test_a_drawn_line_is_no_part_of_what_follows() -> None:
    assert found("---\ntitle: Plan\nauthor: Voss\n---") == ["title: Plan", "author: Voss"]


@pytest.mark.parametrize(
    "text",
    [
        "The hall is open on\nworkdays and closed on\nsundays.",
        "The server,\nwhich has port 8080,\nis started\nby the operator who is on duty at night.",
        "The offer for the gutters of the house at 12\nboats\nof the club is cheap.",
        "Note: the club has two rules for\nmembers: pay on time and come.",
        "title: a long name\nof a plan",
        "The  offer  for   the boats of the\nharbour  is  valid   until the end of the month.",
        "It  is in  all   files of the  original\nFreeType  Project,   with  their  sources.",
        "abaft\ntowards the stern of a boat that is under way",
        "it costs 12\neuros for members",
        "The fee is x = 3 times the\nsum y of all",
    ],
)
def test_prose_is_joined_whatever_its_lines_resemble(text: str) -> None:
    assert found(text) == [text]


def test_a_wrapped_sentence_in_a_quotation_is_one_and_ends_with_its_marks() -> None:
    first = "The work on the gutters takes three days if Lena"
    assert found(f"> {first}\n> Voss lends us the ladder.\n> It is long.") == [
        f"{first}\n> Voss lends us the ladder.",
        "It is long.",
    ]
    assert found(f"> {first}\n> - tea\n>> Voss lends it.\n> Done.") == [
        first,
        "tea",
        "Voss lends it.",
        "Done.",
    ]


def test_the_lines_of_a_block_are_read_a_few_times_only() -> None:
    many = 30_000  # quadratic time would be minutes
    for first, line in (
        (">" * many, "a b"),
        (" " * many + "k", "k: v"),
        ("a" + "  b" * many, "a b"),
    ):
        assert (
            sum(end - start for start, end in sentences(f"{first}\n" + f"{line}\n" * many)) > many
        )


@pytest.mark.parametrize(
    "text",
    [
        '>>> import rag\n>>> index = rag.open("docs")\n>>> index.ask("Who?")',
        "> npm run build\n> npm test -- --watch",
    ],
)
def test_prompts_and_commands_are_not_joined_as_quotations_are(text: str) -> None:
    assert len([*sentences(text)]) == text.count("\n") + 1


def test_an_indent_and_the_space_after_full_stops_are_no_columns() -> None:
    text = (
        "Rules of the garden:\n"
        "    The tenant looks after the garden.  He waters the beds in summer on\n"
        "    the days named below.  Repairs are paid for by the owner, who musts\n"
        "    pay.\n"
    )
    found = [" ".join(text[start:end].split()) for start, end in sentences(text)]
    assert found[2] == "He waters the beds in summer on the days named below."


def test_a_wrapped_text_of_a_setting_goes_on_with_a_capital_or_a_figure() -> None:
    text = (
        "about: |\n"
        "  The house is let for a season. After that the guest pays\n"
        "  80 percent of the price, as stated in the terms of the\n"
        "  Lakeside Association.\n"
        "name: Kell\n"
    )
    found = [" ".join(text[start:end].split()) for start, end in sentences(text, by_line=True)]
    assert found[2:] == [
        "After that the guest pays 80 percent of the price, as stated in the terms of the "
        "Lakeside Association.",
        "name: Kell",
    ]
