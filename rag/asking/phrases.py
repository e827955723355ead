"""How people ask about a collection of documents, as `notation` reads them."""

from typing import Literal

Listed = Literal["count", "newest", "oldest", "list"]  # of all documents
# of one document
Asked = Literal[
    "summary", "contents", "changed", "pages", "rows", "present", "inside", "mentions", "named"
]

TYPES = {
    "(pdf|pdfs)": ("pdf",),
    "(word|docx)": ("docx", "odt", "rtf"),
    "(excel|spreadsheet|spreadsheets|xlsx)": ("xlsx", "xlsb", "xls", "ods"),
    "(powerpoint|powerpoints|presentation|presentations|pptx)": ("pptx", "odp"),
    "markdown": ("md", "markdown"),
    "(csv|csvs)": ("csv", "tsv"),
    "(html|web page|web pages)": ("html", "htm", "xhtml", "mhtml", "mht"),
    "(email|emails|e-mail|e-mails)": ("eml", "msg", "mbox"),
    "(ebook|ebooks|e-book|e-books|epub|epubs)": ("epub",),
    "(notebook|notebooks)": ("ipynb",),
    "(text|txt)": ("txt", "text"),
}
PARTS = {
    "TYPE": "\n".join(TYPES),
    "DOCUMENT": """
        [TYPE] (document|documents|doc|docs|file|files|dokument|dokumente|dateien)
        [TYPE] (unterlagen|document|documents|fichier|fichiers|documento|documentos|archivos)
        (pdf|pdfs|csvs|powerpoints|epubs|ebooks)
    """,
    "SOME": """
        [(kind|kinds|type|types|sort|sorts) of] [other|more|different|STORED] DOCUMENT
    """,
    "STORED": "(available|indexed|uploaded|loaded|stored|current|searchable|imported)",
    "INDEX": """
        [the|this|your|my|our] (index|corpus|knowledge base)
        (the|this|your|my|our) [document] collection
        (this|your|my|our) (library|database)
    """,
    "WE": "(you|we|i)",
    "THE": """
        [all|every|any] [of] [the|your|my|our|these|those]
        [alle|tous|todos] [die|deine|les|mes|los]
    """,
    "SHOW": """
        (list|show|name|enumerate|display|give|see|view|print) [me|us]
        (zeig|zeige|liste|nenne|montre|montre-moi|muestra|muéstrame|lista|énumère)
    """,
    # follows "which documents"
    "THERE": """
        do WE [currently|now] (have|hold|know) [access to|about|of] [in INDEX]
        do you (use|search|cover|contain)
        have WE got
        (have|did) WE (index|indexed|upload|uploaded|load|loaded|add|added|import|imported)
        WE (have|know|hold|use)
        (have|has) been STORED
        are (there|here|STORED|in) [in] [INDEX]
        are (now|currently|part of) (STORED|INDEX)
        (exist|are part of INDEX)
        can WE (ask [you] [questions] about|search [in]|see|read|access|use|quote)
        does INDEX (have|hold|contain)
        (hast du|habt ihr|haben wir|haben sie|gibt es|kennst du|sind (da|hier|vorhanden|im index))
        (as-tu|avez-vous|avons-nous|y a-t-il|y-a-t-il|il y a|tu as)
        (tienes|tenemos|tiene|hay|están (disponibles|indexados))
    """,
    "MENTION": """
        (mention|mentions|name|names|speak of|speaks of|refer to|refers to|talk about|talks about)
        (discuss|discusses|is about|are about|deal with|deals with)
    """,
    "NEW": "(newest|latest|new|most recent|recent|recently added|newly added|neueste|neuesten)",
    "CHANGED": "(added|changed|updated|modified|uploaded|edited)",
    "PARTS": "(headings|sections|chapters|contents|table of contents|structure|topics)",
    "MAKE": "[write|make|create|provide|i need|i want|get|gib [mir]|what (is|are)]",
    "BRIEF": "[me|us] [a|an|the|eine|un|une] [short|brief|quick|concise|general|kurze]",
    "SUMMARY": """
        (summary|overview|outline|synopsis|recap|gist|summarisation|summarization)
        (zusammenfassung|überblick|résumé|resumen)
    """,
    "POINTS": """
        (main|key|central|most important) (point|points|idea|ideas|takeaways|topics|messages)
        (highlights|takeaways)
    """,
    "OF": "(of|for|about|on|from|in|von|vom|über|zu|zum|der|des|de|del|du)",
    "SUMMARISE": """
        (summarise|summarize|sum up|outline|recap|summary|overview|tl dr|tldr|总结)
        (fasse|fass|résume|résumez|résumer|resume|resumir|resúmeme)
    """,
}
# before and after a question, without changing it
BEFORE = """
    (please|bitte|(can|could|would|will) you|(can|may) i|i (want|would like|need|like) to)
    (tell me|let me know|just|now|so|and|ok|then|kannst du|por favor)
"""
AFTER = """
    (please|bitte|for me|right now|now|currently|at the moment|so far|in total|altogether)
    (today|here|thanks|thank you|danke|insgesamt|en total|por favor)
"""
# what a document may say of itself, unless the question has a word for a file
SAYS: frozenset[Asked] = frozenset(("changed", "pages", "named"))
OF_FILES = """
    (document|documents|doc|docs|file|files|pdf|pdfs|csv|spreadsheet|presentation|epub|ebook)
    (dokument|datei|fichier|documento|archivo|index|corpus|indexed|uploaded)
"""
LISTS: dict[Listed, str] = {
    "count": """
        (how many|wie viele|wieviele|combien de|cuántos) SOME [THERE]
        [what is] the [total] (number|count) of THE SOME [THERE]
        (number of|count) THE SOME
        (document|file) count
        how (big|large) is INDEX
        (你有多少文件|你有多少文档|有多少文件|有多少文档|有多少个文件|有多少个文档)
    """,
    "newest": """
        what is new
        (is there anything|anything) new
        (was ist neu|quoi de neuf)
        (which|what) SOME (are|is) [the] NEW
        (which|what) (are|is) (the|your|my|our) NEW SOME
        [SHOW] [the|your|my|our] NEW SOME
        (which|what) SOME (was|were) [last|recently] CHANGED
        (which|what) SOME (was|were) CHANGED (last|recently|lately)
        (which|what) SOME (has|have) been [recently] (added|changed|updated|uploaded)
        what (was|has been) [last|recently] (added|uploaded) [last|recently|lately]
        [the] recently (changed|updated|uploaded) SOME
        [SHOW] [the] SOME by date
        (welche|was für) DOCUMENT sind neu
    """,
    "oldest": """
        [(which|what) (is|are)] (the|your|my|our) oldest SOME
        (which|what) SOME (is|are) [the] oldest
    """,
    "list": """
        (which|what|welche|was für|quels|quelles|qué|cuáles) SOME THERE
        (which|what) sources (do WE (have|use|know)|are (STORED|in INDEX))
        (which|what) are (the|your|my|our) (SOME|sources) [THERE]
        (which|what) are [all] the SOME [that] [THERE]
        [SHOW] [BRIEF] [full|complete] list of THE SOME [THERE]
        (document|documents|file|files) (list|names)
        SHOW THE SOME [that] [THERE] [auf]
        SHOW THE SOME in INDEX
        SHOW [me|us] (everything|all|what) (WE have|is in INDEX)
        THE [STORED] (documents|docs|files|pdfs)
        what (do you have|have you got) [in INDEX]
        what is there in INDEX
        what (is|do WE have) (in|inside) INDEX
        what does INDEX (contain|hold|include|have)
        what (is|has been) (indexed|uploaded|loaded)
        what can WE search
        what (did|have) WE (upload|uploaded|add|added|index|indexed)
        what (data|information) do you have [access to]
        do WE have [any] SOME [in INDEX]
        are there [any] SOME [in INDEX]
        [what are] the (names|titles) of THE SOME [THERE]
        what are (you|your answers) based on
        (你有哪些文件|你有哪些文档|有哪些文件|有哪些文档|列出所有文件|列出所有文档|有什么文件|有什么文档)
    """,
}
# the whole collection, or its only document
EVERYTHING = """
    (everything|alles|todo|tout)
    THE [STORED] DOCUMENT [WE have]
    INDEX
"""
SUMMARY = """
    SUMMARISE [[all [of]] (it|this|that|them|these)]
    [SHOW|MAKE] BRIEF (SUMMARY|POINTS)
"""
# … is the name of a document
ABOUT: dict[Asked, str] = {
    "summary": """
        SUMMARISE [me|of|for me] … [zusammen]
        [SHOW|MAKE] BRIEF SUMMARY OF …
        (worum geht es|worum geht's|um was geht es) (in|im) …
        de quoi (parle|traite) …
        de qué (trata|habla) …
        … (summary|overview|in a nutshell|in brief)
    """,
    # … is the name of a folder
    "inside": """
        (which|what) DOCUMENT (are|do WE have|are there) (in|inside|under) …
        how many DOCUMENT are [there] (in|inside|under) …
        SHOW THE DOCUMENT (in|inside|under|from) …
        what is (in|inside) [the] (folder|directory) …
        what is (in|inside) … (folder|directory)
    """,
    # … is what documents mention
    "mentions": """
        [in] (which|what) DOCUMENT [do|does|that] MENTION …
        (which|what) DOCUMENT (is|are) … (mentioned|named) in
        in (which|what) DOCUMENT (is|are|was|were) … (mentioned|named)
        where (is|are|was|were) … (mentioned|named)
        (which|what) DOCUMENT do WE have (about|on) …
        (is|are) there [a|an|any] DOCUMENT (about|on) …
        (is|are) there [a|an|any] DOCUMENT (that|which) MENTION …
        do WE have [a|an|any] DOCUMENT (about|on) …
        SHOW THE DOCUMENT (about|on|mentioning) …
        SHOW THE DOCUMENT (that|which) MENTION …
        (welche|was für) DOCUMENT (erwähnen|nennen) …
        (wo|in welchen DOCUMENT|in welchem DOCUMENT) (wird|werden) … (erwähnt|genannt)
    """,
    # these fit things too: "what is in the first-aid kit?"
    "contents": """
        what (is|are) … about
        what is [written] (in|inside) …
        what (does|do) … (say|contain|cover|include|describe|discuss)
        what (can|do|will) i find in …
        what is covered in …
        [SHOW|MAKE] [what are] BRIEF POINTS (of|from|in) …
        [SHOW] [what are] [the] PARTS (of|in) …
        (what|which) PARTS does … (have|contain|cover)
        (what|which) PARTS are [covered] in …
        was (steht|ist) (in|im) …
        (que|qué) contient …
        qué (contiene|hay en) …
    """,
    "changed": """
        when (was|were) … [last|most recently] CHANGED [last]
        when (was|were) … (added to INDEX|indexed)
        when (did|have|has) … [been] [last] (change|changed|updated|modified)
        how (old|recent) is …
        [what is] the (date|last change|last update|age) of …
        from when is …
        wann wurde … [zuletzt] (geändert|hinzugefügt|aktualisiert)
        von wann ist …
    """,
    "pages": """
        how many (pages|slides) (does|do) … have
        how many (pages|slides) are [there] in …
        [what is] the number of (pages|slides) (of|in) …
    """,
    "rows": """
        how many rows (does|do) … have
        how many rows are [there] in …
        [what is] the number of rows (of|in) …
    """,
    "present": """
        do WE [already] have …
        is … [already] (indexed|uploaded|[STORED] in INDEX)
        did (i|we) (add|upload|index) …
    """,
    # … is what the names of several documents have in common: "the invoices"
    "named": """
        (which|what) … (do WE have|are there)
        SHOW [me|us] (all|every) [of] [the|your|my|our] …
        (which|what) DOCUMENT are (from|of) …
        SHOW THE DOCUMENT (from|of) …
        (welche|was für) … (haben wir|hast du|gibt es)
        (zeig|zeige|nenne) [mir] alle …
    """,
}
