"""What a question is about, and the same question with another question word.

"How many apples were sold?" is about apples, "Is breakfast included?" about breakfast.
"""

import re

SHORT = 5  # words of a subject and its verb

FORM = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|may|might|must|shall|should|will|"
    r"would)"
)
PREPOSITION = r"(?:since|from|by|until|till|in|on|at|to|for|with|of|about|during|under|after) "
BEFORE = rf"(?:{PREPOSITION})?"
MEASURE = (
    r"how(?: (?:long|much|many|often|far|old|big|large|high|heavy|soon|late|tall|deep|wide|thick|"
    r"fast|hot|cold))?"
)
ASK = rf"{BEFORE}(?:whom?|whose|what|when|where|why|which|{MEASURE})"
# a question word, with its noun
ASKED = (
    rf"{BEFORE}(?:(?:whom?|when|where|why|{MEASURE})|"
    r"(?:whose|what|which|how many|how much)(?P<noun>(?: [\w'-]+){0,4}?))"
)
# a question word that asks for more about the question before
BARE = re.compile(
    rf"(?:{BEFORE}(?:when|where|why|whom|{MEASURE})|"
    r"(?:in |on |at )?(?:what|which) (?:year|month|day|date|time|city|town|country|place)|"
    rf"{PREPOSITION}(?:what|which) [\w'-]+(?: of [\w'-]+)?)",
    re.IGNORECASE,
)
# the question word, then the auxiliary verb and the rest
INVERTED = re.compile(rf"{ASKED} (?P<rest>(?P<form>{FORM})\b.*)", re.IGNORECASE | re.DOTALL)
WHETHER = re.compile(rf"{FORM} ", re.IGNORECASE)
PAST = re.compile(r"who (?P<verb>[\w'-]+) (?P<rest>.+)", re.IGNORECASE | re.DOTALL)
IRREGULAR = dict(
    pair.split(":")
    for pair in "began:begun broke:broken chose:chosen did:done drew:drawn gave:given knew:known "
    "ran:run sang:sung saw:seen stole:stolen threw:thrown took:taken wore:worn "
    "wrote:written".split()
)
WITHIN = re.compile(r" (?:about|at|for|from|in|of|on|to|with) ")
NAME = re.compile(r"(?<=\s)(?!I\b)[A-Z][\w.&-]*(?: (?:(?:of|the|de|van|von) )*[A-Z0-9][\w.&-]*)*")
CALENDAR = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|"
    r"august|september|october|november|december)(?: \d+)?",
    re.IGNORECASE,
)
# as in "was sold": "need" and "feed" are no such words
PARTICIPLES = (
    r"(?:\w*[^\We]ed|agreed|freed|born|built|made|held|found|sold|bought|kept|led|won|sent|paid|"
    r"taught|lost|spent)"
)
PARTICIPLE = re.compile(rf" {PARTICIPLES}$", re.IGNORECASE)
PASSIVE = re.compile(rf"(?:been |be |not )*{PARTICIPLES}\b", re.IGNORECASE)
VERB = re.compile(r" [\w'-]+(?: (?:about|at|for|from|in|of|on|out|to|up|with))?$")
# says how to answer, or how much of something: nothing that the question speaks of
KIND = re.compile(
    r" (?:year|month|week|day|date|time|hour|kind|sort|type|colou?r|size|percentage)s?\b|"
    r"^ (?:else|more|less|longer|other|of|about|on)\b",
    re.IGNORECASE,
)
BEING = ("is", "are", "was", "were")
DOING = ("do", "does", "did")
SPEAKER = re.compile(
    r"(?:i|we|you|it|he|she|they|one|someone|somebody|anyone|anybody|everyone|there|this|that|"
    r"these|those)\b",
    re.IGNORECASE,
)
DETERMINER = r"(?:the|an?|any|some|my|our|your|his|her|its|their)"
OWN = re.compile(rf"{DETERMINER} |[A-Z]|{SPEAKER.pattern}")  # begins a subject
AMOUNT = re.compile(r"how (?:much|many)", re.IGNORECASE)
# "leads", "teaches", "carries"
DOES = re.compile(
    r"(?P<y>\w+)ies|(?P<es>\w+(?:ch|sh|ss|zz|x|go))es|(?P<s>\w\w+[^\Wsiu])s", re.IGNORECASE
)
# ends what a question for yes or no says of its subject first
ENDS = re.compile(
    rf" (?:(?P<determiner>{DETERMINER})|{PREPOSITION.strip()}|as|before|between|by|if|per|when|"
    r"while|within|without) .*",
    re.IGNORECASE | re.DOTALL,
)
STATE_WORDS = r"(?:available|closed|free|open|possible|ready|safe)"
# a subject and its verb, then one thing: "the lease say about pets"
PLACED = r"(?:about|at|for|from|in|of|on|to|with)"
ACTS = re.compile(
    rf"(?P<topic>(?:{DETERMINER} )?[\w'-]+(?: (?!{PLACED} )[\w'-]+)*?) (?!{PLACED} )[\w'-]+ "
    rf"(?:(?!of ){PLACED} (?:{DETERMINER} )?[\w'-]+|{DETERMINER} .+)",
    re.IGNORECASE | re.DOTALL,
)
NO_TOPIC = re.compile(
    rf"{SPEAKER.pattern}|{PREPOSITION}|{PARTICIPLES}$|{STATE_WORDS}$", re.IGNORECASE
)
ARTICLE = re.compile(rf"^{DETERMINER} ", re.IGNORECASE)
THERE = re.compile(r"there (?:(?:any|some) )?(?=\w)", re.IGNORECASE)
STATE = re.compile(
    rf" (?:(?:also|still|always|already|not) )?(?:{PARTICIPLES}|{STATE_WORDS}|there)(?= |$)",
    re.IGNORECASE,
)
STATE_LAST = re.compile(rf"{STATE.pattern}$", re.IGNORECASE)


