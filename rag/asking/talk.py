"""Small talk: greetings, thanks, farewells, and questions about the program itself.

A message is small talk only if it consists of phrases of a closed list.
"""

import re
import unicodedata
from typing import Literal

from rag.asking.notation import Word, expression, words_in
from rag.index.terms import STOP_WORDS

Talk = Literal["program", "thanks", "farewell", "greeting", "nod"]

PHRASES: dict[Talk, str] = {  # the first kind that a message holds is the message's kind
    "program": """
        (who|what) are you
        what is your name
        are you [a|an] (robot|bot|chatbot|human|person|machine|program|ai|real)
        what [all] can (you|this program) do
        what are you (for|able to do)
        what (can|should) i ask
        what can i (ask|do) here
        what [(kind|kinds|sort|sorts|type|types) of] questions can i ask
        how do you work
        how do i use you
        what do you know
        [how] can you help
        [i need] help [me]
        (introduce|tell me about) yourself
        wer (bist du|sind sie)
        was (bist du|kannst du [alles] [tun|machen]|können sie [tun])
        was kann ich [dich|sie] fragen
        (wie heißt du|kannst du mir helfen|hilfe)
        (qui es-tu|qui êtes-vous|tu es qui|que (peux-tu|sais-tu) faire|que pouvez-vous faire)
        (aide|aide-moi|aidez-moi)
        (quién (eres|es usted)|qué eres|qué (puedes|sabes) hacer|cómo te llamas|ayuda|ayúdame)
        (你是谁|您是谁|你能做什么|你会做什么|你可以做什么|你能帮我做什么|你叫什么名字|帮助)
    """,
    "thanks": """
        (thanks|thankyou|thx|tnx|ty|many thanks|thanks a million|cheers|thank (you|u))
        (much appreciated|[i] appreciate (it|that|this|your help))
        (that|this|it|you) [really] (helped|helps)
        (that is|that was) all [i (need|needed|wanted)]
        [that is|that was] exactly what i (needed|wanted)
        you are [very|so|really|the] (kind|helpful|best)
        (that|this|it) (is|was) [very|really] (helpful|useful|great|good|perfect)
        (great|perfect|awesome|excellent|amazing|wonderful|brilliant|cool|well done)
        (very|great|good|nice) (good|nice|helpful|job|work|answer|bot)
        ([vielen|besten|herzlichen|tausend] dank|danke [schön|sehr]|dankeschön)
        (das hat [mir] [sehr] geholfen|super|toll|prima|perfekt|sehr gut)
        (merci [beaucoup|bien]|parfait|très bien|génial|c'est parfait)
        ([muchas|mil] gracias|perfecto|muy bien|genial|grazie|obrigado|obrigada)
        (谢谢|谢谢你|谢谢您|多谢|非常感谢|感谢|太好了)
    """,
    "farewell": """
        (bye|bye-bye|byebye|goodbye|good bye|cya|farewell|so long|take care)
        (see (you|ya) [later|soon|tomorrow]|talk to you later|until next time)
        (good night|have a (nice|good|great|lovely) (day|one|evening|weekend)|(that|this) is all)
        (tschüss|tschüs|tschau|auf wiedersehen|bis (bald|später|morgen)|gute nacht)
        [einen] schönen (tag|abend) [noch]
        (au revoir|à (bientôt|plus|demain)|bonne (journée|nuit|soirée))
        (adiós|adios|hasta (luego|pronto|mañana)|nos vemos|chao|buenas noches)
        (再见|拜拜|晚安|回头见)
    """,
    "greeting": """
        (hello|hi|hey|hiya|heya|howdy|greetings|good (morning|afternoon|evening|day)|g'day)
        (how are (you|things) [doing|feeling]|how do you do|how is it going|how have you been)
        (what is up|(nice|pleased|good) to (meet|see) you|are you there)
        (is (anyone|anybody|someone|somebody) (there|here)|anybody there)
        (hallo|guten (morgen|tag|abend)|moin|servus|grüß (gott|dich)|grüezi)
        (wie geht es [dir|ihnen|euch]|wie (geht's|gehts) [dir])
        (bonjour|bonsoir|salut|coucou|[comment] ça va|comment (vas-tu|allez-vous))
        (hola|buenos (días|dias)|buenas [tardes]|(qué|que) tal|cómo (estás|está usted))
        (ciao|buongiorno|olá)
        (你好|您好|你们好|大家好|嗨|哈喽|早上好|下午好|晚上好|早安|你好吗)
    """,
    "nod": """
        (ok|okay|okey|kk|got it|i (see|understand)|understood|all right|alright|sure)
        [that] (makes sense|sounds good)
        (yes|yeah|yep|no|nope|hm|hmm|ah|oh|aha|lol|haha|never mind|nevermind|no problem)
        (sorry|my bad|fine|good to know|interesting|wow|oops)
        (ja|nein|alles klar|gut|verstanden|d'accord|oui|non|bien|sí|vale|de acuerdo)
        (好的|好|明白了|知道了|是的)
    """,
}
# says nothing that documents could answer, unless there is a question before it
BLANK = """
    (are you [really|quite|very] sure|really|huh|more|go on|what else|tell me more|how so)
    ((can|may|could) i ask [you] (something|a question)|i have a question)
    [please] (explain|can you explain [that|it|this])
    what do you mean [by that]
    [no] (that|this) is (wrong|not right|not true)
    you are wrong
"""
# said beside a phrase, never alone
BESIDE = """
    (there|again|everyone|everybody|all|team|folks|friend|my friend|mate|man|sir|madam|dear|bot)
    (so much|very much|a lot|a bunch|really|indeed|you too|today|then|now|please|and|just|well|so)
    for (your|the|this|that) [quick] (help|answer|time)
    for (that|this|everything|now|today|me|helping [me])
    (to you|to all|me|you|i am (fine|well)|that (is|was)|it is|footnote)
    (zusammen|alle|dir|ihnen|und|bitte|euch|für (die|deine|ihre) (hilfe|antwort))
    (à tous|beaucoup|et|s'il (te|vous) plaît|pour (votre|ton) aide)
    (a todos|y|por favor|por (tu|su|la) ayuda)
"""
# how a question begins after "Hi"
ASKING = frozenset(
    "what who whom whose which when where why how can could do does i please tell show wer wie wo "
    "wann warum wieso weshalb welche welcher welches welchen womit wozu kann quel quelle quels "
    "quelles que quoi où quand comment combien pourquoi qué quién cuál cuáles cuándo dónde cómo "
    "cuánto cuánta cuántos cuántas".split()
)
# and after "Hi," or "Thanks!"
OPENING = ASKING | frozenset(
    "is are was were am did may might must shall should will would has have had list name give "
    "find summarise summarize explain describe compare and but so now we my our if in on at by "
    "for to from since until under within with of ist sind hat haben darf muss gibt bitte fasse "
    "qui est-ce por".split()
)
END = re.compile(r"[.!?…;。？！]+|,")  # between a question and the thanks after it
THANKING = frozenset("thanks thankyou thank many thx tnx ty cheers merci danke gracias".split())
QUOTED = re.compile('["“”„«»(]')
LONGEST = 30  # words of a message that is small talk, or of a greeting


