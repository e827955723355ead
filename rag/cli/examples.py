"""Examples of each command, as its help shows them; all of them are parsed by a test."""

EXAMPLES = {
    "build": ("rag build ~/papers", "rag build --watch", "rag build --keep 5"),
    "add": (
        "rag add notes.docx ~/reports",
        "rag add https://example.org/handbook.html",
        "rag add https://example.org/sitemap.xml --pages 50 --into ~/site",
    ),
    "remove": ("rag remove reports/draft.md", "rag remove letter.pdf --purge"),
    "status": ("rag status --json",),
    "verify": ("rag verify",),
    "gc": ("rag gc",),
    "publish": (
        "rag publish s3://bucket/papers",
        "rag publish file:///srv/www/papers --generations 3",
    ),
    "ask": (
        "rag ask what is kimi k2",
        'rag ask "Who proposed it?" --folder reports/2025 --type pdf',
        "rag ask - --json < questions.txt",
        'rag ask "Who proposed it?" --export answer.docx',
        'rag ask --quiet "When does it open?" || echo unknown',
    ),
    "chat": ("rag chat", "rag chat --folder reports/2025"),
    "search": ("rag search humanoid robots -k 5",),
    "check": ("rag check draft.md --folder reports/2025", "rag check - < draft.md"),
    "documents": ("rag documents --json",),
    "show": ("rag show notes.md", "rag show notes.md --revision 3f9a61c0"),
    "diff": ("rag diff notes.md", "rag diff notes.md --list", "rag diff notes.md --from 3f9a61c0"),
    "eval": ("rag eval --make 50 --out questions.jsonl", "rag eval questions.jsonl"),
    "feedback": ("rag feedback --out questions.jsonl",),
    "serve": (
        "rag serve --port 8000",
        "rag serve --public-url https://docs.example.org --password-file keys.txt",
        "rag serve --index s3://bucket/papers",
    ),
    "mcp": ("rag mcp --index ~/papers-index",),
    "completion": ("rag completion bash > ~/.local/share/bash-completion/completions/rag",),
    "keys": (
        "rag keys keys.txt",
        "rag keys keys.txt --add phone",
        "rag keys keys.txt --revoke phone",
    ),
}


def examples_of(name: str) -> str:
    """Return the examples of a command as the end of its help."""
    return "\n".join(["examples:", *(f"  {line}" for line in EXAMPLES.get(name, ()))])
