"""Sums up output.xml files of Robot Framework: summary.py [--failed FILE] output.xml…

The suite comes from ETSI and was extended; its own numbering tells the cases apart. ETSI numbers test purposes 001 to 061, and
a case repeats the number of its file in its name ("018_01_03 …"). The extensions mostly carry the number of a clause instead
("5744_01", "451_02", "IOP_EXT_…"). ETSI-numbered are therefore the cases named 0dd_… below TP: 1,032 of 1,501. Two things blur
that rule, so a second line counts what ETSI wrote, as far as the suite's history tells: files of its first commit, among them the
distributed operations D001 to D018, without the files that got an ETSI-like number later.
"""

import argparse
import collections
import re
import xml.etree.ElementTree as xml

# Files below TP with a number like ETSI's that are not in the suite's first commit.
LATER = set(
    "015_04 019_26 019_27 019_28 019_29 019_30 019_31 019_32 019_33 019_34 021_26 021_27 028_09 028_10 033_12 045_02 045_03 045_04 "
    "VerifyLengthRequired/046_01 060_06 061_01 D011_05_inc".split()
)


def cases(file):
    """Yields (path of the file below the suite, name, passed, message) for each case."""
    sources = []
    for event, element in xml.iterparse(file, ("start", "end")):
        if element.tag == "suite":
            if event == "start":
                sources.append(element.get("source", ""))
            else:
                sources.pop()
                element.clear()
        elif event == "end" and element.tag == "test":
            status = element.find("status")
            path = re.sub(r"^.*/((IOP_)?TP/)", r"\1", sources[-1])
            yield path, element.get("name"), status.get("status") == "PASS", (status.text or "").strip()
            element.clear()
        elif event == "end" and element.tag == "kw":
            element.clear()


def is_numbered(path, name):
    return path.startswith("TP/") and re.match(r"0\d\d_", name) is not None


def is_from_etsi(path, name):
    folder, file = path.removesuffix(".robot").split("/")[-2:]
    return bool(re.match(r"(0\d\d|D\d\d\d|IOP_CNF)_", file)) and file not in LATER and f"{folder}/{file}" not in LATER


def first_line(message):
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    # Robot opens with a heading of its own when a setup or teardown failed as well.
    while len(lines) > 1 and lines[0].endswith(":"):
        lines.pop(0)
    return lines[0].replace("\t", " ")[:300] if lines else ""


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("outputs", nargs="+")
    arguments.add_argument("--failed", help="file for the list of failed cases: case, file, reason, separated by tabs")
    arguments = arguments.parse_args()

    # A file given later, as after a second try of the failed cases, overrides an earlier one.
    found = {(path, name): (passed, message) for output in arguments.outputs for path, name, passed, message in cases(output)}

    def count(which):
        hits = [passed for (path, name), (passed, _) in found.items() if which(path, name)]
        return f"{sum(hits)} of {len(hits)}"

    def is_single(path, name):
        return path.startswith("TP/")

    if any(is_single(*key) for key in found):
        print(f"{count(is_numbered)} ETSI-numbered cases passed, {count(is_single)} in all")
        print(f"{count(lambda *key: is_single(*key) and is_from_etsi(*key))} of the cases in the suite's first commit, D001 to D018 among them")
    if not all(is_single(*key) for key in found):
        print(f"{count(lambda *key: not is_single(*key))} cases with several brokers passed")

    folders = collections.defaultdict(lambda: [0, 0, 0, 0])
    for (path, name), (passed, _) in found.items():
        row = folders["/".join(path.split("/")[:-1])]
        numbered = is_numbered(path, name)
        row[0] += passed and numbered
        row[1] += numbered
        row[2] += passed
        row[3] += 1
    print("\n| Folder | ETSI-numbered | All |\n|---|---|---|")
    for folder, row in sorted(folders.items()):
        print(f"| {folder} | {row[0]} of {row[1]} | {row[2]} of {row[3]} |" if row[1] else f"| {folder} | | {row[2]} of {row[3]} |")

    if arguments.failed:
        with open(arguments.failed, "w", encoding="utf-8") as file:
            for (path, name), (passed, message) in sorted(found.items()):
                if not passed:
                    file.write(f"{name}\t{path}\t{first_line(message)}\n")


main()
