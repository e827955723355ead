"""How well an index answers your own questions.

Measures retrieval, quotes, refusals and time, and finds where each lost answer was lost.
"""

from rag.evaluate.advice import advise
from rag.evaluate.curves import curves
from rag.evaluate.gathered import Gathered, gather_feedback
from rag.evaluate.generated import generate
from rag.evaluate.judge import Judged, evaluate
from rag.evaluate.made import make_questions
from rag.evaluate.questions import Expected, read_questions
from rag.evaluate.summary import Difference, compare, summarise

__all__ = [
    "Difference",
    "Expected",
    "Gathered",
    "Judged",
    "advise",
    "compare",
    "curves",
    "evaluate",
    "gather_feedback",
    "generate",
    "make_questions",
    "read_questions",
    "summarise",
]
