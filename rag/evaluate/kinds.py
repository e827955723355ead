"""The kinds of generated questions: how one is asked, and why the documents do not answer it.

The unanswerable kinds are those that were published for collections of documents (Peng et al.,
Unanswerability Evaluation for Retrieval Augmented Generation, 2024), near misses by their cause.
"""

AS_IS = "as is"
LOWER = "lower case"
KEYWORDS = "keywords"
TYPO = "typo"
FORMAT = "other format"
ABBREVIATION = "abbreviation"

NAME = "another name"
NUMBER = "another number"
DATE = "another date"
PLACE = "another place"
NEGATION = "negation"
OPPOSITE = "opposite"
PROPERTY = "property not given"
PRESUPPOSITION = "false presupposition"
UNDERSPECIFIED = "underspecified"
NONSENSICAL = "nonsensical"
ELSEWHERE = "out of the database"

WAYS = {  # how the questions of a kind are called in a sentence
    LOWER: "Questions in lower case without a question mark",
    KEYWORDS: "Questions typed as keywords",
    TYPO: "Questions with a typo",
    FORMAT: "Questions with numbers or dates in another format",
    ABBREVIATION: "Questions with a name abbreviated or spelt out",
}
NEAR = {
    NAME: "Near misses about another name",
    NUMBER: "Near misses about another number",
    DATE: "Near misses about another date",
    PLACE: "Near misses about another place",
    NEGATION: "Near misses with a negation",
    OPPOSITE: "Near misses about the opposite",
    PROPERTY: "Questions about a property that is not given",
    PRESUPPOSITION: "Questions with a false presupposition",
}
FAR = {
    UNDERSPECIFIED: "Underspecified questions",
    NONSENSICAL: "Nonsensical questions",
    ELSEWHERE: "Questions out of the database",
}


def called(kind: str) -> str:
    """Return how the questions of a kind are called at the start of a sentence."""
    return {**WAYS, **NEAR, **FAR}.get(kind, f"Questions of the kind “{kind}”")
