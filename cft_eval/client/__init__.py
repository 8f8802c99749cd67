"""Talk to a board: publish runs, send checkpoints, ask for evaluations, take them.

    with Client("http://127.0.0.1:8000") as board:
        page = board.publish(folder, progress=print)

Everything is one request after another; what was cut off goes on where it stopped.
"""

from cft_eval.client.http import LOCAL, Conflict, NotFound, ServerError
from cft_eval.client.runs import REVIEW, Progress, Runs, RunWithdrawn, Upload, UploadRejected
from cft_eval.client.work import ClaimedEvaluation, Job, WorkClient


class Client(Runs, WorkClient):
    """One board; where none is named, ``CFT_EVAL_SERVER`` and ``CFT_EVAL_TOKEN``, or `LOCAL`."""


__all__ = [
    "LOCAL",
    "REVIEW",
    "ClaimedEvaluation",
    "Client",
    "Conflict",
    "Job",
    "NotFound",
    "Progress",
    "RunWithdrawn",
    "ServerError",
    "Upload",
    "UploadRejected",
]
