#!/usr/bin/env python3
"""Sums JUnit reports into one line: "N passed, N failed, N skipped".

usage: tally.py [--broken N] REPORT...     (--broken: stages that ended without a report; each counts as a failure)

Exit code 1 when anything failed, or when nothing passed.
"""

import argparse
import sys
import xml.etree.ElementTree as xml


def count(path):
    """(passed, failed, skipped) of one report, ctest's or pytest's."""
    failed = skipped = total = 0
    for case in xml.parse(path).getroot().iter("testcase"):
        total += 1
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            skipped += 1
    return total - failed - skipped, failed, skipped


def main(arguments):
    parser = argparse.ArgumentParser(description="sums JUnit reports")
    parser.add_argument("--broken", type=int, default=0)
    parser.add_argument("reports", nargs="*")
    options = parser.parse_args(arguments)
    counts = [count(path) for path in options.reports]
    passed, failed, skipped = (sum(column) for column in zip(*counts)) if counts else (0, 0, 0)
    failed += options.broken
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
