"""Measures colligate's parts beside what people use, on the same files, and prints Markdown tables.

    python evals/speed_peers.py --rows 37000 -k 100 1000
    python evals/speed_peers.py --rows 100000 -k 5000 --same-steps
    python evals/speed_peers.py --rows 37000 --neighbors
    python evals/speed_peers.py --select
    python evals/speed_peers.py --embed documents.jsonl
    python evals/speed_peers.py --topics --rows 1000 10000
    python evals/speed_peers.py --growth kmeans.svg --rows 10000 30000 100000 -k 10 100 1000
    python evals/speed_peers.py --growth runs.svg --topics --rows 1000 10000 100000

Needs numpy and scikit-learn; takes faiss-cpu, pulp, onnxruntime and bertopic into account where they are installed. Fetches
nothing. Every contestant runs alone, in a process of its own, over all cores; its seconds are those of clustering or solving, without
reading the file, its peak memory that of the process. Vectors and verdicts are generated from a seed, or read from --vectors.
"""

import argparse
import importlib.util
import json
import math
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "models/all-MiniLM-L6-v2-w8"
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


def onnxruntime_sorted(options):
    """The built-in model on ONNX Runtime: batches of eight texts, in order of length."""
    return embed_by_onnxruntime(options, batch=8, is_sorted=True)


def onnxruntime_plain(options):
    """The same in batches of 256 texts as they come, as fastembed has them unless told otherwise."""
    return embed_by_onnxruntime(options, batch=256, is_sorted=False)


def embed_by_onnxruntime(options, batch, is_sorted):
    import numpy
    import onnxruntime
    from tokenizers import Tokenizer

    plain, padding = (Tokenizer.from_file(str(MODEL / "tokenizer.json")) for _ in range(2))
    for tokenizer in (plain, padding):
        tokenizer.enable_truncation(256)
    plain.no_padding()
    padding.enable_padding()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(MODEL / "model.onnx", settings, providers=["CPUExecutionProvider"])
    inputs = [given.name for given in session.get_inputs()]
    texts = list(dict.fromkeys(json.loads(line)["text"] for line in open(options.documents)))

    def lengths():
        return [len(encoding.ids) for encoding in plain.encode_batch(texts)]

    def embed():
        order = numpy.argsort(lengths(), kind="stable") if is_sorted else range(len(texts))
        for start in range(0, len(order), batch):
            encodings = padding.encode_batch([texts[index] for index in order[start : start + batch]])
            columns = {
                "input_ids": [encoding.ids for encoding in encodings],
                "attention_mask": [encoding.attention_mask for encoding in encodings],
                "token_type_ids": [encoding.type_ids for encoding in encodings],
            }
            states = session.run(None, {name: numpy.array(columns[name], dtype=numpy.int64) for name in inputs})[0]
            mask = numpy.array(columns["attention_mask"], dtype=numpy.float32)[:, :, None]
            means = (states * mask).sum(axis=1) / mask.sum(axis=1)
            means /= numpy.linalg.norm(means, axis=1, keepdims=True)

    _, usage = measured(embed)
    return {"tokens": sum(lengths()), "texts": len(texts), **usage}


def bertopic(options):
    """BERTopic's own defaults, with vectors given: UMAP, HDBSCAN, words by class."""
    import numpy
    from bertopic import BERTopic

    texts = [json.loads(line)["text"] for line in open(options.documents)]
    vectors = numpy.load(options.vectors)
    model = BERTopic(embedding_model=None)
    _, usage = measured(lambda: model.fit(texts, embeddings=vectors))
    return {"clusters": len(model.get_topic_info()), **usage}


PEERS = {"scikit-learn": scikit_learn, "faiss-cpu": faiss_cpu, "faiss-hnsw": faiss_hnsw, "pulp-cbc": pulp_cbc}
PEERS |= {"onnxruntime-sorted": onnxruntime_sorted, "onnxruntime-plain": onnxruntime_plain, "bertopic": bertopic}
MODULES = {"scikit-learn": "sklearn", "faiss-cpu": "faiss", "faiss-hnsw": "faiss", "pulp-cbc": "pulp"}
MODULES |= {"onnxruntime-sorted": "onnxruntime", "onnxruntime-plain": "onnxruntime", "bertopic": "bertopic"}


