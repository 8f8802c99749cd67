"""Run a command that does not outlive whoever started it, however that one ended.

    worker ── a pipe ──> leash ──> command

A worker that is killed cannot end what it started, and an evaluation that nobody waits for holds
the GPUs that the next one needs. The pipe closes with the worker: then this whole process group
ends. Run as a file, without packages: it takes no memory to speak of.
"""

import os
import signal
import subprocess
import sys
import threading
import time

GRACE_SECONDS = 10
"""What is left to the command to end by itself before it is killed."""


def lead(command: list[str]) -> int:
    """Run ``command`` until it ends, or until standard input does; its exit status."""
    # Who ends the group means the command; a handler, since what is ignored is inherited.
    signal.signal(signal.SIGTERM, lambda *_: None)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=_wait_for_the_end, daemon=True).start()
    status = process.wait()
    return 128 - status if status < 0 else status


def _wait_for_the_end() -> None:
    """End the group once nobody holds the other end of standard input."""
    while os.read(0, 1 << 16):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(lead(sys.argv[1:]))
