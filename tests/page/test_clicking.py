"""The page in a browser: what a click, a key, an address does. What explanations say is `test_numbers.py`'s."""

from __future__ import annotations

import re

import pytest

from tests.render.pictures.test_heads import PADDED

pytestmark = pytest.mark.page
DIGITS = "configs/digits"


def test_it_opens_without_a_complaint_and_asks_nobody_for_anything(four):
    four.open().settled()
    assert four.text("h1") == "mnist-cnn"
    assert "four" in four.text("#answer h2")
    four.go("#conv2d_2[10,10,3]")
    assert four.console() == []
    assert four.requests() == []


def test_from_the_answer_back_to_a_pixel_in_ten_clicks(four):
    four.open().click("#answer .best a")
    assert four.address == "#dense_2[4]"
    for _ in range(8):
        if four.address.startswith("#input["):
            break
        four.click("#explanation a.term")
    assert re.fullmatch(r"#input\[\d+,\d+,0\]", four.address)
    way = [link.text for link in four.all(".way a")]
    assert [name.split("[")[0] for name in way] == [
        "dense_2", "dense_1", "flatten_1", "max_pooling2d_1", "conv2d_2", "conv2d_1",
    ]  # fmt: skip
    four.driver.back()
    four.settled()
    assert four.address.startswith("#conv2d_1[")
    assert len(four.all(".way a")) == len(way) - 1


def test_a_click_in_the_picture_explains_the_element_under_the_pointer(four):
    four.open("#conv2d_1").settled()
    from selenium.webdriver import ActionChains

    tile = four.find(".elements figure .raster")
    wide = tile.size["width"] / 26
    # from the middle of the tile, which is the corner of its cells (13, 13)
    at = {"xoffset": round(3.5 * wide), "yoffset": round(-2.5 * wide)}
    ActionChains(four.driver).move_to_element_with_offset(tile, **at).perform()
    hovered = four.until("return /=/.test(document.querySelector('.readout').textContent)")
    assert hovered
    assert four.text(".readout").startswith("conv2d_1[10, 16, 0] = ")
    ActionChains(four.driver).move_to_element_with_offset(tile, **at).click().perform()
    four.settled()
    assert four.address == "#conv2d_1[10,16,0]"
    assert four.text("#explained").startswith("conv2d_1[10, 16, 0] = ")


def test_arrow_keys_move_the_element_and_page_keys_the_channel(four):
    from selenium.webdriver import Keys

    four.open("#conv2d_1[3,5,0]").settled()
    four.driver.execute_script("document.querySelector('.elements').focus()")
    four.press(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.PAGE_DOWN)
    assert four.address == "#conv2d_1[4,7,1]"
    assert "height 4, width 7, channel 1" in four.text("#said")
    four.open("#conv2d_1[0,0,0]").settled()
    four.driver.execute_script("document.querySelector('.elements').focus()")
    assert four.press(Keys.ARROW_UP, Keys.ARROW_LEFT, Keys.PAGE_UP).address == "#conv2d_1[0,0,0]"


def test_an_element_by_its_number_and_one_that_is_not_there(four):
    four.open("#conv2d_1").settled()
    field = four.find("form.chooser input")
    field.send_keys("4, 5, 6\n")
    four.until("return location.hash.includes('4,5,6')")
    four.settled()
    assert four.text("#explained").startswith("conv2d_1[4, 5, 6]")
    field = four.find("form.chooser input")
    field.clear()
    field.send_keys("99, 0, 0\n")
    assert "3 numbers from 0" in four.until("return document.querySelector('form [role=alert]').textContent")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("#nothing[1,2]", "The address names no layer of this page; it shows what it opens with."),
        ("#conv2d_1[99,0,0]", "conv2d_1 has no element [99, 0, 0]: its shape is 26 × 26 × 32."),
        ("#conv2d_1[1]", "conv2d_1 has no element [1]: its shape is 26 × 26 × 32."),
        ("#%E0%A4%A", ""),
        ("#[[]]?tour=77", ""),
    ],
)
def test_an_address_that_leads_nowhere_is_the_page_as_it_opens_and_it_says_so(four, address, said):
    four.open(address).settled()
    assert four.text("#layer h2").startswith("conv2d_1")
    assert four.text("#explanation") == said
    assert four.console() == []


def test_the_tour_goes_by_arrow_keys_from_the_input_to_the_answer(four):
    from selenium.webdriver import Keys

    four.open().settled()
    four.press("t")
    seen = [four.address]
    for _ in range(10):
        if not four.all("#tour button[data-shortcut=ArrowRight]:enabled"):
            break
        seen.append(four.press(Keys.ARROW_RIGHT).address)
    tensors = [re.split(r"[\[?]", address[1:])[0] for address in seen]
    assert (tensors[0], tensors[-1]) == ("input", "dense_2")
    assert {"conv2d_1", "max_pooling2d_1", "flatten_1"} <= set(tensors)
    four.press(Keys.ARROW_LEFT)
    assert four.address == seen[-2]
    four.press(Keys.ESCAPE)
    assert not four.find("#tour").is_displayed()


