"""The kind of thing that a question asks for, where its words tell, and whether a text holds such a thing."""

import re
from collections.abc import Mapping

NAME = re.compile(r"(?<=[\s(\"“‘'—–-])[A-Z][\w’'-]+|^[\"“(]?[A-Z]\w+(?=,? [A-Z]\w)")
NUMBER = re.compile(
    r"\d[\d.,]*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|"
    r"[mb]illions?|half|third|quarter|twice|once|single|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|both|no)\b",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\b(?:1\d{3}|20\d\d)s?\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\b|\b(?:[Mm]onday|[Tt]uesday|[Ww]ednesday|[Tt]hursday|[Ff]riday|[Ss]aturday|[Ss]unday|century|centuries|BC|AD|"
    r"morning|noon|midnight|yesterday|today|tomorrow|spring|summer|autumn|winter)\b|\b\d{1,2}:\d\d\b"
)
MONEY = re.compile(
    r"[$€£¥₹]\s?\d|\d[\d.,]*\s?(?:[mb]illion |thousand )?(?:dollars?|euros?|pounds?|yen|yuan|rupees?|USD|EUR|GBP)\b"
)
CAUSE = re.compile(
    r"\b(?:because|due|since|so|order|reasons?|result\w*|caus\w*|led|leads?|therefore|thus|owing|avoid|prevent|allow\w*|"
    r"enabl\w*|to \w+)\b",
    re.IGNORECASE,
)
SEVERAL = re.compile(
    r"^(?:list|explain|describe|summari[sz]e|how to)\b|\bwhy\b|\breasons\b|"
    r"^(?:name|give|show|tell)\b.*\ball\b|^name (?:(?!of\b)\w+ ){0,3}?\w{3,}(?<![suia])s\b|"
    r"\bhow (?:do|does|did|is|are|was|were|can|could|should|has|have|had)\b|"
    r"\b(?:who|what|which) (?:are|were)\b|\b(?:what|which) (?!series|species)\w{3,}ies \w|"
    r"\b(?:what|which) (?:\w+ ){0,2}?\w{3,}(?<![suia])s (?:are|were|do|did|have|had|can|\w+ed)\b"  # a plural
)
ASKS: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(pattern)
    for kind, pattern in {
        "cost": r"\bhow much\b.*\b(?:cost|pay|paid|worth|spen[dt]|earn)|\b(?:price|cost|fee|salary|budget)\b",
        "number": r"\bhow (?:many|much|long|far|old|tall|large|big|fast|high|deep|wide|often)\b|"
        r"\bwh(?:at|ich) (?:is the |was the |are the |were the )?(?:percent|number|population|total)",
        "date": r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time|season)\b",
        "person": r"\b(?:who|whom|whose)\b",
        "place": r"\bwhere\b|\b(?:what|which) (?:country|city|state|town|region|continent|place|county)\b",
        "cause": r"\bwhy\b|\bwhat (?:reason|cause[ds]?)\b",
    }.items()
}
LOOKS_LIKE: Mapping[str, re.Pattern[str]] = {
    "cost": MONEY, "number": NUMBER, "date": DATE, "person": NAME, "place": NAME, "cause": CAUSE
}  # fmt: skip


def kind_of(question: str) -> str | None:
    """Return the kind of thing that a question asks for, where its words tell."""
    lower = question.lower()
    return next((kind for kind, asks in ASKS.items() if asks.search(lower)), None)


def asks_for_several(question: str) -> bool:
    """Tell whether a question asks for several things, for reasons or for a way, which one sentence seldom gives."""
    return SEVERAL.search(question.strip().lower()) is not None


def holds(kind: str, text: str, question: str) -> bool:
    """Tell whether a text holds a thing of this kind that is not in the question already."""
    asked = set(re.findall(r"\w+", question.lower()))
    return any(not asked.issuperset(re.findall(r"\w+", match[0].lower())) for match in LOOKS_LIKE[kind].finditer(text))
