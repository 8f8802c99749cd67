"""The public address of the checking process: ``python -m cft_eval.checker.worker``."""

from cft_eval.checker.run.worker import main

if __name__ == "__main__":
    main()