def the_one(question: str) -> str:
    """Return who a question asks for, in words: "the one who leads Acme"."""
    return f"the one {question[:1].lower()}{question[1:]}"


def names_in(question: str) -> list[re.Match[str]]:
    """Return the names in a question, without days and months."""
    return [name for name in NAME.finditer(question) if not CALENDAR.fullmatch(name[0])]


def borrowed(ask: str, question: str) -> str:
    """Return the question with another question word: when, of "Who built it?"; "" if unclear."""
    if inverted := INVERTED.fullmatch(question):
        return _asked_of(ask, question, inverted)
    if past := PAST.fullmatch(question):
        return "" if AMOUNT.fullmatch(ask) else _done(ask, question, past)
    if WHETHER.match(question) and BARE.fullmatch(ask) and not AMOUNT.fullmatch(ask):
        return f"{ask} {question[0].lower()}{question[1:]}"
    return ""


def _done(ask: str, question: str, past: re.Match[str]) -> str:
    """Return "when was it built" of "Who built it?", "when does someone own it" of "Who owns"."""
    verb = IRREGULAR.get(past["verb"], past["verb"])
    if past["verb"] in IRREGULAR or PASSIVE.fullmatch(verb):
        return f"{ask} was {past['rest']} {verb}"
    if does := DOES.fullmatch(verb):
        verb = f"{does['y']}y" if does["y"] else does["es"] or does["s"]
        return f"{ask} does someone {verb} {past['rest']}"
    return f"{question} {ask}"


def _asked_of(ask: str, question: str, inverted: re.Match[str]) -> str:
    """Return "when were apples sold" of "How many apples were sold?"."""
    form, after, noun = inverted["form"], _after(inverted), noun_of(inverted)
    if form.lower() in DOING and AMOUNT.fullmatch(ask) and not noun:
        return _amount_of(ask, question)
    is_speaker = SPEAKER.match(after) is not None
    if not noun:
        acts = question.lower().startswith("who ") and _is_verb(form.lower(), after)
        return f"{question} {ask}" if acts else f"{ask} {inverted['rest']}"
    if _is_subject(inverted):
        return f"{ask} {form} {noun} {after}"
    if form.lower() in BEING and not is_speaker:
        return f"{ask} {inverted['rest']}"
    place = WITHIN.search(after)
    if (form.lower() in DOING or is_speaker) and not (place and not is_speaker):
        at = place.start() if place else len(after)
        return f"{ask} {form} {after[:at]} {noun}{after[at:]}"
    return ""


