"""What is the same text printed again, and what only follows the same pattern."""

from __future__ import annotations

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.search.reprints import LEAST_SHARED, Overlap, is_other_report, overlap, tokens_of

REPORT = (
    "望鹭桥重修工程昨日通车。桥长一百二十米，宽九米，两侧新设了人行道。记者陆知夏在现场看到，附近的居民一早就带着孩子来走桥，"
    "有人把家里的老照片贴在栏杆上。工程负责人何满仓介绍，旧桥的石料经过清洗，大部分用在了引桥的护坡上，没有一块被运走。"
    "据了解，桥头的两棵樟树也保留了下来，施工时曾为它们改过两次图纸。"
)
WEATHER = (
    "{place}气象台{day}日傍晚发布天气预报。今天夜间到明天白天，北部山区{sky}，沿江一带阵雨，偏北风{wind}级，最低气温{low}度，最高气温19度。"
    "请市民出门带好雨具，注意添衣，沿江作业的船只留意风向，低洼处的住户检查门窗和排水口。"
)
TODAY = {"place": "青石县", "day": 5, "sky": "多云", "wind": 3, "low": 8}


def compared(one: str, other: str) -> Overlap | None:
    return overlap(tokens_of(one), tokens_of(other))


@pytest.mark.parametrize(
    "reprint",
    [
        pytest.param("老桥新颜\n本报编辑部按：近来读者多有来信问起此事。" + REPORT[12:], id="headline and lead"),
        pytest.param(REPORT[: len(REPORT) // 2], id="trimmed"),
        pytest.param(REPORT[:50] + REPORT[90:], id="a sentence left out"),
        pytest.param(opencc.OpenCC("s2tw").convert(REPORT), id="other script"),
        pytest.param(REPORT.replace("陆知夏", "陆某").replace("何满仓", "何××"), id="masked names"),
        pytest.param(REPORT.replace("据了解", "据悉").replace("介绍", "说明").replace("曾为它们", "为此"), id="copy editing"),
        pytest.param(REPORT.replace("一百二十米", "120米").replace("，", "；"), id="digits and punctuation"),
    ],
)
def test_a_reprint_is_found_from_both_sides(reprint: str) -> None:
    found, back = compared(REPORT, reprint), compared(reprint, REPORT)
    assert found is not None
    assert back is not None
    assert (found.of_one, found.of_other) == pytest.approx((back.of_other, back.of_one), abs=0.05)
    assert 0.4 < found.of_one <= 1
    assert 0.4 < found.of_other <= 1


def test_a_trimmed_text_stands_in_the_whole_and_not_the_reverse() -> None:
    found = compared(REPORT, REPORT[: len(REPORT) // 2])
    assert found is not None
    assert found.of_other == 1
    assert found.of_one == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    "changed",
    [{"day": 6}, {"day": 15, "low": 11}, {"wind": 4}, {"low": 9}, {"place": "白水县"}, {"sky": "阴有小到中雨"}],
)
def test_another_day_another_place_another_figure_is_another_report(changed: dict[str, object]) -> None:
    assert compared(WEATHER.format(**TODAY), WEATHER.format(**TODAY)) == Overlap(1, 1)
    assert compared(WEATHER.format(**TODAY), WEATHER.format(**{**TODAY, **changed})) is None


def test_numbers_in_words_are_numbers() -> None:
    notice = (
        "关于停水的通知：因管道检修，定于{}对老街停水，请大家提前储水，关好龙头，恢复供水之初水质可能发浑，放一会儿即可使用。敬请谅解。"
    )
    assert compared(notice.format("三月五日"), notice.format("3月05日")) is not None
    assert compared(notice.format("三月五日"), notice.format("三月六日")) is None


def test_another_name_at_one_place_is_another_text() -> None:
    for person in ("梁以宁", "许立群"):  # 立群 and 满仓 are words of the dictionary
        assert compared(REPORT, REPORT.replace("何满仓", person)) is None


def test_the_same_words_round_other_contents_are_no_reprint() -> None:
    form = "本公司董事会及全体董事保证本公告内容真实准确完整。{}特此公告。投资者如有疑问，请拨打服务窗口咨询，我们将在工作时间内逐一答复。"
    one = form.format("茶厂今年改用山泉水洗青，新建的晾房已经启用，工人们轮班照看火候，第一批新茶月底上市。")
    other = form.format("船队决定把两条旧船改成货船，木匠从邻县请来，春汛以前要赶完舱板，缆绳也全部换过。")
    assert compared(one, other) is None


OPENING = (
    "青石县气象台8月{day}日{hour}时继续发布大风预警：今年第{number}号冷空气的前锋今天（{day}日）位于松岭以北{far}公里，就是{where}。预计前锋将以"
    "每小时{speed}公里的速度向南移动，明天中午前后经过县城。"
)
YESTERDAY = {"day": 5, "hour": "06", "number": 3, "far": 120, "where": "云溪镇外的河滩", "speed": 15}


def test_openings_to_one_pattern_with_other_figures_are_of_other_reports() -> None:
    one = tokens_of(OPENING.format(**YESTERDAY))
    today = OPENING.format(**{**YESTERDAY, "day": 6, "hour": "18", "far": 40, "where": "石桥镇北面的茶山"})
    assert is_other_report(one, tokens_of(today))
    assert is_other_report(tokens_of(today), one)


def test_a_warning_of_another_day_is_another_report_whatever_else_it_says() -> None:
    one = "原标题：三个乡镇请留意大风青石县气象台8月5日06时升级发布大风预警：" + "松岭东坡、云溪上游、望江沿岸和鹭洲渡口" * 5
    other = "青石县气象台9月2日18时继续发布大风预警：" + "老街石桥一带、茶山背面、白水的三座水库与沙湾码头" * 5
    assert is_other_report(tokens_of(one), tokens_of(other))
    assert not is_other_report(tokens_of(one), tokens_of(other.replace("9月2日", "8月5日")))


@pytest.mark.parametrize(
    "opening",
    [
        pytest.param(OPENING.format(**YESTERDAY), id="the same"),
        pytest.param(OPENING.format(**{**YESTERDAY, "hour": 6, "day": "05"}), id="06 is 6"),
        pytest.param(OPENING.format(**YESTERDAY)[:40], id="trimmed"),
        pytest.param(OPENING.format(**{**YESTERDAY, "speed": 25}), id="one figure corrected"),
        pytest.param("8月6日下午，记者在粮仓门口遇到了3位老人，他们从30公里外赶来，说今年第2次看玻璃瓦。" * 2, id="another article"),
        pytest.param("", id="nothing"),
    ],
)
def test_openings_that_are_not_of_other_reports(opening: str) -> None:
    assert not is_other_report(tokens_of(OPENING.format(**YESTERDAY)), tokens_of(opening))


def test_a_phrase_is_no_text() -> None:
    assert compared(REPORT[: LEAST_SHARED - 8], REPORT[: LEAST_SHARED - 8]) is None
    assert compared("", "") is None


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    found = compared(one, other)
    assert found is None or (0 < found.of_one <= 1 and 0 < found.of_other <= 1)


@given(st.text(st.sampled_from("茶山河桥路灯船米酒雨12三十月日，。 "), min_size=80, max_size=300))
def test_a_text_prints_itself(text: str) -> None:
    if len(tokens_of(text)) >= LEAST_SHARED:
        assert compared(text, text) == Overlap(1, 1)
