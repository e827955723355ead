"""Questions about the small corpus."""

ASKED = "At what temperature is black tea steeped?"
UNANSWERED = "Who is the mayor of Springfield?"
