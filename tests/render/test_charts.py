from itertools import pairwise
from xml.etree import ElementTree

import pytest

from cft_eval.render.charts import (
    Axis,
    Curve,
    Point,
    RowName,
    curves_chart,
    decades,
    heat_map,
    linear,
    points_chart,
)
from cft_eval.render.label_positions import LINE, Spot, Stroke, lines, sides

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
        points_chart(points, x, y, label=EVIL),
        curves_chart([Curve(EVIL, "thin", points)], x, y, label=EVIL),
        heat_map([RowName(EVIL, EVIL, EVIL)], [EVIL, "b"], [[0.5, None]], EVIL),
    ]
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert {each.tag for each in root.iter()} <= {
            *("svg", "g", "a", "line", "circle", "text", "tspan", "title", "rect"),
        }
        assert root.attrib["aria-label"] == EVIL


def test_both_axes_have_titles() -> None:
    x, y = decades(1_000, 100_000, "Examples"), linear(0, 100, "% correct")
    point = Point(50_000, 40, "a", "cft")
    for drawing in (
        points_chart([point], x, y, label=""),
        curves_chart([Curve("a", "cft", [point])], x, y, label=""),
    ):
        titles = ElementTree.fromstring(drawing).iter("text")
        found = [each.text for each in titles if each.get("class") == "title"]
        assert found == ["% correct", "Examples"]


def test_points_stand_at_their_values_however_many_there_are() -> None:
    x, y = decades(1_000, 100_000, "n"), linear(0, 100, "%")
    points = [Point(10_000, 50.0 + i / 10, f"cited {i}", "reported") for i in range(9)]
    points += [
        Point(10_000, 50, "mine", "cft", 40, 60, "/runs/1", "10K"),
        Point(80_000, 5, "far", "sft"),
    ]
    root = ElementTree.fromstring(points_chart(points, x, y, label=""))
    groups = [each for each in root.findall("svg") if each.find(".//title") is not None]
    assert len(groups) == 11
    assert {each.get("x") for each in groups[:-1]} == {"51.5%"}  # half of 6 to 97
    assert groups[-2].find("a").get("href") == "/runs/1"  # type: ignore[union-attr]
    assert groups[-2].findtext(".//title") == "mine: 50.0 (40.0 to 60.0), 10K"
    # What leads nowhere can be focused and says what it is.
    [far] = groups[-1].findall("g")
    assert (far.get("tabindex"), far.get("aria-label")) == ("0", "far: 5.0")
    circles = [each.find(".//circle") for each in groups[:9]]
    heights = [float(circle.get("cy", 0)) for circle in circles if circle is not None]
    assert heights == pytest.approx([34 + 336 * (0.5 - i / 1000) for i in range(9)], abs=0.1)


def test_names_stand_where_nothing_else_does() -> None:
    spots = [Spot(60, 50), Spot(70, 52), Spot(400, 50), Spot(670, 50)]
    assert sides(spots, ["a long name", "b", "right of it", "left of it"]) == [
        None,  # the next point is in its way, and the edge
        "start",
        "start",
        "end",
    ]


def test_names_stand_on_no_line_and_those_of_the_front_come_first() -> None:
    spots = [Spot(300, 50), Spot(310, 60)]
    wall = Stroke(Spot(340, 0), Spot(340, 100))
    assert sides(spots, ["other", "front"], first=[1]) == ["end", "start"]
    assert sides(spots[:1], ["other"], [wall]) == ["end"]
    both = [wall, Stroke(Spot(270, 0), Spot(270, 100))]
    assert sides(spots[:1], ["other"], both) == [None]
    assert sides(spots[:1], ["front"], both, first=[0]) == ["start"]


def test_the_front_goes_through_what_nothing_beats() -> None:
    x, y = linear(0, 10, "cost"), linear(0, 100, "%")
    points = [
        Point(1, 20, "cheap", "cft"),
        Point(5, 10, "beaten", "sft"),
        Point(9, 80, "best", "sft"),
    ]
    drawn = points_chart(points, x, y, label="", front=True)
    assert drawn.count('class="front"') == 1
    assert "front" not in points_chart(points, x, y, label="")


def test_names_of_curves_do_not_lie_on_each_other() -> None:
    heights = [height for height in lines([100.0] * 30) if height is not None]
    assert len(heights) == 5  # two lines up and down
    assert all(b - a >= LINE for a, b in pairwise(sorted(heights)))


def test_an_interval_is_drawn_where_it_is_known() -> None:
    x, y = decades(1_000, 100_000, "n"), linear(0, 100, "%")
    measured = points_chart([Point(50_000, 40, "a", "cft", 30.0, 50.0)], x, y, label="")
    cited = points_chart([Point(50_000, 40, "a", "reported")], x, y, label="")
    assert measured.count('class="interval') == 1
    assert "interval" not in cited
    assert "a: 40.0 (30.0 to 50.0)" in measured