def is_installed(peer):
    return importlib.util.find_spec(MODULES[peer]) is not None


def printed(command, threads=None):
    """The JSON object that a command prints."""
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)} if threads else None
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=True, env=environment)
    return json.loads(done.stdout)


def ask(peer, *arguments):
    return printed([sys.executable, __file__, "--peer", peer, *arguments])


def evals(options, *arguments, threads=None):
    return printed([options.evals, *arguments], threads)


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
        if not options.same_steps:
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
        save_mixture(vectors, options.rows[0], options)
    return vectors, numpy.load(vectors, mmap_mode="r").shape


def neighbors_table(options, folder):
    vectors, (n, d) = vectors_of(options, folder)
    runs = [("cells", evals(options, "neighbors", "--vectors", vectors))]
    runs.append(("exact", evals(options, "neighbors", "--vectors", vectors, "--index", "exact")))
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
        documents = verdicts(options.rows[0], candidates, options.seed)
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
    return f"selection, n = {options.rows[0]}, limit {LIMIT} s for CBC:\n\n" + table(head, rows)


def embed_table(options, folder):
    rows = []
    for threads in (1, 2):
        common = ("embed", "--documents", options.documents)
        own = evals(options, *common, "--embedder", "builtin", threads=threads)
        int8 = evals(options, *common, "--embedder", "builtin-int8", threads=threads)
        runs = [("colligate", own), ("colligate, activations in int8", int8)]
        for peer in filter(is_installed, ("onnxruntime-sorted", "onnxruntime-plain")):
            runs.append((peer, ask(peer, "--documents", options.documents, "--threads", threads)))
        tokens = runs[-1][1].get("tokens", 0)
        for name, run in runs:
            seconds, cpu = (beside(run[kind], own[kind]) for kind in ("seconds", "cpu_seconds"))
            each = f"{1000 * run['cpu_seconds'] / tokens:.3f}" if tokens else "–"
            rows.append([str(threads), name, seconds, cpu, each, f"{run['peak_bytes'] / 2**20:.0f}"])
    head = ["threads", "program", "wall s (ratio)", "CPU s (ratio)", "CPU ms a token", "peak MiB"]
    return f"{own['texts']} texts, {tokens / own['texts']:.0f} tokens each on average:\n\n" + table(head, rows)


def whole_run(options, folder, count):
    """A run on generated documents, which are kept with their vectors in a folder of their own."""
    made = folder / f"packages-{count}"
    common = ("speed", "--documents", count, "--embedded", 0, "--seed", options.seed)
    subprocess.run([str(part) for part in (options.evals, *common, "--set", made)], check=True)
    return made, evals(options, *common, "--one", made / "documents.jsonl")


def topics_table(options, folder):
    rows = []
    for count in options.rows:
        made, run = whole_run(options, folder, count)
        # What comes before the vectors is not compared.
        seconds = sum(seconds for stage, seconds in run["stages"] if stage not in ("read", "embed"))
        own = {"clusters": run["clusters"], "seconds": seconds, "peak_bytes": run["peak_bytes"]}
        runs = [("colligate", own)]
        if is_installed("bertopic"):
            given = ("--documents", made / "documents.jsonl", "--vectors", made / "vectors.npy")
            runs.append(("bertopic", ask("bertopic", *given)))
        for name, run in runs:
            seconds = beside(run["seconds"], own["seconds"])
            peak = beside(run["peak_bytes"] / 2**20, own["peak_bytes"] / 2**20)
            rows.append([str(count), name, str(run["clusters"]), seconds, peak])
    head = ["documents", "program", "clusters", "wall s (ratio)", "peak MiB (ratio)"]
    return "clustering and labels on given vectors, d = 384:\n\n" + table(head, rows)


