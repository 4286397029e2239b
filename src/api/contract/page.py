"""The page at /docs, made from openapi.yaml: one file, which asks nothing of any other host."""

import base64
import hashlib
import html
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
FORMATS = {"uuid": "UUID", "date-time": "time", "binary": "bytes"}
METHODS = ("get", "post", "put", "patch", "delete")


def text(value):
    return html.escape(str(value), quote=True)


def inline(value):
    """`code` and **bold** of Markdown."""
    parts = re.split(r"(`[^`]+`)", value.strip())
    return "".join(f"<code>{text(part[1:-1])}</code>" if part.startswith("`")
                   else re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text(part)) for part in parts)


def paragraphs(value):
    return "".join(f"<p>{inline(part)}</p>" for part in re.split(r"\n\s*\n", value or "") if part.strip())


class Page:
    def __init__(self, document):
        self.document = document

    def resolve(self, value):
        while "$ref" in value:
            target = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            value = target
        return value

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method in METHODS:
                if method in methods:
                    yield method, path, methods[method]

    # Types

    def type_of(self, schema):
        if "$ref" in schema:
            name = schema["$ref"].split("/")[-1]
            return f'<a href="#type-{name}">{name}</a>'
        if "oneOf" in schema:
            return " or ".join(self.type_of(one) for one in schema["oneOf"])
        if schema.get("type") == "array":
            return "list of " + self.type_of(schema["items"])
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        return " or ".join(FORMATS.get(schema.get("format"), kind) if kind == "string" else kind for kind in kinds) or "object"

    def limits(self, schema):
        """What a value may be, in words."""
        words = []
        if "enum" in schema:
            names = dict.fromkeys(value if isinstance(value, str) else json.dumps(value)
                                  for value in schema["enum"] if value is not None)
            words.append("one of " + ", ".join(f"<code>{text(name)}</code>" for name in names))
        if "minimum" in schema and "maximum" in schema:
            words.append(f"{schema['minimum']} to {schema['maximum']}")
        elif "minimum" in schema:
            words.append(f"at least {schema['minimum']}")
        if "maxLength" in schema:
            words.append(f"at most {schema['maxLength']} characters")
        if "default" in schema:
            default = schema["default"]
            words.append(f"<code>{text(default if isinstance(default, str) else json.dumps(default))}</code> unless told")
        return "; ".join(words)

    def row(self, name, schema, required, description=""):
        plain = self.resolve(schema)
        kind = self.type_of(schema)
        if "enum" in plain and "$ref" not in schema:
            kind = kind.replace("string", "name", 1)
        if schema.get("$ref", "").endswith("/Id"):
            kind, plain = "UUID", {}
        words = [inline(description or plain.get("description", ""))]
        limits = self.limits(plain)
        if limits:
            words.append(f'<span class="limits">{limits}</span>')
        mark = '<b class="must" title="required">required</b>' if required else ""
        return (f'<div class="row"><div class="name"><code>{text(name)}</code>{mark}<span class="kind">{kind}</span></div>'
                f'<div class="about">{" ".join(word for word in words if word)}</div></div>')

    def fields(self, schema, asked=True):
        """The rows of an object's fields. What an answer always has goes without saying."""
        plain = self.resolve(schema)
        required = plain.get("required", []) if asked else []
        return "".join(self.row(name, one, name in required) for name, one in plain.get("properties", {}).items())

    def asked(self):
        """Names of the types that requests are made of."""
        found, todo = set(), [json.dumps(operation.get("requestBody", {})) for _, _, operation in self.operations()]
        while todo:
            for name in re.findall(r"#/components/schemas/(\w+)", todo.pop()):
                if name not in found:
                    found.add(name)
                    todo.append(json.dumps(self.document["components"]["schemas"][name]))
        return found

    # Examples

    def sample(self, schema, name=""):
        schema = self.resolve(schema)
        if "allOf" in schema:
            return self.sample(schema["allOf"][0])
        if "oneOf" in schema:
            return None
        if "enum" in schema:
            return schema["enum"][0]
        kinds = schema.get("type", "object")
        if "null" in kinds and name not in ("started_at", "environment_id", "project_id", "task_id", "server_id", "odoo", "db"):
            return None
        kind = kinds if isinstance(kinds, str) else kinds[0]
        if kind == "object":
            return {key: self.sample(one, key) for key, one in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.sample(schema["items"])] if "$ref" in schema["items"] else []
        if kind in ("integer", "number"):
            return schema.get("default", schema.get("minimum", 0))
        if kind == "boolean":
            return schema.get("default", False)
        return {"uuid": "01936b3e-7c1a-7d02-9a51-3f6c2b8e4d10", "date-time": "2024-12-11T11:00:00Z"}.get(
            schema.get("format"), {"name": "shop"}.get(name, "…"))

    def examples(self, media):
        """(summary, value) of each example; one made up from the schema where there is none."""
        given = [(one["summary"], one["value"]) for one in media.get("examples", {}).values()]
        return given or [("", self.sample(media["schema"]))]

    def curl(self, method, path, operation, body):
        query = [one for one in map(self.resolve, operation.get("parameters", [])) if one["in"] == "query" and
                 (one.get("required") or one["name"] == "confirm")]
        target = re.sub(r"\{(\w+)\}", lambda match: "$" + match[1].upper(), path)
        if query:
            target += "?" + "&".join(f"{one['name']}=shop" for one in query)
        flags = []
        if method not in ("get",) and not (method == "post" and body):
            flags.append(f"-X {method.upper()}")
        answers = operation["responses"]
        kinds = next((self.resolve(one).get("content", {}) for status, one in answers.items() if status.startswith("2")), {})
        if "text/event-stream" in kinds:
            flags.append("-N")
        if "application/zip" in kinds:
            flags.append("-o backup.zip")
        lines = [f'curl {" ".join([*flags, ""])}"$REPRISE_URL{target}"']
        if operation.get("security") != []:
            lines.append('-H "Authorization: Bearer $REPRISE_TOKEN"')
        if body and "application/json" in body["content"]:
            value = self.examples(body["content"]["application/json"])[0][1]
            compact = json.dumps(value, indent=2, ensure_ascii=False).replace("'", "'\\''")
            lines += ["-H 'Content-Type: application/json'", f"-d '{compact}'"]
        elif body:
            lines[0] = lines[0].replace("curl ", "curl -X POST -T backup.zip ", 1)
            lines.append("-H 'Content-Type: application/octet-stream'")
        return " \\\n  ".join(lines)

    def code(self, title, content, kind=""):
        return (f'<figure class="code {kind}"><figcaption><span>{text(title)}</span><button type="button" hidden>copy</button>'
                f"</figcaption><pre tabindex=\"0\"><code>{content}</code></pre></figure>")

    @staticmethod
    def colored(value):
        """JSON with its parts marked for the style sheet."""
        raw = text(json.dumps(value, indent=2, ensure_ascii=False))
        return re.sub(r"(&quot;(?:(?!&quot;).)*&quot;)(:)?|\b(true|false|null|-?\d+(?:\.\d+)?)\b",
                      lambda m: f'<i class="k">{m[1]}</i>:' if m[2] else
                      f'<i class="s">{m[1]}</i>' if m[1] else f'<i class="v">{m[3]}</i>', raw)

    # Parts of the page

    def parameters(self, operation):
        parts = []
        all_of_it = [self.resolve(one) for one in operation.get("parameters", [])]
        for place, title in (("path", "Path"), ("query", "Query"), ("header", "Headers")):
            rows = "".join(self.row(one["name"], one["schema"], one.get("required"), one.get("description", ""))
                           for one in all_of_it if one["in"] == place)
            if rows:
                parts.append(f"<h4>{title}</h4>{rows}")
        return "".join(parts)

    def body(self, operation):
        body = operation.get("requestBody")
        if not body:
            return ""
        media = body["content"].get("application/json")
        if not media:
            return "<h4>Body</h4><p>The archive itself, with <code>Content-Length</code> or in chunks.</p>"
        rows = self.fields(media["schema"])
        nested = "".join(self.nested(one) for one in self.resolve(media["schema"]).get("properties", {}).values())
        return f"<h4>Body</h4>{rows}{nested}"

    def nested(self, schema):
        plain = self.resolve(schema)
        if "$ref" not in schema or "properties" not in plain:
            return ""
        name = schema["$ref"].split("/")[-1]
        inner = "".join(self.nested(one) for one in plain["properties"].values())
        return f'<details class="nested" open><summary>{name}</summary>{self.fields(schema)}</details>{inner}'

    def answers(self, operation):
        good, bad = [], []
        for status, answer in operation["responses"].items():
            if status == "default":
                continue
            plain = self.resolve(answer)
            if status < "400" or "x" in status:
                kinds = [self.type_of(media["schema"]) if kind == "application/json" else f"<code>{text(kind)}</code>"
                         for kind, media in plain.get("content", {}).items()]
                good.append(f'<div class="row"><div class="name"><code class="ok">{status}</code>'
                            f'<span class="kind">{", ".join(kinds)}</span></div><div class="about">{inline(plain["description"])}'
                            "</div></div>")
            else:
                bad.append(f'<li><a href="#errors"><code class="bad">{status}</code></a> {inline(plain["description"])}'
                           f'{self.codes(plain)}</li>')
        errors = f'<details class="errors"><summary>Refusals</summary><ul>{"".join(bad)}</ul></details>' if bad else ""
        return f"<h4>Answers</h4>{''.join(good)}{errors}"

    @staticmethod
    def codes_of(answer):
        media = answer.get("content", {}).get("application/problem+json", {})
        parts = media.get("schema", {}).get("allOf", [])
        return parts[1]["properties"]["code"]["enum"] if len(parts) > 1 else []

    def codes(self, answer):
        names = self.codes_of(answer)
        return "".join(f' <code class="chip">{name}</code>' for name in names)

    def side(self, method, path, operation):
        body = operation.get("requestBody")
        figures = [self.code("curl", text(self.curl(method, path, operation, body)), "shell")]
        if body and "application/json" in body["content"]:
            more = self.examples(body["content"]["application/json"])[1:]
            figures += [f"<details><summary>{text(summary)}</summary>{self.code('body', self.colored(value))}</details>"
                        for summary, value in more]
        for status, answer in operation["responses"].items():
            media = self.resolve(answer).get("content", {}).get("application/json")
            if not media or not status.startswith("2") or path == "/openapi.json":
                continue
            first, *more = self.examples(media)
            if "page" in media.get("examples", {}) and len(first[1]) < 5 and more:
                first, *more = more
            figures.append(self.code(f"{status}" + (f" – {first[0]}" if first[0] else ""), self.colored(first[1])))
        return "".join(figures)

    def operation(self, method, path, operation):
        lock = "" if operation.get("security") == [] else '<span class="lock" title="needs a token">token</span>'
        shown = re.sub(r"(\{\w+\})", r"<em>\1</em>", text(path))
        search = text(f"{operation['operationId']} {method} {path} {operation['summary']}".lower())
        return f"""<section class="call" id="{operation['operationId']}" data-search="{search}">
<header><h3><a href="#{operation['operationId']}">{text(operation['summary'])}</a></h3>
<p class="line"><b class="method {method}">{method.upper()}</b><code class="path">{shown}</code>{lock}</p></header>
<div class="both"><div class="words">{paragraphs(operation.get('description'))}{self.parameters(operation)}{self.body(operation)}{self.answers(operation)}</div>
<div class="side">{self.side(method, path, operation)}</div></div></section>"""

    def tag(self, tag):
        calls = [one for one in self.operations() if tag["name"] in one[2]["tags"]]
        anchor = tag["name"].lower()
        return (f'<section class="tag" id="{anchor}"><h2>{text(tag["name"])}</h2>{paragraphs(tag["description"])}'
                f'{"".join(self.operation(*one) for one in calls)}</section>')

    def navigation(self):
        parts = []
        for tag in self.document["tags"]:
            links = "".join(f'<li data-search="{text((operation["operationId"] + path + operation["summary"]).lower())}">'
                            f'<a href="#{operation["operationId"]}"><b class="method {method}">{method.upper()[:4].replace("DELE", "DEL")}</b>'
                            f'{text(operation["summary"])}</a></li>'
                            for method, path, operation in self.operations() if tag["name"] in operation["tags"])
            parts.append(f'<h2><a href="#{tag["name"].lower()}">{text(tag["name"])}</a></h2><ul>{links}</ul>')
        return "".join(parts) + ('<h2><a href="#errors">Errors</a></h2><h2><a href="#types">Types</a></h2>')

    def errors(self):
        rows = []
        for answer in self.document["components"]["responses"].values():
            for status in {status for _, _, one in self.operations() for status, answered in one["responses"].items()
                           if self.resolve(answered) is answer and status > "399" and status != "default"}:
                rows.append((status, self.codes(answer), answer["description"]))
        listed = "".join(f'<div class="row"><div class="name"><code class="bad">{status}</code></div>'
                         f'<div class="about">{inline(words)}{codes}</div></div>' for status, codes, words in sorted(rows))
        rest = self.document["components"]["responses"]["Failure"]["description"]
        example = self.document["components"]["responses"]["Invalid"]["content"]["application/problem+json"]["examples"]["fields"]
        return f"""<section class="tag" id="errors"><h2>Errors</h2><div class="both"><div class="words">
<p>All of them are <code>application/problem+json</code>. <code>code</code> is stable: decide by it.</p>{listed}{paragraphs(rest)}</div>
<div class="side">{self.code("422 – " + example["summary"], self.colored(example["value"]))}</div></div></section>"""

    def types(self):
        parts, asked = [], self.asked()
        for name, schema in self.document["components"]["schemas"].items():
            inner = self.fields(schema, name in asked) or f'<p>{self.limits(schema) or text(schema.get("type", ""))}</p>'
            parts.append(f'<details class="type" id="type-{name}"><summary><code>{name}</code></summary>'
                         f'{paragraphs(schema.get("description"))}{inner}</details>')
        return f'<section class="tag" id="types"><h2>Types</h2>{"".join(parts)}</section>'

    def render(self, style, script):
        info = self.document["info"]
        return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{text(info['title'])} API</title>
