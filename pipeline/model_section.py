"""`[model]` of `pipeline.toml`: the family, the task and the settings of the families."""

from typing import Literal

from pydantic import Field

from modules.features import TEXT_BUCKETS, Task
from pipeline.data_section import Section


class Model(Section):
    """`[model]`: what is trained."""

    family: Literal["neural", "trees", "linear", "auto"] = Field(
        "neural", description="model family; `auto` tries all of them and may combine them"
    )
    task: Task = Field("binary", description="what is predicted: `binary`, `multiclass` or `regression`")
    seed: int = Field(20, ge=0, description="seed of initial weights, shuffling and the validation part")
    epochs: int | None = Field(
        None, ge=1, description="`neural`: most passes over the training rows; early stopping ends sooner"
    )
    batch_size: int | None = Field(None, ge=1, description="`neural`: rows per training step")
    learning_rate: float | None = Field(
        None, gt=0, description="`neural`: first learning rate; `trees`: shrinkage of each tree"
    )
    rounds: int | None = Field(None, ge=1, description="`trees`: most rounds of boosting; early stopping ends sooner")
    leaves: int | None = Field(None, ge=2, description="`trees`: most leaves of a tree")
    class_weights: Literal["balanced"] | None = Field(
        None, description="`balanced`: rare classes weigh as much as frequent ones"
    )
    time_limit: float | None = Field(
        None, ge=1, allow_inf_nan=False, description="`auto`: seconds from the start of fitting to the saved model"
    )
    vocabulary_size: int = Field(10_000, ge=1, description="most values kept of a categorical column")
    text_buckets: int = Field(TEXT_BUCKETS, ge=2, le=8_192, description="numbers that a column of text becomes")
    warm_start: bool = Field(False, description="start from the weights of the last blessed model")
