"""The commands of the documentation that no test here runs: why not, and which test does the same.

Everything that is not in this table is run, so a new command in a page fails the tests until it
either runs or has a row.
"""

import re
from typing import NamedTuple

from tests.docs.commands import Command


class Elsewhere(NamedTuple):
    pattern: str
    """Searched in the command's line."""

    why: str
    test: str
    """``file`` or ``file::test`` that runs the same, or as much of it as can run here."""


CLUSTER = "needs a Ray cluster"
GPU = "needs a GPU and vLLM"
READ = "tests/docs/test_commands.py::"
"""Where a command is at least read by the program that it is for."""

ELSEWHERE = (
    Elsewhere(r"run --model vllm", GPU, "tests/harness/test_vllm.py"),
    Elsewhere(r"train watch .*--model vllm", GPU,
              "tests/reproduce/test_watch.py::test_checkpoints_that_appear_are_evaluated_once_until_the_last"),
    Elsewhere(r"^vllm serve", GPU, "tests/harness/test_vllm.py::test_a_server_says_the_same"),
    Elsewhere(r"run --model hf .*pretrained=Qwen/", "needs the hub's model",
              "tests/harness/test_lm_eval.py"),
    Elsewhere(
        r"--model local-chat-completions", "needs a model's server",
        "tests/harness/test_chat_server.py",
    ),
    Elsewhere(r"^accelerate launch --multi_gpu",
              "needs several GPUs; here its words are read by accelerate, by us and by lm-eval",
              f"{READ}test_accelerate_and_what_it_launches_understand_it"),
    Elsewhere(
        r"^accelerate launch", "needs eight GPUs",
        "tests/training/test_processes.py::test_two_processes_that_share_the_weights_and_go_on_"
        "after_a_kill",
    ),
    Elsewhere(r"--engine ray --address|^ray start|worker --engine ray", CLUSTER,
              "tests/corpus/test_ray.py::test_the_same_verdicts_when_a_worker_is_killed"),
    Elsewhere(r"^cft-eval worker", "works until it is stopped, on GPUs",
              "tests/worker/test_worker.py::test_weights_that_were_sent_become_a_run_on_the_board"),
    Elsewhere(r"^srun", "needs Slurm", "tests/worker/test_worker.py"),
    Elsewhere(r"postgresql", "needs PostgreSQL",
              "tests/server/operate/test_backup.py::test_a_sqlite_board_moves_to_postgresql_in_one_command"),
    Elsewhere(r"cft-eval reproduce --preset tiny", "minutes of training",
              "tests/reproduce/test_paper.py::"
              "test_the_whole_of_it_in_small_and_on_after_an_interruption"),
    Elsewhere(r"cft-eval reproduce .*--devices 8$", "needs eight GPUs, for days",
              "tests/reproduce/test_paper.py::test_commands_are_launched"),
    Elsewhere(r"cft-eval lab", "minutes of training",
              "tests/lab/test_lab.py::test_the_whole_lab_and_its_second_run"),
    Elsewhere(r"import qwen", "reads an output that the page does not make",
              "tests/harness/test_imports.py::test_the_command_writes_a_run_that_compares"),
    Elsewhere(r"import lm-eval", "reads an output that the page does not make",
              "tests/harness/test_imports.py::test_what_lm_evals_own_tasks_write"),
    Elsewhere(r"gate escalate", "reads sampled runs of the whole suite",
              "tests/gate/test_escalate.py::"
              "test_the_command_says_what_to_run_and_counts_the_looks"),
    Elsewhere(r"gate .*--task-margin", "names tasks that the page's runs are not of",
              "tests/gate/test_terms.py::test_the_command"),
    Elsewhere(r"gate .*--seeds", "reads runs from several seeds, which differ",
              "tests/gate/test_arms.py::test_the_command"),
    Elsewhere(r"gate calibrate", "reads runs from several seeds, which differ",
              "tests/gate/test_calibrate.py::"
              "test_the_command_writes_the_baseline_and_the_gate_says_it"),
    Elsewhere(r"^pip install", "changes an environment, and asks an index",
              "tests/test_packaging.py"),
    Elsewhere(r"^python -m venv", "makes an environment for the next line",
              "tests/peers/test_process.py::test_minervas_grader_reads_no_box"),
    Elsewhere(r"^make (install|lock|audit|bench|test-vllm)",
              "changes an environment, or takes 20 minutes; here make says what it would run",
              f"{READ}test_make_would_run_it"),
    Elsewhere(r"^make test", "is what runs this test; here make says what it would run",
              f"{READ}test_make_would_run_it"),
    Elsewhere(r"^(make|cft-eval) demo", "minutes of training", "tests/test_demo.py"),
    Elsewhere(r"^make docs", "the site is built by its own test", "tests/docs/test_site.py"),
    Elsewhere(r"^make check",
              "CI runs it before the tests (`.ci/run`); here make says what it would run",
              f"{READ}test_make_would_run_it"),
    Elsewhere(r"^make (gate|gate-freeze)$", "run with the gate's own tests",
              "tests/gate/test_own_gate.py"),
    Elsewhere(r"^make licences", "its result is what is tested",
              "tests/test_packaging.py::test_licences_of_what_we_depend_on_are_listed"),
    Elsewhere(r"^python benchmarks/(?!costs)",
              "minutes on a quiet machine; here its options are read by its own parser",
              f"{READ}test_python_has_the_script_and_it_knows_the_options"),
    Elsewhere(r"testsets.fingerprint DIR", "needs the benchmarks' rows", "tests/testsets"),
)  # fmt: skip
"""The first row that fits a command is its own."""


def elsewhere(command: Command) -> Elsewhere | None:
    return next((row for row in ELSEWHERE if re.search(row.pattern, command.line)), None)
