"""Makes labelled sets for evals that take `--datasets`: the two corpora of this repository with their gold labels, and three from the
package lists of a Debian machine, of which no text is shipped.

    apt-get update && python evals/own_sets.py DIR

Writes a folder a set, with `documents.jsonl` (id, text, label) and `card.json` (goal, a description of each class, the sha256 of the
documents, the release that the lists are of):

- support-tickets (by cause) and survey-answers (by theme), from corpora/;
- debian_sections: sixteen sections of the archive, 190 packages each at most;
- debian_languages: twelve sections that hold the libraries of one programming language each, 150 packages each at most;
- debian_fields: the field of knowledge by the package's tags, for packages with one such tag and fields with 30 or more of them.

The texts of the last three are the packages' one-line descriptions.

Which classes are in a set was decided before anything was clustered. The lists change with every release and update, so that sets
made elsewhere are of the same kind, not the same bytes. Needs Python alone.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import random
import re
import subprocess

SECTIONS = (
    "games science python fonts sound web mail net editors graphics admin perl doc kde database javascript".split()
)
LANGUAGES = "python perl haskell rust golang javascript java ruby gnu-r php ocaml lisp".split()
LEAST_IN_FIELD = 30
CORPORA = pathlib.Path(__file__).resolve().parent.parent / "corpora"


def packages():
    """Name, one-line description, section and fields of every package that apt knows."""
    listed = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, errors="replace", check=True)
    for block in listed.stdout.split("\n\n"):
        values = dict(re.findall(r"^([\w-]+): (.*)$", block, re.M))
        text = values.get("Description-en") or values.get("Description")
        if text and "Package" in values:
            fields = set(re.findall(r"\bfield::([a-z-]+)", block))
            yield values["Package"], text.strip(), values.get("Section", "").split("/")[-1], fields


def labelled(found, label, most):
    """Rows of a set: one for each distinct text that has a label, `most` of one label at most."""
    counts, seen, rows = collections.Counter(), set(), []
    for package in found:
        name, text = package[:2]
        own = label(package)
        if own and text not in seen and counts[own] < most:
            seen.add(text)
            counts[own] += 1
            rows.append({"id": name, "text": text, "label": own})
    return rows


def of_section(wanted):
    return lambda package: package[2] if package[2] in wanted else None


def of_field(package):
    fields = package[3] - {"TODO"}
    return next(iter(fields)) if len(fields) == 1 else None


def frequent(rows):
    counts = collections.Counter(row["label"] for row in rows)
    return [row for row in rows if counts[row["label"]] >= LEAST_IN_FIELD]


def of_corpus(name, field):
    """The documents of one of this repository's corpora, with one of its gold labels."""
    read = lambda file: [json.loads(line) for line in (CORPORA / name / file).read_text("utf-8").splitlines() if line]
    labels = {row["id"]: row[field] for row in read("labels.jsonl")}
    return [{"id": row["id"], "text": row["text"], "label": labels[row["id"]]} for row in read("documents.jsonl")]


def write(folder, rows, goal, described, source):
    folder.mkdir(parents=True, exist_ok=True)
    documents = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "documents.jsonl").write_text(documents, encoding="utf-8")
    labels = sorted({row["label"] for row in rows})
    card = {
        "name": folder.name,
        "goal": goal,
        "n": len(rows),
        "k": len(labels),
        "descriptions": {label: described.format(label) for label in labels},
        "source": source,
        "sha256": hashlib.sha256(documents.encode()).hexdigest(),
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{folder}: {len(rows)} documents, {len(labels)} classes, sha256 {card['sha256']}")


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=pathlib.Path)
    folder = arguments.parse_args().folder
    for name, field in (("support-tickets", "cause"), ("survey-answers", "theme")):
        goal = f"Group these texts by {field}."
        write(folder / name, of_corpus(name, field), goal, "is of the " + field + " {}", f"corpora/{name}")
    found = sorted(set((name, text, section, frozenset(fields)) for name, text, section, fields in packages()), key=lambda one: one[:3])
    random.Random(5).shuffle(found)
    release = "an unknown release"
    release_file = pathlib.Path("/etc/os-release")
    if release_file.exists():
        release = dict(re.findall(r'^(\w+)="?(.*?)"?$', release_file.read_text(), re.M)).get("PRETTY_NAME", release)
    source = f"descriptions of the packages of {release}"
    write(
        folder / "debian_sections",
        labelled(found, of_section(SECTIONS), 190),
        "Group these packages by what they are for.",
        "is a package of the section {}",
        source,
    )
    write(
        folder / "debian_languages",
        labelled(found, of_section(LANGUAGES), 150),
        "Group these packages by the programming language that they are for.",
        "is a package for the programming language {}",
        source,
    )
    write(
        folder / "debian_fields",
        frequent(labelled(found, of_field, 10_000)),
        "Group these packages by the field of knowledge that they serve.",
        "serves the field of {}",
        source,
    )


if __name__ == "__main__":
    main()
