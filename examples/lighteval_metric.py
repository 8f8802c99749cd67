"""Our checker as a metric of lighteval (https://github.com/huggingface/lighteval).

from lighteval_metric import cft_metric  # in a custom task: metrics=[cft_metric]
"""

import numpy as np
from lighteval.metrics.metrics_sample import SampleLevelComputation
from lighteval.metrics.utils.metric_utils import SampleLevelMetric
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc, SamplingMethod

from cft_eval import check


class CftAccuracy(SampleLevelComputation):
    """1.0 where the first response gives one of the document's right answers."""

    def compute(self, doc: Doc, model_response: ModelResponse, **_: object) -> float:
        response = model_response.final_text[0]
        return float(any(check(response, gold).correct for gold in doc.get_golds()))


cft_metric = SampleLevelMetric(
    metric_name="cft_accuracy",
    higher_is_better=True,
    category=SamplingMethod.GENERATIVE,
    sample_level_fn=CftAccuracy(),
    corpus_level_fn=np.mean,
)