def growth_table(options, folder):
    """How colligate's own time grows, drawn as a plot: of k-means with n and k, or with --topics of whole runs with n."""
    lines = []
    for k in [0] if options.topics else options.k:
        line = []
        for count in sorted(options.rows):
            if options.topics:
                _, run = whole_run(options, folder, count)
            else:
                vectors = folder / f"vectors-{count}.npy"
                if not vectors.exists():
                    save_mixture(vectors, count, options)
                run = evals(options, "kmeans", "--vectors", vectors, "-k", k, "--seed", options.seed)
            line.append((count, run["cpu_seconds"]))
        lines.append(("whole runs" if options.topics else f"k = {k}", line))
    options.growth.write_text(plot("documents", "CPU s", lines))
    rows = [[name, *(f"{seconds:.1f}" for _, seconds in line)] for name, line in lines]
    return "CPU seconds by documents:\n\n" + table(["", *(f"{count:,}" for count in sorted(options.rows))], rows)


def save_mixture(file, count, options):
    import numpy

    numpy.save(file, mixture(count, options.dimensions, options.seed))


def plot(across, up, lines):
    """An SVG of lines over two logarithmic axes, with one that grows in proportion beside each."""
    points = [point for _, line in lines for point in line]
    left, right = (math.log10(pick(x for x, _ in points)) for pick in (min, max))
    low, high = math.floor(math.log10(min(y for _, y in points))), math.ceil(math.log10(max(y for _, y in points)))

    def place(x, y):
        return 70 + 480 * (math.log10(x) - left) / (right - left), 330 - 300 * (math.log10(y) - low) / (high - low)

    def path(line, style):
        return f'<polyline fill="none" {style} points="{" ".join("%.1f,%.1f" % place(*point) for point in line)}"/>'

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 380" font-family="sans-serif" font-size="12">']
    parts.append('<rect width="680" height="380" fill="white"/>')
    for power in range(low, high + 1):
        (start, y), (end, _) = place(10**left, 10**power), place(10**right, 10**power)
        parts.append(f'<line x1="{start}" x2="{end}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="62" y="{y + 4}" text-anchor="end">{10**power:g}</text>')
    for x in sorted({x for x, _ in points}):
        parts.append(f'<text x="{place(x, 10**low)[0]}" y="350" text-anchor="middle">{x:,}</text>')
    parts.append(f'<text x="310" y="372" text-anchor="middle">{across}</text><text x="8" y="20">{up}</text>')
    for (name, line), color in zip(lines, ("#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#b8860b")):
        (first, seconds), (last, end) = line[0], line[-1]
        proportional = [(first, seconds), (last, min(seconds * last / first, 10**high))]
        parts.append(path(proportional, f'stroke="{color}" stroke-dasharray="3 4" opacity="0.6"'))
        parts.append(path(line, f'stroke="{color}" stroke-width="2"'))
        x, y = place(last, end)
        parts.append(f'<text x="{x + 8}" y="{y + 4}" fill="{color}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000], help="documents; several with --topics and --growth")
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("-k", type=int, nargs="+", default=[100])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--vectors", type=pathlib.Path, help="an .npy file to cluster instead of a generated one")
    parser.add_argument("--select", action="store_true", help="measure selection instead of k-means")
    parser.add_argument("--embed", dest="documents", type=pathlib.Path, metavar="FILE", help="measure embedding its texts")
    parser.add_argument("--topics", action="store_true", help="measure whole runs without a model beside BERTopic")
    parser.add_argument("--growth", type=pathlib.Path, metavar="FILE.svg", help="draw how colligate's own time grows")
    parser.add_argument("--neighbors", action="store_true", help="measure the search for neighbors instead of k-means")
    parser.add_argument("--same-steps", action="store_true", help="give others only as many steps as colligate took")
    parser.add_argument("--evals", type=pathlib.Path, help="the built example; it is built where this is not given")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--matrix", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--documents", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
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
    makers = (
        (options.growth, growth_table),
        (options.select, select_table),
        (options.neighbors, neighbors_table),
        (options.documents, embed_table),
        (options.topics, topics_table),
        (True, kmeans_table),
    )
    make = next(make for is_wanted, make in makers if is_wanted)
    with tempfile.TemporaryDirectory() as folder:
        print(make(options, pathlib.Path(folder)))


if __name__ == "__main__":
    main()
