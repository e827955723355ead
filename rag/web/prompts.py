"""What chat programs send besides a question: passages of their own, and chores.

Open WebUI, for example, puts a question for which it has searched itself into a template: a task,
then passages in <context>, and the question after them, in <user_query> or before all. Its chores
(titles, tags, follow-ups, search words) are a task too, and end with the <chat_history>.
"""

import re

TASK = "### Task:"
TAG = re.compile(r"<(context|user_query|chat_history)>")
LABEL = re.compile(r"\A\s*(?:user )?(?:query|question)\s*:\s*", re.IGNORECASE)
COMMAND = re.compile(
    r"\s*(?:please |you are .{0,200})?\b(?:generate|create|provide|write|give|suggest|summari[sz]e"
    r"|name|based on|reply with|return)\b",
    re.IGNORECASE | re.DOTALL,
)
THING = r"\b(?:titles?|a (?:short )?name|tags?|emojis?|follow-?up \w+|search quer(?:y|ies))\b"
TALK = r"\b(?:conversation|chat|dialog(?:ue)?|discussion|messages?)\b"
NEAR = r"[^.\n]{0,200}"  # in the same sentence
CHORE = re.compile(f"{THING}{NEAR}{TALK}|{TALK}{NEAR}{THING}", re.IGNORECASE)
FORM = re.compile(r"\b(words?|characters|only|concise|brief|short|json)\b|\n", re.IGNORECASE)


def question_in(text: str) -> str:
    """Return the question of a message, without a template and passages around it.

    What is in <context> is never the question. Takes time linear in the length of the text.
    """
    if not _has_passages(text):
        return text
    before, _, task = text.partition(TASK)
    head, _, rest = task.partition("<context>")
    _, closed, after = rest.rpartition("</context>")
    tail = after if closed else ""
    for place in (tail, head):
        _, opened, named = place.partition("<user_query>")
        question, closed, _ = named.partition("</user_query>")
        if opened and closed:
            return question.strip()
    return LABEL.sub("", tail).strip() or before.strip()


def is_chore(text: str) -> bool:
    """Return whether a chat program wants something about the conversation, not an answer."""
    if _has_passages(text):
        return False
    if text.lstrip().startswith(TASK) or "<chat_history>" in text:
        return True
    patterns = COMMAND.match(text), CHORE.search(text), FORM.search(text)
    return all(patterns)


def _has_passages(text: str) -> bool:
    """Return whether a text is a template with passages: its first tag says what it holds."""
    _, task, after = text.partition(TASK)
    first = TAG.search(after) if task else None
    return first is not None and first[1] != "chat_history"
