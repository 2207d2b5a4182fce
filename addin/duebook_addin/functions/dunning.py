"""What to do next: the stage of collection (催收), and alerts (风险预警)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - the registry reads the annotations at run time
from typing import Annotated

from duebook.alerts import checked_value, find_rule, level_of, parse_level
from duebook.dunning import dispute_state, stage
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.registry import Category, Example, Text, function


@function(
    "DUNNING",
    Category.BEHAVIOUR,
    "催收阶段：如到期前 7 天友好提醒、逾期 30 天法律介入；争议单独处理。",
    keywords=Text("collection, debt recovery, chasing, late payer", "催款、追款、收账"),
    examples=[
        Example(
            (["2026-02-28", "2026-02-07", "2026-01-29", "2026-01-01"], "2026-01-31"),
            ["none", "reminder", "reminder", "legal"],
        ),
        Example(("2026-01-01", "2026-01-31", True), "disputed"),
    ],
)
def dunning(
    due_date: Annotated[date, Text("The due date on the invoice.", "发票到期日。")],
    as_of: Annotated[date, Text("The end of this day.", "截至该日日终。")],
    disputed: Annotated[  # noqa: FBT002 - a cell
        bool, Text("Whether the item is disputed. Left out: no.", "是否有争议；省略为否。")
    ] = False,
    policy: PolicyName = None,
) -> Annotated[
    str,
    Text(
        "none, reminder, overdue notice, demand, legal, agency or disputed, as the policy names them.",
        "政策中的阶段名称：none、reminder、overdue notice、demand、legal、agency 或 disputed。",
    ),
]:
    """The stage of collection of an item: the last one of the policy whose day has come."""
    return stage(due_date, as_of, policy_named(policy), disputed=disputed).name


@function(
    "DISPUTE",
    Category.BEHAVIOUR,
    "争议久拖程度：open 处理中、critical 警戒、late 超期、too late 严重超期。",
    keywords=Text("disputed invoice, complaint", "争议发票、异议"),
    examples=[
        Example(
            (["2026-01-31", "2026-01-10", "2025-12-16", "2025-11-01"], "2026-01-31"),
            ["open", "critical", "late", "too late"],
        )
    ],
)
def dispute(
    opened: Annotated[date, Text("The day the dispute was raised.", "提出争议之日。")],
    as_of: Annotated[date, Text("The end of this day.", "截至该日日终。")],
    policy: PolicyName = None,
) -> Annotated[str, Text("open, critical, late or too late.", "open、critical、late 或 too late。")]:
    """How long a dispute is open by the policy's days: critical, late, or later than the latest."""
    return dispute_state(opened, as_of, policy_named(policy)).value


@function(
    "ALERT",
    Category.CUSTOMER,
    "单项预警等级：green 绿、amber 黄、red 红；须回落足够才解除。",
    keywords=Text("early warning, watch list, overdue", "风险信号"),
    examples=[
        Example(("overdue share", [0.1, 0.2, 0.5]), ["green", "amber", "red"]),
        Example(("overdue share", 0.17, ["green", "amber"]), ["green", "amber"]),
        Example(("逾期占比", 0.17, "黄"), "amber"),
    ],
)
def alert(
    rule: Annotated[
        str, Text("An alert of the policy, such as overdue share.", "政策中的预警，如逾期占比。")
    ],
    value: Annotated[
        Decimal,
        Text("What it measures: a share (0.2 for 20%), or days.", "指标值：比例（20% 写作 0.2）或天数。"),
    ],
    before: Annotated[
        str, Text("Its level when last looked. Left out: green.", "上次等级；省略为 green。")
    ] = "green",
    policy: PolicyName = None,
) -> Annotated[str, Text("green, amber or red.", "green、amber 或 red。")]:
    """The level of one alert: entered at its bound, left once the measure has come back far enough."""
    level = parse_level(before)
    found = find_rule(rule, policy_named(policy))
    return level_of(found, checked_value(found, value), level).value
