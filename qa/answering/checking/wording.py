"""The words that turn a statement round: negation, plans, direction, speech; and those that say nothing of their own.

All are folded. Negators inside words that do not negate (不断, 非常, 无锡) are listed, not guessed.
"""

from __future__ import annotations

from embeddings.folding import fold


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(fold, text.split())))


PLAIN = _words(
    "不断 不仅 不但 不光 不只 不同 不少 不过 不久 不错 不良 不料 不妨 不禁 不时 不论 不管 不如 不愧 不得不 不由 不惜 不乏 不动产 "
    "不锈钢 不解 不安 不满 不幸 不法 不等 不一 不停 不懈 不已 不失为 不可或缺 不容 差不多 对不起 了不起 无论 无疑 无锡 无人机 "
    "无线 无形 无数 无非 无不 无穷 无愧 无私 无辜 无比 毫无疑问 非常 非洲 非法 非遗 非物质 非凡 非得 除非 是非 莫非 南非 北非 "
    "中非 西非 东非 未来 未婚 没收 没落 没关系 淹没 出没 埋没 沉没 吞没 覆没 否则 能否 是否 可否 与否 将军 将领 将士 大将 名将 "
    "老将 小将 上将 中将 少将 主将 麻将 武将 猛将 虎将 将近 或许是 或者 或是 抑或 甚或 即或 已知 已故 自已 计划经济 计划生育 "
    "目标管理 称号 称职 名称 简称 号称 职称 人称 对称 俗称 统称 堪称 称为 称作 说明 小说 学说 传说 说法 据说 其中 其他 其它 其实 "
    "其余 尤其 极其 与其 应该 活该 模拟 虚拟 拟人 比拟 打不开 不可思议 不二 不倒翁 不知不觉 不遗余力 不折不扣 不约而同 不谋而合 "
    "不胫而走"
)
NOT_YET = _words("没有 没 并没有 从未 尚未 并未 还未 未曾 不曾 从没有 从没 未")  # all the same
NEGATION = (
    _words(
        "几乎 险些 差点 差一点 "
        "未能 未必 不能 不会 不得 不可 不再 不是 不应 不该 不允许 不准 不愿 不肯 不敢 不想 不要 不存在 不包括 不属于 不予 不含 "
        "不需要 不需 不必 不许 不具备 不排除 不同意 不支持 不承认 不符合 不足以 不可能 不可以 无法 无须 无需 无意 无权 无关 无效 "
        "并非 绝非 而非 否认 拒绝 并不 并不是 绝不 毫无 不 无 非"
    )
    + NOT_YET
)

# Words of one group say the same.
_PLANS = (
    "计划 拟 打算 准备",
    "将 将会 即将 将要",
    "定于 预定",
    "力争 争取",
    "有意 考虑",
    "预计 预期 估计 料将 据估计",
    "有望",
    "疑似 似乎 看来",
    "涉嫌",
    "恐 恐将",
)
_MAYBE = "可能 可能会 或 或将 也许 或许"
PLAN = _words(" ".join((*_PLANS, _MAYBE)))
DONE = _words("已经 业已 早已 均已 已")

DIRECTION = _words(
    "增长 下降 增加 减少 上升 上涨 下跌 提高 降低 提升 升高 扩大 缩小 高于 低于 多于 少于 盈利 亏损 流入 流出 买入 卖出 进口 "
    "出口 上调 下调 支持 反对 同意 拒绝 加快 放缓 上行 下行 利好 利空 涨幅 跌幅 增幅 降幅 增至 降至 升至 好转 恶化 加强 削弱 "
    "收紧 放宽 超过 不及 顺差 逆差 批准 否决 同比增 同比降 攀升 回落 走高 走低 领涨 领跌 涨停 跌停 大涨 大跌 上浮 下浮 增产 减产 "
    "增速 降速 最高 最低 最大 最小 最多 最少 胜 负"
)

_SAID = "表示 指出 透露 提到 说道 介绍说 介绍 称 说 谈到 告诉 直言"
SPEECH = _words(
    f"{_SAID} 认为 强调 坦言 宣布 回应 解释 写道 呼吁 提醒 预测 分析 补充 批评 警告 承认 声称 宣称 建议 评价 表态 感慨 回忆 证实 披露 重申"
)
PRONOUN = _words(
    "他们 她们 它们 他 她 它 其 本人 自己 该公司 该市 该省 该县 该校 该国 该机构 该部门 该局 该地 该项目 该院 该 此人 这家公司 "
    "这位 这家 这座 这个 后者 前者 两人 双方"
)

# Nouns that open a clause and go on about its subject: 桥建于1931年，全长二百米.
ATTRIBUTE = frozenset(
    _words(
        "全长 总长 全高 总高 面积 总面积 建筑面积 海拔 人口 总人口 总投资 投资 造价 总造价 预算 高度 长度 宽度 深度 重量 容量 产量 价格 "
        "售价 年龄 身高 体重 原名 本名 别名 简称 全称 笔名 学名 籍贯 净利 净利润 营收 收入 利润 总额 成交额 涨幅 跌幅 增幅 降幅 主要"
    )
)

# Words that may be added without saying anything; what changes roles (被, 把, 对, 向) or degree (都, 只) is not among them.
FILLER = _words("同时 此外 另外 并且 以及 总共 一共 共计 共 据 届时 当时")
SAME_PERIOD = _words("同比 比上年同期 较上年同期 比上年 较上年 比去年同期 较去年同期 与上年同期相比 与去年同期相比")
LIGHT = frozenset(fold("的地得之了着在于和与及以并且而也还则就是为个所位这那等中时后其当"))

# What may stand before the predicate and be left out: a gap that begins so takes nothing of the sense.
ADJUNCT = frozenset(fold("在于从自由对向就为与同随据按经以昨此并也还又则均都曾现仍"))

# token -> the one that stands for its group
SAME = {
    **{word: group[0] for group in map(_words, (*_PLANS, _MAYBE, _SAID)) for word in group},
    **dict.fromkeys(NOT_YET, NOT_YET[0]),
    **dict.fromkeys(DONE, DONE[-1]),
    **dict.fromkeys(SAME_PERIOD, SAME_PERIOD[0]),
}
