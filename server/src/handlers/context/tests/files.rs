//! One small shop in four languages: `charge` is called by `checkout`, calls `round_up`, uses a type, has a test and a page.

pub(super) const RUST: &str = "\
//- src/lib.rs
pub mod cart;
pub mod money;
pub mod other;
//- src/money.rs
use std::fmt;

/// An amount in cents.
pub struct Money {
    pub cents: u64,
}

impl Money {
    /// Takes the money.
    pub fn charge(&self, rate: Rate) -> Money {
        Money { cents: round_up(self.cents, rate) }
    }
}

/// How much is added.
pub struct Rate(pub u64);

fn round_up(cents: u64, rate: Rate) -> u64 {
    (cents + rate.0) / 10 * 10
}
//- src/cart.rs
use crate::money::{Money, Rate};

pub fn checkout(total: Money) -> Money {
    total.charge(Rate(3))
}

pub fn unrelated() -> u32 {
    4
}
//- src/other.rs
pub struct Battery;

impl Battery {
    pub fn charge(&self) {}
}

pub fn plug_in(battery: &Battery) {
    battery.charge();
}
//- tests/money.rs
use shop::money::{Money, Rate};

#[test]
fn test_charge_rounds() {
    Money { cents: 1 }.charge(Rate(1));
}
//- docs/money.md
# Money

Call `charge` to take money.

# Weather

It rains.
";

pub(super) const PYTHON: &str = "\
//- shop/money.py
import math


class Money:
    \"\"\"An amount in cents.\"\"\"

    def __init__(self, cents):
        self.cents = cents

    def charge(self, rate):
        \"\"\"Takes the money.\"\"\"
        return Money(round_up(self.cents, rate))


def round_up(cents, rate):
    return math.ceil(cents * rate)
//- shop/cart.py
from shop.money import Money


def checkout(total):
    return Money(total).charge(3)


def unrelated():
    return 4
//- tests/test_money.py
from shop.money import Money


def test_charge_rounds():
    assert Money(1).charge(1)
//- README.md
# Shop

Use `charge` to take money.
";

pub(super) const TYPESCRIPT: &str = "\
//- src/money.ts
export interface Rate { percent: number }

/** Takes the money. */
export function charge(cents: number, rate: Rate): number {
  return roundUp(cents, rate);
}

function roundUp(cents: number, rate: Rate): number {
  return Math.ceil(cents * rate.percent);
}
//- src/cart.ts
import { charge } from './money';

export function checkout(total: number): number {
  return charge(total, { percent: 3 });
}

export function unrelated(): number {
  return 4;
}
//- src/money.test.ts
import { charge } from './money';

function testChargeRounds() {
  charge(1, { percent: 1 });
}
//- README.md
# Shop

Use `charge` to take money.
";

pub(super) const GO: &str = "\
//- money/money.go
package money

import \"math\"

// Rate is how much is added.
type Rate struct {
\tPercent float64
}

// Charge takes the money.
func Charge(cents float64, rate Rate) float64 {
\treturn roundUp(cents, rate)
}

func roundUp(cents float64, rate Rate) float64 {
\treturn math.Ceil(cents * rate.Percent)
}
//- cart/cart.go
package cart

import \"shop/money\"

func Checkout(total float64) float64 {
\treturn money.Charge(total, money.Rate{Percent: 3})
}

func Unrelated() int {
\treturn 4
}
//- money/money_test.go
package money

import \"testing\"

func TestChargeRounds(t *testing.T) {
\tCharge(1, Rate{Percent: 1})
}
//- README.md
# Shop

Use `Charge` to take money.
";
