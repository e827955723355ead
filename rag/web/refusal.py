"""What is answered where a request goes no further: a status and our own words, never those of a parser."""

from starlette.responses import JSONResponse, PlainTextResponse, Response


class Refused(Exception):
    """A request that is refused, with the status and the words that answer it."""

    def __init__(self, status: int, words: str, **headers: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = headers

    def response(self, method: str) -> Response:
        """Return the answer: a line of text to a browser that opens an address, JSON to a program."""
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        if method in {"GET", "HEAD"}:
            return PlainTextResponse(f"{self.words}.", self.status, headers)
        return JSONResponse({"detail": f"{self.words}."}, self.status, headers)
