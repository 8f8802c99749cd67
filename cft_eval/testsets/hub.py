"""Ask the Hugging Face hub for a test set: the only module that imports `datasets`."""

from cft_eval.errors import CftError, MissingExtra
from cft_eval.testsets.benchmarks import Source
from cft_eval.testsets.rows import BadRow, Content


class NoHub(CftError):
    """The hub does not answer, and the test set is not in its cache."""

    def __init__(self, name: str, source: Source, why: str) -> None:
        super().__init__(
            f"{name}: cannot load {source.id} from the Hugging Face hub ({why}); without a "
            "network, set CFT_EVAL_DATA to a folder with the test sets, or fill the cache where "
            f"there is one: python -m cft_eval.testsets.download {name}"
        )


def contents(name: str, source: Source) -> list[Content]:
    """Every row of ``source``, read; raises `NoHub`, or `BadRow` naming the row."""
    contents: list[Content] = []
    for config in source.configs or (None,):
        for number, row in enumerate(_rows(name, source, config)):
            try:
                contents.append(source.read(row))
            except BadRow as error:
                index = f"{source.id}, {config or source.split}, row {number}"
                raise BadRow(f"{index}: {error}") from None
    return contents


def _rows(name: str, source: Source, config: str | None) -> list[dict[str, object]]:
    try:
        import datasets
    except ImportError:
        raise MissingExtra("loading from the Hugging Face hub", "eval") from None
    try:
        loaded = datasets.load_dataset(source.id, config, split=source.split)
    except (OSError, ValueError) as error:
        # ConnectionError, FileNotFoundError and the hub's own errors are OSErrors; a cache that
        # lacks the part is a ValueError.
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise NoHub(name, source, first_line[:200]) from None
    return list(loaded)
