#!/usr/bin/env python3
"""Builds openapi.yaml into the program: as JSON, and as the page at /docs.

usage: embed.py OPENAPI_YAML OUT_CPP
"""

import json
import pathlib
import sys

import page
import yaml


class Loader(yaml.SafeLoader):
    """YAML as JSON would have it: no times, no yes and no, no key twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, f"the key {key} is no text: quote it", node.start_mark)
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key} stands here twice", node.start_mark)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile("^(?:true|false)$"), list("tf"))


def load(path):
    return yaml.load(pathlib.Path(path).read_text(encoding="utf-8"), Loader)


def array(name, data):
    """`data` as the bytes of a C++ array: string literals have limits."""
    numbers = ",".join(str(byte - 256 if byte > 127 else byte) for byte in data)
    return f"constexpr char {name}[] = {{{numbers}}};\n"


def source(document):
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    html, policy = page.render(document)
    parts = {"OpenApi": text, "Docs": html, "DocsPolicy": policy}
    arrays = "".join(array(f"k{name}", part.encode()) for name, part in parts.items())
    functions = "".join(f"std::string_view BuiltIn{name}() {{ return {{k{name}, sizeof k{name}}}; }}\n" for name in parts)
    return ('#include "api/built_in.hpp"\n\nnamespace reprise::api {\nnamespace {\n\n'
            f"{arrays}\n}}  // namespace\n\n{functions}\n}}  // namespace reprise::api\n")


if __name__ == "__main__":
    pathlib.Path(sys.argv[2]).write_text(source(load(sys.argv[1])), encoding="utf-8")