def small_talk(message: str) -> Talk | None:
    """Return what kind of small talk a message is; None if it is anything else."""
    words = words_in(message)
    return _kind(words) if words else "nod" if has_sign(message) else None


def has_sign(message: str) -> bool:
    """Return whether a message has a sign that is said by itself, as a thumb."""
    return any(unicodedata.category(letter) == "So" for letter in message)


def asks_nothing(message: str) -> bool:
    """Return whether a message names nothing: "what?", "are you sure?"; names have capitals."""
    words = words_in(message)
    typed = [message[word.start : word.end] for word in words]
    has_name = any(word[:1].isupper() and word != "I" for word in typed[1:]) or (
        typed and len(typed[0]) > 1 and typed[0].isupper()
    )
    said = {part for word in words for part in word.text.split()}
    is_blank = bool(said) and said <= STOP_WORDS and not has_name
    return is_blank or NOTHING.fullmatch(_joined(words)) is not None


def without_greeting(question: str) -> str:
    """Return a question without the greeting before it and the thanks after it."""
    words = words_in(question)
    said = WHOLE.match(_joined(words[:LONGEST]))
    counts = range(min(said[0].count(" ") if said else 0, len(words) - 1), 0, -1)
    greeted = (count for count in counts if _greets(words[:count], words[count], question))
    count = next(greeted, 0)
    start = words[count].start if count else 0
    for count in range(1, min(len(words), LONGEST)):
        before, following = words[-count - 1], words[-count]
        gap = question[before.end : following.start].strip()
        if not END.fullmatch(gap) or (gap == "," and following.text.split()[0] not in THANKING):
            continue
        if before.start >= start and _kind(words[-count:]) == "thanks":
            return question[start : before.end] + gap
    return question[start:]


def _greets(said: list[Word], following: Word, question: str) -> bool:
    """Return whether a question follows these words, and they are no part of it."""
    kind, apart = _kind(said), question[said[-1].end : following.start].strip()
    first = following.text.split()[0]
    if kind not in {"greeting", "thanks", "nod"} or QUOTED.search(question[: following.start]):
        return False
    if apart:
        return first in OPENING
    # "what is up when" is no greeting before a question
    return kind == "greeting" and first in ASKING and said[0].text.split()[0] not in ASKING


def _kind(words: list[Word]) -> Talk | None:
    said = _joined(words)
    if len(words) > LONGEST or not WHOLE.fullmatch(said):
        return None
    return next((kind for kind, phrase in ONE.items() if phrase.search(f" {said}")), None)


def _joined(words: list[Word]) -> str:
    return "".join(f"{word.text} " for word in words)


ANY = "\n".join((*PHRASES.values(), BESIDE))
NOTHING = re.compile(expression(BLANK, {}))
WHOLE = re.compile(f"{expression(ANY, {})}+")
ONE = {kind: re.compile(f" {expression(phrases, {})}") for kind, phrases in PHRASES.items()}
