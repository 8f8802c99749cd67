"""`cft-eval --help`: every command once, in groups, on lines that fit a terminal."""

import pytest

from cft_eval.cli import COMMANDS, GROUPS, main


def test_commands_stand_in_groups(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    printed = capsys.readouterr().out
    assert list(GROUPS) == ["start", "evaluate", "compare", "board", "train"]
    for title, group in GROUPS.items():
        block = printed.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in block.splitlines()] == list(group)
    assert sum(map(len, GROUPS.values())) == len(COMMANDS)
    assert max(map(len, printed.splitlines())) <= 100


def test_a_command_below_is_named_whole(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["gate", "plan", "--help"])
    assert capsys.readouterr().out.startswith("usage: cft-eval gate plan ")
