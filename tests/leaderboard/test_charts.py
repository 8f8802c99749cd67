from xml.etree import ElementTree

import pytest

from cft_eval.leaderboard.charts import (
    Axis,
    Curve,
    Point,
    curves_chart,
    decades,
    heat_map,
    linear,
    points_chart,
)

EVIL = "</text><script>alert(1)</script>\"'&"


def test_a_log_axis_is_even_in_decades() -> None:
    axis = decades(4_000, 2_300_000, "examples")
    assert [text for _, text in axis.ticks] == ["1K", "10K", "100K", "1M", "10M"]
    assert [axis.share(value) for value, _ in axis.ticks] == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_a_linear_axis_holds_its_values_in_round_steps() -> None:
    axis = linear(17.2, 58.9, "%")
    assert [text for _, text in axis.ticks] == ["10", "20", "30", "40", "50", "60"]
    assert axis.share(-5) == 0.0


def test_charts_are_well_formed_whatever_the_names() -> None:
    x, y = decades(1_000, 100_000, "n"), Axis(0, 100, [(0.0, "0"), (100.0, "100")], "%")
    points = [Point(50_000, 40 + i, EVIL, "cft", 30.0, 60.0) for i in range(5)]
    drawings = [
        points_chart(points, x, y, told=EVIL),
        curves_chart([Curve(EVIL, "thin", points)], x, y, told=EVIL),
        heat_map([EVIL], [EVIL, "b"], [[0.5, None]], EVIL),
    ]
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert {each.tag for each in root.iter()} <= {
            *("svg", "g", "line", "circle", "text", "title", "rect"),
        }
        assert root.attrib["aria-label"] == EVIL


def test_names_do_not_lie_on_each_other() -> None:
    x, y = decades(1_000, 100_000, "n"), linear(0, 100, "%")
    drawing = points_chart(
        [Point(50_000, 40, f"model {i}", "other") for i in range(30)], x, y, told=""
    )
    names = [
        each
        for each in ElementTree.fromstring(drawing).iter("text")
        if "name" in each.get("class", "")
    ]
    assert 0 < len(names) <= 10  # five lines on two sides
    assert len({(each.get("y"), each.get("text-anchor")) for each in names}) == len(names)


def test_points_stand_where_they_are_and_the_measured_keep_their_names() -> None:
    x, y = decades(1_000, 100_000, "n"), linear(0, 100, "%")
    cited = [Point(10_000, 50.0 + i, f"cited with a long name {i}", "reported") for i in range(9)]
    drawing = points_chart([*cited, Point(10_000, 50, "mine", "cft", 40, 60)], x, y, told="")
    root = ElementTree.fromstring(drawing)
    assert {each.get("cx") for each in root.iter("circle")} == {"51.5%"}  # half of 6 to 97
    assert "mine" in [each.text for each in root.iter("text")]


def test_an_interval_is_drawn_where_it_is_known() -> None:
    x, y = decades(1_000, 100_000, "n"), linear(0, 100, "%")
    measured = points_chart([Point(50_000, 40, "a", "cft", 30.0, 50.0)], x, y, told="")
    cited = points_chart([Point(50_000, 40, "a", "reported")], x, y, told="")
    assert measured.count('class="interval') == 1
    assert "interval" not in cited
    assert "a: 40.0 (30.0 to 50.0)" in measured
