"""The OpenAPI document as a page to be read: one file, no script, nothing from elsewhere. Pure.

Whatever stands in the document is text here: everything is escaped.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 960px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 26px; font-weight: 600; } h2 { font-size: 20px; margin-top: 40px; }
details { border: 1px solid #8885; border-radius: 8px; margin: 8px 0; padding: 8px 16px; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 64px; }
code, pre { font: 13px/1.5 ui-monospace, monospace; } pre { overflow-x: auto; }
td, th { text-align: left; vertical-align: top; padding: 4px 16px 4px 0; }
:focus-visible { outline: 2px solid; outline-offset: 2px; }
"""
_METHODS: Final = ("get", "post", "put", "patch", "delete")

# What the page may do, for its Content-Security-Policy: show its own style, and nothing else.
POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; style-src"
    f" 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)

Document = Mapping[str, Any]


def page_of(document: Document, json_url: str) -> str:
    """The page; `json_url` is where the document itself is."""
    about = document["info"]
    title = escape(f"{about['title']} {about['version']}: API")
    parts = [f"<h1>{title}</h1>", f"<p>{escape(about.get('description', ''))}</p>"]
    parts.append(f'<p>As a document: <a href="{escape(json_url)}">OpenAPI, JSON</a></p>')
    for tag, operations in sorted(_by_tag(document).items()):
        parts.append(f"<h2>{escape(tag)}</h2>")
        parts += [_operation(document, *one) for one in operations]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    body = f"<main>{''.join(parts)}</main>"
    return f'<!doctype html><html lang="en"><head>{view}{head}</head><body>{body}</body></html>'


def _by_tag(document: Document) -> dict[str, list[tuple[str, str, Document]]]:
    found: dict[str, list[tuple[str, str, Document]]] = {}
    for path, item in document["paths"].items():
        for method in (one for one in _METHODS if one in item):
            tag = next(iter(item[method].get("tags", ())), "other")
            found.setdefault(tag, []).append((path, method, item[method]))
    return found


def _operation(document: Document, path: str, method: str, operation: Document) -> str:
    said = escape(operation.get("description", operation.get("summary", "")))
    parts = [f"<summary><b>{method.upper()}</b> <code>{escape(path)}</code></summary>"]
    parts.append(f"<p>{said}</p>")
    rows = [
        (f"{one['name']} ({one['in']})", one.get("description", ""), _shape(one.get("schema", {})))
        for one in operation.get("parameters", ())
    ]
    parts.append(_table(("parameter", "meaning", "shape"), rows))
    parts += _examples(document, operation.get("requestBody", {}))
    answers = [
        (code, one.get("description", ""), ", ".join(one.get("content", ())))
        for code, one in operation.get("responses", {}).items()
    ]
    parts.append(_table(("answer", "meaning", "type"), answers))
    return f"<details>{''.join(parts)}</details>"


def _examples(document: Document, body: Document) -> Iterator[str]:
    for kind, media in body.get("content", {}).items():
        examples = [one.get("value") for one in media.get("examples", {}).values()]
        shown = [media["example"]] if "example" in media else examples
        shown = shown or [_made_up(document, media.get("schema", {}))]
        for example in shown:
            text = example if isinstance(example, str) else json.dumps(example, indent=2)
            yield f"<p>body: {escape(kind)}</p><pre>{escape(text)}</pre>"


def _made_up(document: Document, schema: Document) -> Any:
    """The example of a model, or one made of those of its fields."""
    reference = schema.get("$ref", "")
    if reference:
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    if "example" in schema:
        return schema["example"]
    if "properties" not in schema:
        return next(iter(schema.get("examples", ())), _shape(schema))
    return {
        name: next(iter(field.get("examples", ())), field.get("default", _shape(field)))
        for name, field in schema["properties"].items()
    }


def _shape(schema: Document) -> str:
    """A schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    choices = [_shape(one) for one in schema.get("anyOf", ())]
    return " | ".join(choices) if choices else str(schema.get("type", "any"))


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [f"<th>{escape(name)}</th>" for name in head]
    cells = ["".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><tr>{''.join(lines)}</tr>{body}</table>"
