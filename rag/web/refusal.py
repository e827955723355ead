"""Refused requests: the response is a status and our own words, never those of a parser."""

from starlette.responses import JSONResponse, PlainTextResponse, Response


class Refused(Exception):
    """A refused request, with the status and the words of the response."""

    def __init__(self, status: int, words: str, **headers: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = headers

    def response(self, method: str) -> Response:
        """Return a line of text for a browser that opens an address, JSON for a program."""
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        if method in {"GET", "HEAD"}:
            return PlainTextResponse(f"{self.words}.", self.status, headers)
        return JSONResponse({"detail": f"{self.words}."}, self.status, headers)
