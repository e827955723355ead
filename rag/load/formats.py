"""The parser for each file, by its suffix."""

from collections.abc import Callable

from rag.load.code import parse_code, parse_log
from rag.load.epub import parse_epub
from rag.load.html import parse_html
from rag.load.mail import parse_mail, parse_mbox
from rag.load.markdown import parse_markdown
from rag.load.markup import parse_asciidoc, parse_org, parse_rst, parse_tex
from rag.load.mhtml import parse_mhtml
from rag.load.notebook import parse_notebook
from rag.load.odf import parse_odf
from rag.load.ods import parse_ods
from rag.load.outlook import parse_outlook
from rag.load.pdf import parse_pdf
from rag.load.rows import parse_csv, parse_json, parse_json_lines, parse_tsv
from rag.load.rtf import parse_rtf
from rag.load.scans import parse_picture
from rag.load.settings import parse_ini, parse_yaml
from rag.load.sheets import parse_sheets
from rag.load.slides import parse_pptx
from rag.load.subtitles import parse_subtitles
from rag.load.text import Parsed, parse_text
from rag.load.word import parse_docx
from rag.load.xml import parse_xml

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
PARSERS: dict[str, Callable[[bytes], Parsed]] = {
    ".txt": parse_text,
    ".text": parse_text,
    ".log": parse_log,
    ".rst": parse_rst,
    ".tex": parse_tex,
    ".org": parse_org,
    ".adoc": parse_asciidoc,
    ".asciidoc": parse_asciidoc,
    ".ini": parse_ini,
    ".cfg": parse_ini,
    ".conf": parse_ini,
    ".toml": parse_ini,
    ".properties": parse_ini,
    ".env": parse_ini,
    ".yaml": parse_yaml,
    ".yml": parse_yaml,
    ".vtt": parse_subtitles,
    ".srt": parse_subtitles,
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".pdf": parse_pdf,
    ".html": parse_html,
    ".htm": parse_html,
    ".xhtml": parse_html,
    ".mhtml": parse_mhtml,
    ".mht": parse_mhtml,
    ".docx": parse_docx,
    ".csv": parse_csv,
    ".tsv": parse_tsv,
    ".jsonl": parse_json_lines,
    ".json": parse_json,
    ".xml": parse_xml,
    ".rss": parse_xml,
    ".atom": parse_xml,
    ".pptx": parse_pptx,
    ".xlsx": parse_sheets,
    ".xlsb": parse_sheets,
    ".xls": parse_sheets,
    ".ods": parse_ods,
    ".odt": parse_odf,
    ".odp": parse_odf,
    ".rtf": parse_rtf,
    ".epub": parse_epub,
    ".eml": parse_mail,
    ".mbox": parse_mbox,
    ".msg": parse_outlook,
    ".ipynb": parse_notebook,
    **dict.fromkeys(PICTURES, parse_picture),
}
CODE = "py js ts jsx tsx java go rs c h cpp hpp cs rb php swift kt scala r sql sh bat ps1 css"
PARSERS |= dict.fromkeys([f".{suffix}" for suffix in CODE.split()], parse_code)
# read as plain text, like files without a suffix
PARSERS |= dict.fromkeys(["", ".diff", ".patch"], parse_text)
# the only formats that are parsed in this process
PLAIN = frozenset({".md", ".markdown", *(s for s, parse in PARSERS.items() if parse is parse_text)})