def test_guess_then_reveal_covers_the_answer_and_every_result(four):
    four.open("#dense_2[4]").settled()
    assert "18.728" in four.text("#explanation")
    four.press("g")
    assert "1.000" not in four.text("#answer")
    covers = four.all("#explanation button.cover")
    assert covers
    assert four.all("#explanation b.result") == []
    four.driver.execute_script("arguments[0].click()", covers[0])
    assert len(four.all("#explanation b.result")) == 1
    next(button for button in four.all("#answer button") if button.text == "nine").click()
    assert "You said nine. It answers four" in four.text("#answer")


def test_the_strip_is_colored_by_a_number_that_stands_in_it(four):
    four.open("#dense_1?by=parameters").settled()
    assert "1,179,776" in four.text('[data-layer="dense_1"]')
    assert four.find('[data-layer="dense_1"]').get_attribute("aria-current") == "true"
    colors = [box.value_of_css_property("background-color") for box in four.all("a.box")]
    assert len(set(colors)) >= 3


def test_before_and_after_the_activation(four):
    four.open("#conv2d_1[3,5,0]").settled()
    after = four.text("#explained")
    before = next(link for link in four.all(".tabs a") if link.text == "before relu")
    before.click()
    four.settled()
    assert four.address == "#conv2d_1:sum[3,5,0]"
    assert after.endswith("= 0")
    assert four.text("#explained").endswith("= -0.039")


def test_samples_are_chosen_and_keep_the_element(driver, written):
    from tests.page.browser import Visit

    both = written("configs/mnist-cnn.yaml", "-i", f"{DIGITS}/4.png", "-i", f"{DIGITS}/6.png")
    visit = Visit(driver, both).open("#dense_2[4]")
    visit.settled()
    first = visit.text("#explained")
    visit.press("s")
    assert visit.address == "#dense_2[4]?sample=1"
    assert "six" in visit.text("#answer h2")
    assert visit.text("#explained") != first
    assert visit.console() == []


def test_an_address_of_no_layer_chooses_no_element_of_another(four):
    four.open("#lstm_9[3,5,0]").settled()
    assert four.address == "#lstm_9[3,5,0]"
    assert four.text(".readout").startswith("Point at an element")
    assert not four.all("#explained")


def test_what_has_a_picture_alone_says_so_before_anybody_points_at_it(driver, written):
    from tests.page.browser import Visit

    page = Visit(driver, written("configs/mnist-cnn.yaml", "-i", "configs/digits/4.png", "--max-size", "330KB"))
    page.open("#conv2d_2:sum").settled()
    assert "its numbers are not in this file" in page.text(".readout")
    page.go("#conv2d_1").settled()
    assert page.text(".readout").startswith("Point at an element")


def test_what_gives_zeros_is_called_a_unit_of_a_vector_and_a_channel_of_a_picture(four):
    four.open("#dense_1").settled()
    assert " of 128 units give nothing but zeros here" in four.text("#layer")
    four.go("#conv2d_1").settled()
    assert " of 32 channels give nothing but zeros here" in four.text("#layer")


def test_heads_without_padding_are_clicked_and_walked_as_what_they_are(driver, written, tmp_path):
    from selenium.webdriver import ActionChains, Keys

    from tests.page.browser import Visit

    net = tmp_path / "padded.yaml"
    net.write_text(PADDED)
    values = ["5", "5", "0", "5", *["0"] * 36]
    visit = Visit(driver, written(str(net), "--value", ",".join(values))).open("#looks:weights[1,3,1]")
    visit.settled()
    assert [one.text for one in visit.all("figure.sided ol.down li")] == ["0", "1", "3"]
    assert "37 of 40 queries, 37 of 40 keys" in visit.text("#layer")
    tile = visit.find("figure.sided .raster")
    third = tile.size["width"] // 3
    ActionChains(driver).move_to_element_with_offset(tile, third, third).click().perform()
    visit.settled()
    assert visit.address == "#looks:weights[1,3,3]"
    driver.execute_script("document.querySelector('.elements').focus()")
    assert visit.press(Keys.ARROW_LEFT).address == "#looks:weights[1,3,1]"
    assert len(visit.all("figure.looks line")) == 3
    visit.go("#looks:weights[1,20,1]")
    visit.until("return document.querySelectorAll('figure.looks text').length === 7")  # the padding that was chosen
    assert visit.console() == []
