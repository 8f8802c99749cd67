"""A folder with a model, sent to the Hugging Face hub.

folder + OWNER/NAME ──> repository, private unless it is to be seen ──> its address
"""

from pathlib import Path

from cft_eval.errors import CftError, MissingExtra, first_line

LEFT_OUT = ["optimizer*", "scheduler*", "rng_state*", "scaler*", "global_step*", "latest",
            "pytorch_model_fsdp*", "training_args.bin"]  # fmt: skip
"""What only resuming needs, and what names paths of this machine."""


def push(folder: Path, repository: str, *, public: bool = False) -> str:
    """Send ``folder``; an existing repository gets a commit more. Raises `CftError`."""
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
    except ImportError:
        raise MissingExtra("sending to the hub", "train") from None
    api = HfApi()
    try:
        made = api.create_repo(repository, private=not public, exist_ok=True)
        api.upload_folder(
            repo_id=made.repo_id,
            folder_path=folder,
            commit_message=f"Add {folder.name}",
            ignore_patterns=LEFT_OUT,
        )
    except OfflineModeIsEnabled:
        raise CftError("the hub is switched off: unset HF_HUB_OFFLINE") from None
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise CftError(f"{repository}: the upload to the hub failed: {first_line(error)}") from None
    return str(made)
