"""What is open of single items."""

from __future__ import annotations

from datetime import date

from duebook.ledger import Item, Leg, open_amount


def test_part_payments_are_taken_off() -> None:
    """Odoo 16235: 10,000 less 1,500, 1,000 and 2,000 is 5,500."""
    invoice = Item("invoice", date(2017, 1, 29), 10_000_00, date(2017, 2, 28))
    legs = [
        Leg("invoice", date(2017, 3, day), amount)
        for day, amount in ((1, 1500_00), (10, 1000_00), (20, 2000_00))
    ]
    assert open_amount(invoice, legs, date(2017, 4, 4)) == 5500_00
    assert open_amount(invoice, legs, date(2017, 3, 10)) == 7500_00
    assert open_amount(invoice, legs, date(2017, 1, 28)) == 0


def test_a_leg_counts_to_the_day_before_it_is_undone() -> None:
    """ERPNext 35642, 59014: a credit note that was taken back left ghosts."""
    leg = Leg("invoice", date(2024, 1, 10), 40, reversed_on=date(2024, 2, 1))
    assert [
        leg.counts(day) for day in (date(2024, 1, 9), date(2024, 1, 10), date(2024, 1, 31), date(2024, 2, 1))
    ] == [
        False,
        True,
        True,
        False,
    ]


def test_an_advance_and_a_payment_over_two_instalments() -> None:
    """ERPNext 36574: 15,000 + 7,500 + 7,500; 15,000 in advance and 8,500 leave 0, 0 and 6,500."""
    day, later = date(2023, 8, 1), date(2023, 8, 20)
    items = [Item("advance", day, 15_000), Item("first", day, 7_500), Item("second", day, 7_500)]
    legs = [Leg("advance", day, 15_000), Leg("second", later, 1_000), Leg("first", later, 7_500)]
    assert [open_amount(item, legs, date(2023, 8, 31)) for item in items] == [0, 0, 6_500]
    assert [open_amount(item, legs, date(2023, 8, 19)) for item in items] == [0, 7_500, 7_500]
