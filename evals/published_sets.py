"""Builds the published sets that QUALITY.md and STABILITY.md measure on, of which no text is shipped.

    python evals/published_sets.py DIR [--sources FOLDER] [--sets agnews dbpedia]

Clones three public repositories at the commits that the cards in evals/sets/ name (or takes clones that lie in FOLDER already, each
under its repository's name), and writes a folder a set with `documents.jsonl` (id, text, label) and the set's card. What is built is
compared with the card's sha256 of all texts and labels; another one ends the script with 1. The licences of the texts are their
sources' own and stand in the cards. Needs Python and git.
"""

import argparse
import csv
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile

CARDS = pathlib.Path(__file__).resolve().parent / "sets"


class Source:
    """The files of a repository at one commit."""

    def __init__(self, repository, commit, folder):
        self.clone, self.commit = folder / repository.split("/")[-1], commit
        if not self.clone.exists():
            address = f"https://github.com/{repository}"
            subprocess.run(["git", "clone", "--quiet", "--no-checkout", address, str(self.clone)], check=True)

    def lines(self, path):
        return [decoded(line) for line in self.bytes(path).split(b"\n")]

    def text(self, path):
        return self.bytes(path).decode("utf-8")

    def bytes(self, path):
        shown = ["git", "-C", str(self.clone), "show", f"{self.commit}:{path}"]
        return subprocess.run(shown, check=True, stdout=subprocess.PIPE).stdout


def decoded(line):
    """A few titles of one source are in Windows-1252 among others in UTF-8."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def goalex(source, card):
    """Texts, and the number of each one's class."""
    folder = card["path"]
    texts = json.loads(source.text(f"{folder}/data.json"))["texts"]
    numbers = json.loads(source.text(f"{folder}/labels.json"))["labels"]
    return [(text, card["classes"][number]) for text, number in zip(texts, numbers)]


def stackoverflow(source, card):
    """The titles whose line numbers, from 0, the card lists: 250 of each tag."""
    titles = source.lines(f"{card['path']}/title_StackOverflow.txt")
    numbers = source.text(f"{card['path']}/label_StackOverflow.txt").split()
    lines = (CARDS / "stackoverflow.lines").read_text("ascii").split()
    return [(titles[int(line)], card["classes"][int(numbers[int(line)]) - 1]) for line in lines]


def banking77(source, card):
    """The test split."""
    rows = csv.DictReader(io.StringIO(source.text(card["path"])))
    return [(row["text"], row["category"]) for row in rows]


def documents(card, source):
    """One row for each distinct text, blanks made one."""
    read = {"banking77": banking77, "stackoverflow": stackoverflow}.get(card["name"], goalex)
    labels = {}
    for text, label in read(source, card):
        labels.setdefault(re.sub(r"[ \t\xa0]+", " ", text).strip(), label)
    name = card["name"]
    return [
        {"id": f"{name}-{number:05}", "text": text, "label": label}
        for number, (text, label) in enumerate(labels.items(), start=1)
    ]


def checksum(rows):
    """Of texts and labels, whatever their order."""
    lines = sorted(json.dumps([row["text"], row["label"]], ensure_ascii=False) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def build(card, sources, folder):
    """Writes a set, and says whether it is the one that was measured."""
    source = Source(card["repository"], card["commit"], sources)
    rows = documents(card, source)
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "documents.jsonl").write_text(lines, encoding="utf-8")
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    same = checksum(rows) == card["sha256"]
    print(f"{folder}: {len(rows)} documents, {'as measured' if same else 'NOT the set that was measured'}")
    return same


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--sources", type=pathlib.Path, help="a folder with clones; without it a temporary one")
    arguments.add_argument("--sets", nargs="*", help="names of sets; without it all")
    chosen = arguments.parse_args()
    cards = [json.loads(path.read_text("utf-8")) for path in sorted(CARDS.glob("*.json"))]
    wanted = [card for card in cards if not chosen.sets or card["name"] in chosen.sets]
    with tempfile.TemporaryDirectory() as temporary:
        sources = chosen.sources or pathlib.Path(temporary)
        built = [build(card, sources, chosen.folder / card["name"]) for card in wanted]
    return 0 if all(built) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as problem:
        sys.exit(f"{' '.join(problem.cmd)} failed: is there a network, or a clone in --sources?")
