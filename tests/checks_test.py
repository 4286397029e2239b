#!/usr/bin/env python3
"""The checks refuse what they are there to refuse: each rule is broken once in a tree of its own."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import hygiene_check
import rooms_check
import tally


class Tree:
    """A small source tree in a temporary folder."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self._folder.name)
        self.write("src/base/CMakeLists.txt", "reprise_room(base SOURCES a.cpp)")
        self.write("src/base/a.hpp", "#pragma once\n")
        self.write("src/storage/CMakeLists.txt", "reprise_room(storage\n  SOURCES s.cpp\n  NEEDS base\n  EXTERNAL fmt::fmt)")
        self.write("src/storage/s.cpp", '#include "base/a.hpp"\n#include <fmt/format.h>\n')
        self.write("src/main.cpp", '#include "storage/s.hpp"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def close(self):
        self._folder.cleanup()


class CheckTest(unittest.TestCase):
    def setUp(self):
        self.tree = Tree()
        self.addCleanup(self.tree.close)


class RoomsCheckTest(CheckTest):
    def complaints(self):
        return list(rooms_check.check_tree(self.tree.root))

    def test_a_tree_in_order_passes(self):
        self.assertEqual(self.complaints(), [])

    def test_a_room_may_not_include_one_that_stands_on_it(self):
        self.tree.write("src/base/b.cpp", '#include <vector>\n#include "storage/s.hpp"\n')
        self.assertEqual(len(self.complaints()), 1)
        self.assertIn("src/base/b.cpp:2: base may not know storage", self.complaints()[0])

    def test_a_room_may_not_include_what_it_does_not_need(self):
        self.tree.write("src/domain/d.hpp", "#pragma once\n")
        self.tree.write("src/domain/CMakeLists.txt", "reprise_room(domain SOURCES NEEDS base)")
        self.tree.write("src/storage/t.hpp", '#include "domain/d.hpp"\n')
        self.assertEqual(len(self.complaints()), 1)
        self.assertIn("does not list domain under NEEDS", self.complaints()[0])

    def test_angle_brackets_are_no_way_around(self):
        self.tree.write("src/base/b.hpp", "#  include <storage/s.hpp>\n")
        self.assertEqual(len(self.complaints()), 1)

    def test_dots_are_no_way_around(self):
        self.tree.write("src/base/b.hpp", '#include "../storage/s.hpp"\n')
        self.assertEqual(len(self.complaints()), 1)

    def test_needs_may_not_point_upwards(self):
        self.tree.write("src/base/CMakeLists.txt", "reprise_room(base SOURCES a.cpp NEEDS storage)")
        self.assertEqual(len(self.complaints()), 1)

    def test_an_unknown_folder_is_no_room(self):
        self.tree.write("src/utils/u.hpp", "#pragma once\n")
        self.assertEqual(len(self.complaints()), 1)

    def test_code_outside_of_rooms_is_only_main(self):
        self.tree.write("src/extra.cpp", "")
        self.assertEqual(len(self.complaints()), 1)


class HygieneCheckTest(CheckTest):
    def complaints(self):
        return hygiene_check.check_tree(self.tree.root)[0]

    def refuses(self, name, text, words):
        self.tree.write(name, text)
        self.assertEqual(len(self.complaints()), 1, self.complaints())
        self.assertIn(words, self.complaints()[0])

    def test_a_clean_tree_passes(self):
        self.assertEqual(self.complaints(), [])

    def test_a_package_host_is_refused(self):
        self.refuses("lab/build", "x\ndebootstrap sid d http://" + hygiene_check.PACKAGE_HOSTS[0] + "/debian", "lab/build:2")

    def test_a_path_of_a_build_machine_is_refused(self):
        self.refuses("docs/a.md", "see /ho" "me/somebody/reprise/a.md", "build machine")

    def test_the_place_of_the_clone_is_refused(self):
        self.refuses("docs/a.md", f"see {self.tree.root.resolve()}/a.md", "place of this clone")

    def test_co_await_with_a_lambda_is_refused(self):
        self.refuses("src/base/c.cpp", "f();\nco_await run(\n  [&] { return 1; });\n", "src/base/c.cpp:2")

    def test_co_await_of_a_named_local_passes(self):
        self.tree.write("src/base/c.cpp", "auto op = [] {};\nco_await run(op);  // not [this]\n")
        self.assertEqual(self.complaints(), [])

    def test_a_long_file_is_a_warning_only(self):
        self.tree.write("src/base/long.cpp", "int x;\n" * 301)
        complaints, warnings = hygiene_check.check_tree(self.tree.root)
        self.assertEqual((complaints, len(warnings)), ([], 1))


class TallyTest(CheckTest):
    CTEST = """<testsuite><testcase name="a" status="run"/><testcase name="b" status="notrun"><skipped/></testcase>
        <testcase name="c" status="fail"><failure message="Timeout"/></testcase></testsuite>"""
    PYTEST = """<testsuites><testsuite><testcase name="d"/><testcase name="e"><error message="no&#10;engine"/></testcase>
        </testsuite></testsuites>"""

    def printed(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = tally.main(list(arguments))
        return code, out.getvalue().splitlines()

    def test_what_failed_is_named_before_the_sum(self):
        self.tree.write("ctest.xml", self.CTEST)
        self.tree.write("e2e.xml", self.PYTEST)
        code, lines = self.printed("--broken", "1", str(self.tree.root / "ctest.xml"), str(self.tree.root / "e2e.xml"))
        self.assertEqual(code, 1)
        self.assertEqual(
            lines, ["FAILED in ctest.xml: c: Timeout", "FAILED in e2e.xml: e: no", "2 passed, 3 failed, 1 skipped"])

    def test_a_run_without_any_test_fails(self):
        self.assertEqual(self.printed(), (1, ["0 passed, 0 failed, 0 skipped"]))


if __name__ == "__main__":
    unittest.main()
