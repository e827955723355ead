"""The escaping of the templates: nothing avoids it, and no template can turn it off."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import TemplateAssertionError, UndefinedError

from rag.web.templates import ENVIRONMENT, escape
from tests.nasty import NASTY
from tests.parsed import Parsed

ROOT = Path(__file__).parents[1]
TEMPLATES = sorted((ROOT / "rag" / "web" / "html").iterdir())
EVERY = "<b a='{1}' b=\"`\">&${2}\r\0"
WAYS = (
    "{{ value }}",
    '<p title="{{ value }}"></p>',
    "{% macro m(v) %}<i>{{ v }}</i>{% endmacro %}{{ m(value) }}",
    "{% macro m() %}<i></i>{% endmacro %}{{ m() ~ value }}",
    "{% macro m() %}<i></i>{% endmacro %}{{ [m(), value] | join(value) }}",
    "{% macro m() %}<i>x</i>{% endmacro %}{{ m() | replace('x', value) }}",
    "{% macro m() %}<i>%s</i>{% endmacro %}{{ m() | format(value) }}",
    "{% set s %}<i>{{ value }}</i>{% endset %}{{ s }}{{ s ~ value }}",
    "{% filter upper %}{{ value }}{% endfilter %}",
    "{{ value | escape }}{{ value | e }}{{ value | forceescape }}",
    "<p {{ {'title': value} | xmlattr }}></p>",
)


@pytest.mark.parametrize("way", WAYS)
def test_no_way_to_insert_a_value_lets_it_start_a_tag_or_an_expression(way: str) -> None:
    html = ENVIRONMENT.from_string(way).render(value=EVERY)
    plain = ENVIRONMENT.from_string(way).render(value="plain")
    assert [tag for tag, _ in Parsed(html).tags] == [tag for tag, _ in Parsed(plain).tags]
    assert [set(found) for _, found in Parsed(html).tags] == [
        set(found) for _, found in Parsed(plain).tags
    ]
    assert not set("{}$`\r\0") & set(html)


@pytest.mark.parametrize("text", [*NASTY, EVERY.replace("\0", "")])
def test_a_value_is_shown_unchanged_between_tags_and_in_an_attribute(text: str) -> None:
    html = ENVIRONMENT.from_string('<p title="{{ t }}">{{ t }}</p>').render(t=text)
    assert Parsed(html).tags == [("p", {"title": text})]
    assert Parsed(html).text("p") == text


def test_escaped_text_is_not_escaped_again() -> None:
    assert escape(escape(EVERY)) == escape(EVERY)


@pytest.mark.parametrize("name", ["safe", "tojson"])
def test_a_template_cannot_declare_a_value_safe(name: str) -> None:
    with pytest.raises(TemplateAssertionError, match=f"No filter named '{name}'"):
        ENVIRONMENT.from_string(f"{{{{ value | {name} }}}}")


def test_a_missing_value_raises_an_error() -> None:
    with pytest.raises(UndefinedError, match="'value' is undefined"):
        ENVIRONMENT.from_string("{{ value }}").render()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_escapes_everything_and_quotes_its_attributes(path: Path) -> None:
    template = path.read_text(encoding="utf-8")
    assert "autoescape" not in template
    assert re.findall(r"\s[\w-]+=\s*\{\{", template) == []
    assert re.findall(r"<(?:script|style)[^>]*>[^<]*\{\{|\son\w+=", template) == []


def test_only_the_templates_module_uses_markupsafe() -> None:
    files = [path for path in (ROOT / "rag").rglob("*.py") if path.name != "templates.py"]
    assert [path for path in files if "markupsafe" in path.read_text(encoding="utf-8")] == []


def test_the_report_of_an_evaluation_is_made_without_loading_the_server() -> None:
    code = (
        "import sys\nfrom rag.web.report import report_page\n"
        "print(sorted({'gradio', 'fastapi', 'starlette', 'uvicorn'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