def _is_verb(form: str, after: str) -> bool:
    """Return whether "who" is the subject: "Who was chosen?", "Who must sign?", "Who has it?"."""
    has = form.startswith("ha") and not PARTICIPLE.search(f" {after}")
    alone = form not in BEING and " " not in after
    return PASSIVE.match(after) is not None or has or (alone and not OWN.match(after))


def _amount_of(ask: str, question: str) -> str:
    """Return "how much is the trip" of "When does the trip leave?"."""
    topic = topic_of(question)
    is_price = ask.lower() == "how much" and question.lower().startswith(("when ", "where "))
    return f"{ask} is {topic}" if topic and is_price else ""


def noun_of(inverted: re.Match[str]) -> str:
    """Return the noun beside a question word: "apples" after "how many", "the form" of "which"."""
    noun, asks = inverted["noun"] or "", inverted[0].lower()
    if not noun or KIND.search(noun) or not asks.startswith(("how", "which", "what")):
        return ""
    return noun.strip() if asks.startswith("how") else f"the{noun}"


def _after(inverted: re.Match[str]) -> str:
    return inverted["rest"][len(inverted["form"]) :].strip()


def _is_subject(inverted: re.Match[str]) -> bool:
    """Return whether the noun beside the question word is the subject: "How much was sold?"."""
    after, is_amount = _after(inverted), inverted[0].lower().startswith("how")
    being = is_amount and inverted["form"].lower() in BEING and not OWN.match(after)
    return being or PASSIVE.match(after) is not None or STATE.match(f" {after}") is not None


def spoken_of(question: str) -> str:
    """Return the noun beside the question word if the question is about it, or "".

    It is not if there is another subject: "How many seats does the hall have?"
    """
    inverted = INVERTED.fullmatch(question)
    if inverted and (_is_subject(inverted) or SPEAKER.match(_after(inverted))):
        return noun_of(inverted)
    return ""


def topic_of(question: str) -> str:
    """Return what a question is about, or "" if that is not plain."""
    names = names_in(question)
    if len(names) == 1:
        return names[0][0]
    if noun := spoken_of(question):
        return noun
    inverted, past = INVERTED.fullmatch(question), PAST.fullmatch(question)
    topic = past["rest"] if past else ""
    if inverted:
        form, topic = inverted["form"], _after(inverted)
        if form.lower() in BEING:
            topic = STATE_LAST.sub("", topic)
        elif acts := ACTS.fullmatch(topic):
            topic = acts["topic"]
        else:  # its last word is the verb
            topic = VERB.sub("", topic) if len(topic.split()) <= SHORT else ""
    elif not past and WHETHER.match(question):
        topic = _subject(*question.split(maxsplit=1))
    return "" if NO_TOPIC.match(topic) else topic


def _subject(form: str, said: str) -> str:
    """Return the subject of a question for yes or no, or "": "dogs" of "Are dogs allowed?"."""
    if there := THERE.match(said):
        noun = ENDS.sub("", said[there.end() :])
        return noun if len(noun.split()) <= SHORT else ""
    ends = ENDS.search(said)
    head = said[: ends.start()] if ends else said
    words = ARTICLE.sub("", head).split()
    if SPEAKER.match(said) or len(words) > SHORT:
        return ""
    if form.lower() in BEING:
        if state := STATE_LAST.search(head):
            return head[: state.start()]
        if ends and (ends["determiner"] or len(words) == 1):
            return head
        return "" if ends else head.rpartition(" ")[0]
    return head.rpartition(" ")[0] if ends or len(words) == 2 else ""
