"""What chat programs send besides a question: passages of their own, and chores.

Open WebUI, for example, puts a question for which it has searched itself into a template: a task,
then passages in <context>, and the question after them, in <user_query> or before all. Its chores
(titles, tags, follow-ups, search words) are a task too, and end with the <chat_history>.
"""

import re

TASK = "### Task:"
TAG = re.compile(r"<(context|user_query|chat_history)>")
QUERY = re.compile(r"<user_query>(.*?)</user_query>", re.DOTALL)
CONTEXT = re.compile(r"<context>.*</context>", re.DOTALL)
LABEL = re.compile(r"\A\s*(?:user )?(?:query|question)\s*:\s*", re.IGNORECASE)
COMMAND = re.compile(
    r"\s*(please |you are .{0,200})?\b(generate|create|provide|write|give|suggest|summari[sz]e|name"
    r"|based on|reply with|return)\b",
    re.IGNORECASE | re.DOTALL,
)
THING = re.compile(
    r"\b(titles?|a (short )?name|tags?|emojis?|follow-?up (questions|prompts)"
    r"|search quer(y|ies))\b",
    re.IGNORECASE,
)
TALK = re.compile(r"\b(conversation|chat|dialog(ue)?|discussion|messages?)\b", re.IGNORECASE)
FORM = re.compile(r"\b(words?|characters|only|concise|brief|short|json)\b|\n", re.IGNORECASE)


def question_in(text: str) -> str:
    """Return the question of a message, without a template and passages around it."""
    if not _has_passages(text):
        return text
    task = text.index(TASK)
    if named := QUERY.findall(text, task):
        return str(named[-1]).strip()
    passages = CONTEXT.search(text, task)
    after = LABEL.sub("", text[passages.end() :]).strip() if passages else ""
    return after or text[:task].strip()


def is_chore(text: str) -> bool:
    """Return whether a chat program wants something about the conversation, not an answer."""
    if _has_passages(text):
        return False
    if text.lstrip().startswith(TASK) or "<chat_history>" in text:
        return True
    return all(pattern.search(text) for pattern in (THING, TALK, FORM)) and bool(
        COMMAND.match(text)
    )


def _has_passages(text: str) -> bool:
    """Return whether a text is a template with passages: its first tag says what it holds."""
    _, task, after = text.partition(TASK)
    first = TAG.search(after) if task else None
    return first is not None and first[1] != "chat_history"
