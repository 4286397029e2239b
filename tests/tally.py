#!/usr/bin/env python3
"""Names what failed in JUnit reports, then sums them into one line: "N passed, N failed, N skipped".

usage: tally.py [--broken N] REPORT...     (--broken: stages that ended without a report; each counts as a failure)

Exit code 1 when anything failed, or when nothing passed.
"""

import argparse
import os
import sys
import xml.etree.ElementTree as xml


def has_failed(case):
    return case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail"


def was_skipped(case):
    return case.find("skipped") is not None or case.get("status") in ("notrun", "disabled")


def why(case):
    """The first line that a report has to say of a failed test."""
    for kind in ("failure", "error"):
        found = case.find(kind)
        if found is not None and (found.get("message") or "").strip():
            return found.get("message").strip().splitlines()[0][:200]
    return "no message"


def read(path):
    """((passed, failed, skipped), lines that name the failed) of one report, ctest's or pytest's."""
    cases = list(xml.parse(path).getroot().iter("testcase"))
    failed = [case for case in cases if has_failed(case)]
    skipped = sum(was_skipped(case) for case in cases if not has_failed(case))
    lines = [f"FAILED in {os.path.basename(path)}: {case.get('name')}: {why(case)}" for case in failed]
    return (len(cases) - len(failed) - skipped, len(failed), skipped), lines


def main(arguments):
    parser = argparse.ArgumentParser(description="sums JUnit reports")
    parser.add_argument("--broken", type=int, default=0)
    parser.add_argument("reports", nargs="*")
    options = parser.parse_args(arguments)
    reports = [read(path) for path in options.reports]
    for line in (line for _, lines in reports for line in lines):
        print(line)
    passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *(counts for counts, _ in reports)))
    failed += options.broken
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
