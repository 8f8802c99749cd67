"""Pictures of link previews: legible, whatever a model is called."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont

from cft_eval.leaderboard.files.preview import (
    HEIGHT,
    WIDTH,
    Picture,
    as_png,
    as_svg,
    drawable,
    of_board,
)
from cft_eval.leaderboard.pages.board.context import VerdictCard

CARD = VerdictCard(
    title="CFT − SFT",
    change="+15.4",
    interval="+10.8 to +20.0, mean of 6 sets",
    word="better",
    kind="good",
    detail="",
    who="",
    claim_url="",
    pair_url="",
)


def test_every_letter_that_is_drawn_is_in_the_font() -> None:
    font = ImageFont.load_default(20)

    def box(letter: str) -> bytes:
        image = Image.new("L", (40, 40))
        ImageDraw.Draw(image).text((5, 5), letter, 255, font)
        return image.tobytes()

    missing = box("\u6570")  # no letter of this font
    letters = "".join(map(chr, range(32, 127))) + "·…±"
    assert [each for each in letters if box(each) == missing] == []


@pytest.mark.parametrize(
    ("text", "drawn"),
    [("−1.2–3", "-1.2-3"), ("Gödel", "Godel"), ("\u6570-7B", "?-7B"), ("a\u202eb", "a?b")],
)
def test_letters_that_the_font_lacks_become_others(text: str, drawn: str) -> None:
    assert drawable(text) == drawn


def test_no_line_leaves_the_picture() -> None:
    picture = of_board([CARD] * 3)
    for line in picture.lines:
        font = ImageFont.load_default(line.size)
        assert line.x + font.getlength(drawable(line.text)) <= WIDTH
        assert line.y <= HEIGHT


def test_both_forms_are_of_one_picture() -> None:
    picture = of_board([CARD])
    assert picture.label == "CFT − SFT: +15.4, better"
    image = Image.open(BytesIO(as_png(picture)))
    assert (image.size, image.format) == ((WIDTH, HEIGHT), "PNG")
    assert b"CFT \xe2\x88\x92 SFT" in as_svg(picture)
    assert as_png(picture) != as_png(Picture([], [], ""))
