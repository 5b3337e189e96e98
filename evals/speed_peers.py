"""Measures k-means, neighbors and selection beside what people use, on the same files, and prints Markdown tables.

    python evals/speed_peers.py --rows 37000 -k 100 1000
    python evals/speed_peers.py --rows 37000 --neighbors
    python evals/speed_peers.py --select

Needs numpy and scikit-learn; takes faiss-cpu and pulp into account where they are installed. Fetches nothing. Every
contestant runs alone, in a process of its own, over all cores; its seconds are those of clustering or solving, without
reading the file, its peak memory that of the process. Vectors and verdicts are generated from a seed, or read from --vectors.
"""

import argparse
import importlib.util
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 60  # seconds that a solver of integer programs may take


def mixture(rows, dimensions, seed):
    """Unit vectors (rows x dimensions, float32) around means that are themselves scattered around fewer ones, groups of
    unequal size: like embeddings of short texts, they overlap, and have no right number of clusters."""
    import numpy

    random = numpy.random.default_rng(seed)
    coarse = random.standard_normal((40, dimensions))
    fine = 0.8 * coarse[random.integers(40, size=1500)] + 0.8 * random.standard_normal((1500, dimensions))
    shares = random.pareto(1.5, 1500) + 0.1
    vectors = fine[random.choice(1500, size=rows, p=shares / shares.sum())].astype(numpy.float32)
    for start in range(0, rows, 10_000):
        part = vectors[start : start + 10_000]
        # Noise in which some directions count more, as in embeddings.
        noise = random.standard_normal(part.shape, dtype=numpy.float32)
        part += 1.6 * noise * numpy.exp(-numpy.arange(dimensions, dtype=numpy.float32) / dimensions)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def verdicts(rows, candidates, seed):
    """For each of n documents the candidates that hold for it: those of its topic mostly, and others by mistake."""
    import numpy

    random = numpy.random.default_rng(seed)
    topics = random.integers(max(2, candidates // 2), size=candidates)
    hits = random.uniform(0.5, 0.95, candidates)
    slips = random.uniform(0.0, 0.06, candidates)
    of_document = random.choice(max(2, candidates // 2), size=rows)
    holds = random.random((rows, candidates)) < numpy.where(topics == of_document[:, None], hits, slips)
    return [numpy.flatnonzero(row).tolist() for row in holds]


# Contestants, each in a process of its own.


def measured(work):
    """Wall and CPU seconds of some work, and this process's peak memory after it."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return result, {"seconds": wall, "cpu_seconds": cpu, "peak_bytes": peak}


def scikit_learn(options):
    import numpy
    from sklearn.cluster import KMeans

    vectors = numpy.load(options.vectors)
    steps = {"max_iter": options.steps} if options.steps else {}
    model = KMeans(options.k[0], n_init=1, random_state=options.seed, **steps)
    _, usage = measured(lambda: model.fit(vectors))
    return {"inertia": float(model.inertia_), "iterations": int(model.n_iter_), **usage}


def faiss_cpu(options):
    import faiss
    import numpy

    vectors = numpy.load(options.vectors)
    steps = {"niter": options.steps} if options.steps else {}
    model = faiss.Kmeans(
        vectors.shape[1], options.k[0], seed=options.seed, max_points_per_centroid=len(vectors), **steps
    )
    _, usage = measured(lambda: model.train(vectors))
    _, labels = model.index.search(vectors, 1)
    return {"inertia": inertia(vectors, labels[:, 0]), "iterations": len(model.obj), **usage}


def inertia(vectors, labels):
    """Sum of squared distances to the members' means."""
    import numpy

    total = 0.0
    for label in numpy.unique(labels):
        members = vectors[labels == label].astype(numpy.float64)
        total += float(((members - members.mean(axis=0)) ** 2).sum())
    return total


def faiss_hnsw(options):
    """HNSW by serial insertion, which alone gives the same graph each time: 16 links, 200 rows looked at while building and 64
    while searching."""
    import faiss
    import numpy

    faiss.omp_set_num_threads(1)
    vectors = numpy.load(options.vectors)
    index = faiss.IndexHNSWFlat(vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 200
    _, build = measured(lambda: index.add(vectors))
    index.hnsw.efSearch = 64
    (_, found), usage = measured(lambda: index.search(vectors, 11))
    return {**neighborhood_quality(vectors, found), "build_cpu_seconds": build["cpu_seconds"], **usage}


def neighborhood_quality(vectors, found):
    """Recall of the ten nearest others, on about a thousand rows at equal distances."""
    import faiss
    import numpy

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    rows = numpy.arange(0, len(vectors), -(-len(vectors) // 1000))
    _, nearest = index.search(vectors[rows], 11)
    hits = [len(ten_others(row, near) & ten_others(row, found[row])) for row, near in zip(rows, nearest)]
    return {"recall": sum(hits) / (10 * len(rows))}


def ten_others(row, found):
    return set([other for other in found if other != row][:10])


def pulp_cbc(options):
    """GoalEx's program as its paper has it: selection, counts and costs are variables, one row of each a document."""
    import pulp

    rows = [json.loads(line) for line in open(options.matrix)]
    program = pulp.LpProblem("cover", pulp.LpMinimize)
    count = 1 + max(max(row, default=0) for row in rows)
    chosen = [pulp.LpVariable(f"s{index}", cat="Binary") for index in range(count)]
    costs = [pulp.LpVariable(f"z{index}", lowBound=0) for index in range(len(rows))]
    program += pulp.lpSum(costs)
    program += pulp.lpSum(chosen) == options.k[0]
    for cost, row in zip(costs, rows):
        clusters = pulp.lpSum(chosen[index] for index in row)
        program += cost >= 0.5 * (clusters - 1)
        program += cost >= 1 - clusters
    solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=LIMIT, threads=2)
    _, usage = measured(lambda: program.solve(solver))
    selected = [index for index, variable in enumerate(chosen) if (variable.value() or 0) > 0.5]
    # CBC is a process of its own: its CPU time is not in ours.
    is_optimal = program.sol_status == pulp.LpSolutionOptimal and usage["seconds"] < LIMIT
    return {"objective": objective(rows, selected), "status": "optimal" if is_optimal else "feasible", **usage}


def objective(rows, selected):
    selected = set(selected)
    counts = [len(selected.intersection(row)) for row in rows]
    return sum(1.0 if count == 0 else 0.5 * (count - 1) for count in counts)


PEERS = {"scikit-learn": scikit_learn, "faiss-cpu": faiss_cpu, "faiss-hnsw": faiss_hnsw, "pulp-cbc": pulp_cbc}
MODULES = {"scikit-learn": "sklearn", "faiss-cpu": "faiss", "faiss-hnsw": "faiss", "pulp-cbc": "pulp"}


def is_installed(peer):
    return importlib.util.find_spec(MODULES[peer]) is not None


def printed(command):
    """The JSON object that a command prints."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def ask(peer, *arguments):
    return printed([sys.executable, __file__, "--peer", peer, *arguments])


def evals(options, *arguments):
    return printed([options.evals, *arguments])


# Tables.


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def beside(value, own):
    """A measurement with its ratio to colligate's, which may be too short to measure."""
    return f"{value:.2f} ({value / own:.1f}×)" if own else f"{value:.2f}"


def kmeans_rows(options, vectors, k):
    """One row a contestant; ratios are to colligate's own."""
    common = ("--vectors", vectors, "-k", k, "--seed", options.seed)
    own = evals(options, "kmeans", *common)
    runs = [("colligate", own), ("colligate --exact", evals(options, "kmeans", *common, "--exact"))]
    for peer in filter(is_installed, ("scikit-learn", "faiss-cpu")):
        runs.append((peer, ask(peer, *common)))
        runs.append((f"{peer}, {own['iterations']} steps", ask(peer, *common, "--steps", own["iterations"])))
    return [
        [
            str(k),
            name,
            str(run["iterations"]),
            beside(run["seconds"], own["seconds"]),
            beside(run["cpu_seconds"], own["cpu_seconds"]),
            f"{run['peak_bytes'] / 2**20:.0f}",
            f"{run['inertia']:.1f} ({run['inertia'] / own['inertia']:.4f})",
        ]
        for name, run in runs
    ]


def vectors_of(options, folder):
    """The file of vectors, generated where none is given, and its shape."""
    import numpy

    vectors = options.vectors
    if vectors is None:
        vectors = folder / "vectors.npy"
        numpy.save(vectors, mixture(options.rows, options.dimensions, options.seed))
    return vectors, numpy.load(vectors, mmap_mode="r").shape


def neighbors_table(options, folder):
    vectors, (n, d) = vectors_of(options, folder)
    runs = [("cells", evals(options, "neighbors", "--vectors", vectors))]
    runs.append(("exact", evals(options, "neighbors", "--vectors", vectors, "--exact")))
    if is_installed("faiss-hnsw"):
        runs.append(("faiss HNSW", ask("faiss-hnsw", "--vectors", vectors)))
    rows = [
        [
            name,
            f"{run['build_cpu_seconds']:.1f}",
            f"{run['cpu_seconds']:.1f}",
            f"{run['recall']:.3f}",
            f"{run['peak_bytes'] / 2**20:.0f}",
        ]
        for name, run in runs
    ]
    head = ["index", "build CPU s", "search CPU s", "recall@10", "peak MiB"]
    return f"the ten nearest others of every row, n = {n}, d = {d}:\n\n" + table(head, rows)


def kmeans_table(options, folder):
    vectors, (n, d) = vectors_of(options, folder)
    head = ["k", "program", "steps", "wall s (ratio)", "CPU s (ratio)", "peak MiB", "inertia (ratio)"]
    rows = [row for k in options.k for row in kmeans_rows(options, vectors, k)]
    return f"k-means, n = {n}, d = {d}, one start:\n\n" + table(head, rows)


def select_table(options, folder):
    rows = []
    for candidates, k in ((30, 10), (50, 15), (150, 30)):
        matrix = folder / f"matrix-{candidates}.jsonl"
        documents = verdicts(options.rows, candidates, options.seed)
        matrix.write_text("".join(json.dumps(document) + "\n" for document in documents))
        runs = [("colligate", evals(options, "select", "--matrix", matrix, "-k", k))]
        if is_installed("pulp-cbc"):
            runs.append(("pulp with CBC", ask("pulp-cbc", "--matrix", matrix, "-k", k)))
        for name, run in runs:
            bound = run.get("bound")
            seconds = beside(run["seconds"], runs[0][1]["seconds"])
            shown = "–" if bound is None else f"{bound:.1f}"
            rows.append([str(candidates), str(k), name, seconds, f"{run['objective']:.1f}", shown, run["status"]])
    head = ["candidates", "K", "program", "wall s (ratio)", "objective", "bound", "status"]
    return f"selection, n = {options.rows}, limit {LIMIT} s for CBC:\n\n" + table(head, rows)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("-k", type=int, nargs="+", default=[100])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--vectors", type=pathlib.Path, help="an .npy file to cluster instead of a generated one")
    parser.add_argument("--select", action="store_true", help="measure selection instead of k-means")
    parser.add_argument("--neighbors", action="store_true", help="measure the search for neighbors instead of k-means")
    parser.add_argument("--evals", type=pathlib.Path, help="the built example; it is built where this is not given")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--matrix", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse()
    if options.peer:
        print(json.dumps(PEERS[options.peer](options)))
        return
    if options.evals is None:
        subprocess.run(["cargo", "build", "--release", "--locked", "--example", "evals"], cwd=ROOT, check=True)
        options.evals = ROOT / "target/release/examples/evals"
    with tempfile.TemporaryDirectory() as folder:
        make = select_table if options.select else neighbors_table if options.neighbors else kmeans_table
        print(make(options, pathlib.Path(folder)))


if __name__ == "__main__":
    main()