<link rel="icon" href="data:,"><style>{style}</style></head><body>
<a class="skip" href="#main">Skip to the calls</a>
<nav aria-label="Calls"><details id="menu"><summary><strong>{text(info['title'])}</strong> API {text(info['version'])}</summary>
<input type="search" placeholder="Find a call" aria-label="Find a call" hidden>{self.navigation()}</details></nav>
<main id="main"><section class="intro"><h1>{text(info['title'])} API</h1><p class="lead">{text(info['summary'])}</p>
<p><a class="button" href="/openapi.json">openapi.json</a> OpenAPI {text(self.document['openapi'])}, for tools and generated clients</p>
{paragraphs(info['description'])}
{self.code('before the first call', text('''export REPRISE_URL=http://127.0.0.1:8080
export REPRISE_TOKEN=$(cat DATA/admin.token)'''), 'shell')}</section>
{''.join(self.tag(tag) for tag in self.document['tags'])}{self.errors()}{self.types()}
</main><script>{script}</script></body></html>
"""


def digest(source):
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def render(document):
    """(html, its Content-Security-Policy: its own style and script, and nothing else from anywhere)"""
    style = (HERE / "page.css").read_text(encoding="utf-8")
    script = (HERE / "page.js").read_text(encoding="utf-8")
    policy = (f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; img-src data:; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    return Page(document).render(style, script), policy
