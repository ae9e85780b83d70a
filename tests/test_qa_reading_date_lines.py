"""Lines that tell when a text appeared, and lines that only begin with a year. The texts are invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading import read
from qa.reading.dates import date_in, is_date_line

DOC_ID = "0123456789abcdef"
DATE_LINES = """\
2022年5月18日
2022-05-18 10:30:05
2023-07-15T06:53:00
2022年5月18日 星期三 下午3:20
2022年5月18日，星期三
（二〇二二年五月十八日）
陈列部 2022年5月18日
陈列部2022年5月18日
来源：青石日报 2021-05-04 09:30
来源：青石日报　时间：2021年5月4日 10时30分
2021年8月16日青石日报
新闻社青石2021年8月16日电
2021年5月4日于渡口
2021年5月，于渡口
写于2021年5月4日
民國一一一年八月
111年8月16日 星期二
2021年春
2021年第3期
青石月刊2021年第3期（总第120期）
总第120期 2021年3月
2021年5月4日 第12版
青石日报 2021年
王甲 2021年5月4日
2021/05
""".splitlines()
NO_DATE_LINES = """\
一九五八年大水之后，镇上修了堤
一九五八年大水之后
1958年大水以后
2021年年度报告
2022年工作总结
2022年度
2022年 我们这样走过
2002年，镇上发生了一件怪事。
1963年被任为校长；
2009年2月离世。
渡口于2009年12月28日随新桥通车而停用。
总人口9495（2001年）。
2018年8月至2020年3月
2018年8月1日—6日
自2021年4月以来
截至2021年8月16日
书里写的日期是2007年11月20日
2021年5月4日上午他来了
2022年8月举行婚礼
先后在2016年、2020年、2022年
路三千二百年
""".splitlines()


@pytest.mark.parametrize("line", DATE_LINES)
def test_a_date_with_what_goes_with_it(line: str) -> None:
    assert is_date_line(line)


@pytest.mark.parametrize("line", NO_DATE_LINES)
def test_a_sentence_or_a_title_with_a_year(line: str) -> None:
    assert not is_date_line(line)


@pytest.mark.parametrize("end", ["", "，", "。"])
def test_a_text_that_begins_with_a_year_is_not_of_that_year(end: str) -> None:
    text = f"一九五八年大水之后{end}\n镇上的人花了三个冬天修堤，石头是从北山上背下来的，一块也没有买。\n后来水再也没有进过镇子。\n"
    assert read(text.encode(), path="堤.txt", doc_id=DOC_ID).published == ""


def test_a_title_with_a_year_stays_the_title() -> None:
    text = "2021年渡口纪事\n\n2022年1月5日\n\n渡船每天开八班，最后一班是晚上七点，冬天少开两班，刮风的日子不开船。\n"
    document = read(text.encode(), path="渡口.txt", doc_id=DOC_ID)
    assert (document.title, document.published) == ("2021年渡口纪事", "2022-01-05")


@given(st.text("2021年5月4日-/:： 一二民国第期\0于，。报(", max_size=70))
def test_any_line(line: str) -> None:
    assert not is_date_line(line) or date_in(line)
