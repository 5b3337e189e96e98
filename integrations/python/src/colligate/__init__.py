"""Documents and a goal in, explained clusters out.

>>> import colligate
>>> result = colligate.cluster(frame, goal="why are these customers upset?", text="message")
>>> result.frame          # the caller's own frame, with a cluster beside each row
>>> result.clusters       # what the clusters are, with evidence
>>> result.report         # shows itself in a notebook

Everything is done by the program ``colligate``, which the wheel holds; this package writes the texts to a file, starts
the program and reads the run directory that it leaves.
"""

from ._assign import assign, search
from ._batches import assign_batches
from ._cluster import cluster
from ._errors import ColligateError, EmbedderError, Interrupted, NotEnough, Partial, ServerError, UsageError
from ._estimator import Colligate
from ._program import version
from ._result import Report, Result

__all__ = [
    "Colligate",
    "ColligateError",
    "EmbedderError",
    "Interrupted",
    "NotEnough",
    "Partial",
    "Report",
    "Result",
    "ServerError",
    "UsageError",
    "assign",
    "assign_batches",
    "cluster",
    "search",
    "version",
]
