#!/usr/bin/env python3
"""Writes the man pages of `reprise` from what the program itself tells.

usage: make_pages.py PROGRAM FOLDER [--date YYYY-MM-DD] [--version VERSION]

reprise(1) and one page for each command, with all of its subcommands, come from `--help`, so they cannot differ from the program;
the parts beside this file (reprise.man, serve.man, reprise.env.5 ...) say what help texts have no room for. A page's part NAME.man is
put after its description. Fails on a help text that it does not understand.
"""

import argparse
import dataclasses
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
COLUMN = 30  # where CLI11 begins the text of an option
PARTS = ("Positionals:", "Options:", "Subcommands:")


@dataclasses.dataclass
class Help:
    """One `--help`: its sentence, its usage line, and (term, text) pairs by heading."""
    words: list
    about: str
    usage: str
    parts: dict
    footer: str

    @property
    def options(self):
        return [pair for pair in self.parts.get("Options:", []) if not pair[0].startswith(("-h,", "--version"))]


def pairs_of(lines, where):
    pairs = []
    for line in lines:
        if line.startswith(" " * COLUMN):
            term, text = pairs[-1]
            pairs[-1] = (term, f"{text} {line.strip()}".strip())
        elif len(line) > COLUMN and line[COLUMN - 1] == " ":
            pairs.append((line[:COLUMN].strip(), line[COLUMN:].strip()))
        elif line.startswith("  ") and line.strip():
            pairs.append((line.strip(), ""))
        else:
            sys.exit(f"make_pages: a line of `{where} --help` is not understood: {line!r}")
    return pairs


def read_help(program, words):
    text = subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "HOME": "/root"}).stdout
    where = " ".join(["reprise", *words])
    body, _, footer = text.partition("\nExamples:\n")
    about, usage, rest = re.fullmatch(r"(.*?)\n?Usage: ([^\n]*)\n(.*)", body, re.DOTALL).groups()
    parts, lines = {}, None
    for line in rest.split("\n"):
        if line in PARTS:
            lines = parts.setdefault(line, [])
        elif line.strip():
            if lines is None:
                sys.exit(f"make_pages: a heading of `{where} --help` is not known: {line!r}")
            lines.append(line)
    return Help(words, about.strip(), usage, {name: pairs_of(lines, where) for name, lines in parts.items()}, footer)


# --- roff ------------------------------------------------------------------------------------------------------------

def escaped(text):
    """Text for a line of roff; the hyphens of options are to be copied into a shell."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("–", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def bold(text):
    return f"\\fB{escaped(text)}\\fR"


def term_of(term):
    """An option's names in bold, what it takes as it stands."""
    names, _, value = term.partition(" ")
    return bold(names) + (f" {escaped(value)}" if value else "")


def definition(pairs):
    for term, text in pairs:
        yield ".TP"
        yield term_of(term)
        yield escaped(text) if text else "\\&"


def sentence(text):
    return text if text.endswith((".", "!", "?")) else text + "."


def hand_written(name):
    path = HERE / f"{name}.man"
    return path.read_text().rstrip("\n").split("\n") if path.exists() else []


def title(name, section, date, version):
    return [f'.TH {name.upper()} {section} {date} "reprise {version}" "Reprise"']


def usage_line(help):
    rest = help.usage.removeprefix(" ".join(["reprise", *help.words])).removeprefix("reprise").strip()
    return f"{bold(' '.join(['reprise', *help.words]))} {escaped(rest)}".rstrip()


def command_body(help, children):
    """Options of a command; of a group, each of its commands as a section."""
    if not children:
        pairs = help.parts.get("Positionals:", []) + help.options
        if pairs:
            yield ".SH OPTIONS"
            yield from definition(pairs)
        return
    yield ".SH COMMANDS"
    for child in children:
        yield f".SS {bold(' '.join(child.words))}"
        yield usage_line(child)
        yield ".PP"
        yield escaped(sentence(child.about))
        yield from definition(child.parts.get("Positionals:", []) + child.options)


def command_page(help, children, date, version):
    name = "-".join(["reprise", *help.words])
    lines = title(name, 1, date, version)
    lines += [".SH NAME", f"{escaped(name)} \\- {escaped(help.about[0].lower() + help.about[1:])}", ".SH SYNOPSIS"]
    for each in children or [help]:
        lines += [usage_line(each), ".br"]
    lines.pop()
    lines += [".SH DESCRIPTION", escaped(sentence(help.about))]
    lines += ["The options of", ".BR reprise (1)", "may stand behind the command as well."]
    lines += hand_written("-".join(help.words))
    lines += command_body(help, children)
    return name, lines + see_also([("reprise", 1), ("reprise.env", 5)])


def see_also(pages):
    *most, (name, section) = pages
    return [".SH SEE ALSO", *(f".BR {escaped(n)} ({s})," for n, s in most), f".BR {escaped(name)} ({section})"]


def exit_codes(footer):
    text = re.search(r"Exit codes: (.*)\.\s*$", footer, re.DOTALL)
    if not text:
        sys.exit("make_pages: `reprise --help` does not end in its exit codes")
    return [tuple(each.split(" ", 1)) for each in re.split(r",\s+", text[1].replace("\n", " "))]


def main_page(help, date, version):
    examples = help.footer.split("\n\n")[0].split("\n")
    lines = title("reprise", 1, date, version)
    lines += [".SH NAME", "reprise \\- restore Odoo environments from backups", ".SH SYNOPSIS",
              f"{bold('reprise')} [OPTIONS] COMMAND [ARGUMENT]..."]
    lines += [".SH DESCRIPTION", escaped("Restores Odoo environments from backups, and proves it."), *hand_written("reprise")]
    lines += [".SH COMMANDS", "Each has a page of its own:", bold("man reprise COMMAND") + "."]
    lines += definition(help.parts["Subcommands:"])
    lines += [".SH OPTIONS", *definition(help.parts["Options:"])]
    lines += [".SH EXIT STATUS"]
    lines += definition(exit_codes(help.footer))
    lines += [".SH EXAMPLES", ".EX", *(escaped(line.strip()) for line in examples), ".EE"]
    pages = sorted(f"reprise-{name}" for name, _ in help.parts["Subcommands:"])
    return "reprise", lines + see_also([*((name, 1) for name in pages), ("reprise.env", 5)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--date", default="1970-01-01")
    parser.add_argument("--version", default="")
    options = parser.parse_args()
    program = options.program.resolve()
    top = read_help(program, [])
    pages = [main_page(top, options.date, options.version)]
    for name, _ in top.parts["Subcommands:"]:
        help = read_help(program, [name])
        children = [read_help(program, [name, child]) for child, _ in help.parts.get("Subcommands:", [])]
        for child in children:
            if "Subcommands:" in child.parts:
                sys.exit(f"make_pages: `{' '.join(child.words)}` has commands of its own, which no page shows")
        pages.append(command_page(help, children, options.date, options.version))
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, lines in pages:
        (options.folder / f"{name}.1").write_text("\n".join(lines) + "\n")
    environment = (HERE / "reprise.env.5").read_text().replace("@DATE@", options.date).replace("@VERSION@", options.version)
    (options.folder / "reprise.env.5").write_text(environment)


if __name__ == "__main__":
    main()
