"""Measures the levels that `colligate run` shows without a model beside Leiden and HDBSCAN on the same vectors, with the number of
clusters left free, and prints a Markdown table.

    colligate run DATASETS/NAME/documents.jsonl --out RUNS/NAME      (for each set)
    python evals/topic_peers.py --datasets DATASETS --runs RUNS [--ways own leiden hdbscan umap] [--sets NAME ...]

Vectors are those of the run, as they are: the peers see what the program saw. Gold labels are the field `label` of the set's documents;
documents without content, which the run sets apart, are left out.

- own: the program's clusters: `coarse` are those at the top, where they have parts, `fine` the parts; `only` where there is one level.
- leiden: leidenalg, modularity, on the graph of 15 nearest neighbors by cosine.
- hdbscan: hdbscan, clusters of ten at least, on the vectors themselves.
- umap: as BERTopic does by default: UMAP to five dimensions (15 neighbors, distance 0, cosine), then hdbscan, clusters of ten at least;
  BERTopic calls what is in no cluster outliers. `umap, outliers placed`: each of them with its nearest cluster's mean.

Scores are in percent. A document in no cluster is wrong for ACC and purity; all of them together are one more label for the V-measure
(which is NMI with the arithmetic mean). Needs numpy, scipy and scikit-learn; leidenalg, igraph, hdbscan and umap-learn for the peers:
a peer that is not installed is left out. Everything is seeded, UMAP on one thread.
"""

import argparse
import collections
import importlib.util
import json
import pathlib
import sys

import numpy
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import v_measure_score
from sklearn.neighbors import NearestNeighbors

NEIGHBORS = 15
LEAST = 10
NEEDED = {"own": [], "leiden": ["leidenalg", "igraph"], "hdbscan": ["hdbscan"], "umap": ["hdbscan", "umap"]}


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


class Set:
    """Gold labels of the documents, and the vector of each (n x d)."""

    def __init__(self, name, datasets, runs):
        self.name, self.run = name, runs / name
        labels = {str(row["id"]): row["label"] for row in lines(datasets / name / "documents.jsonl")}
        assigned = lines(self.run / "assignments.jsonl")
        self.assigned = [row for row in assigned if row["status"] != "skipped" and row.get("reason") != "no content"]
        self.gold = numpy.unique([labels[str(row["id"])] for row in self.assigned], return_inverse=True)[1]
        self.vectors = numpy.load(self.run / "embeddings.npy").astype(numpy.float32)
        if len(self.assigned) != len(self.vectors):
            sys.exit(f"{self.run}: {len(self.vectors)} vectors for {len(self.assigned)} documents with content")


def own(data):
    """For each level that the run shows its name and the cluster of each document."""
    clusters = {row["id"]: row for row in lines(data.run / "clusters.jsonl")}
    top, deepest = [], []
    for row in data.assigned:
        held = [one["id"] for one in row["clusters"] if one["id"] in clusters]
        top.append(next((one for one in held if not clusters[one].get("parent")), None))
        deepest.append(next((one for one in held if clusters[one].get("parent")), top[-1]))
    if top == deepest:
        return [("colligate, only", numbered(top))]
    return [("colligate, coarse", numbered(top)), ("colligate, fine", numbered(deepest))]


def numbered(names):
    numbers = collections.defaultdict(lambda: len(numbers))
    return numpy.array([-1 if name is None else numbers[name] for name in names])


def leiden(data):
    import igraph
    import leidenalg

    found = NearestNeighbors(n_neighbors=NEIGHBORS + 1, metric="cosine").fit(data.vectors).kneighbors(data.vectors)[1]
    edges = {(min(row, int(near)), max(row, int(near))) for row, nears in enumerate(found) for near in nears if near != row}
    graph = igraph.Graph(n=len(found), edges=sorted(edges))
    parts = leidenalg.find_partition(graph, leidenalg.ModularityVertexPartition, seed=0)
    return [("Leiden", numpy.array(parts.membership))]


def hdbscan_of(vectors):
    import hdbscan

    return hdbscan.HDBSCAN(min_cluster_size=LEAST, metric="euclidean", cluster_selection_method="eom").fit(vectors).labels_


def on_vectors(data):
    return [("HDBSCAN", hdbscan_of(data.vectors.astype(numpy.float64)))]


def as_bertopic(data):
    import umap

    reducer = umap.UMAP(n_neighbors=NEIGHBORS, n_components=5, min_dist=0.0, metric="cosine", random_state=0, n_jobs=1)
    labels = hdbscan_of(reducer.fit_transform(data.vectors).astype(numpy.float64))
    return [("UMAP and HDBSCAN", labels), ("UMAP and HDBSCAN, outliers placed", placed(data.vectors, labels))]


def placed(vectors, labels):
    """Outliers with the cluster whose mean is nearest."""
    names = [label for label in numpy.unique(labels) if label >= 0]
    if not names:
        return labels
    means = numpy.array([vectors[labels == label].mean(axis=0) for label in names])
    means /= numpy.linalg.norm(means, axis=1, keepdims=True)
    nearest = numpy.array(names)[(vectors @ means.T).argmax(axis=1)]
    return numpy.where(labels >= 0, labels, nearest)


WAYS = {"own": own, "leiden": leiden, "hdbscan": on_vectors, "umap": as_bertopic}


def scores(gold, labels):
    """Clusters, V-measure, purity, accuracy, and the share of documents that are in no cluster."""
    inside = labels >= 0
    names, indexed = numpy.unique(labels[inside], return_inverse=True)
    table = numpy.zeros((gold.max() + 1, len(names)), dtype=int)
    numpy.add.at(table, (gold[inside], indexed), 1)
    matched = table[linear_sum_assignment(-table)].sum()
    purity = table.max(axis=0).sum() if len(names) else 0
    shares = 100 * numpy.array([v_measure_score(gold, labels), purity / len(gold), matched / len(gold), 1 - inside.mean()])
    return [len(names), *shares]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--datasets", type=pathlib.Path, required=True)
    arguments.add_argument("--runs", type=pathlib.Path, required=True)
    arguments.add_argument("--sets", nargs="+", help="default: every folder of --runs")
    arguments.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    arguments = arguments.parse_args()
    missing = {way: [one for one in NEEDED[way] if importlib.util.find_spec(one) is None] for way in arguments.ways}
    for way in [way for way in arguments.ways if missing[way]]:
        print(f"{way} is left out: not installed: {', '.join(missing[way])}", file=sys.stderr)
    print("| set | true k | way | k | V | purity | ACC | in no cluster |\n|---|---|---|---|---|---|---|---|", flush=True)
    for name in arguments.sets or sorted(folder.name for folder in arguments.runs.iterdir() if folder.is_dir()):
        data = Set(name, arguments.datasets, arguments.runs)
        for way in [way for way in arguments.ways if not missing[way]]:
            for label, labels in WAYS[way](data):
                k, *shares = scores(data.gold, labels)
                shown = " | ".join(f"{share:.1f}" for share in shares)
                print(f"| {name} | {data.gold.max() + 1} | {label} | {k} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
