//! The holdings of a user, as operators set them and as the versions show them.

use serde::Deserialize;

use crate::{
    decimal::Decimal,
    node::{Node, Object},
};

/// Everything that a user holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Holdings(Vec<Holding>);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holding {
    symbol: String,
    name: String,
    #[serde(default)]
    kind: Kind,
    balance: Decimal,
    price_usd: Option<Decimal>,
    /// The balance at the price, where it is not stated.
    value_usd: Option<Decimal>,
    icon_url: Option<String>,
    /// All of it is available, where nothing is stated.
    breakdown: Option<Breakdown>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Crypto,
    Cash,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Breakdown {
    available: Decimal,
    #[serde(default = "Decimal::zero")]
    pending: Decimal,
    #[serde(default = "Decimal::zero")]
    reserve: Decimal,
    #[serde(default = "Decimal::zero")]
    in_transit: Decimal,
    #[serde(default)]
    pending_settlements: Vec<Settlement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settlement {
    date: String,
    amount: Decimal,
}

/// Where amounts in transit are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transit {
    /// Next to what is pending.
    Apart,
    /// In what is pending.
    Pending,
}

impl Holdings {
    /// Returns the value of all holdings with a known rate.
    pub(crate) fn total_usd(&self) -> String {
        sum(self.0.iter().filter_map(Holding::value)).money()
    }

    /// The holdings, one after the other.
    pub(crate) fn flat(&self, transit: Transit) -> Node {
        let items = self.0.iter().map(|holding| holding.flat(transit).into());
        Node::List(items.collect())
    }

    /// The holdings by their kinds, with sums. Accounts that the user owns are not known here.
    pub(crate) fn nested(&self, transit: Transit) -> Node {
        let of = |kind: Kind| self.0.iter().filter(move |holding| holding.kind == kind);
        let worth = |kind: Kind| sum(of(kind).filter_map(Holding::value)).money();
        let cash = of(Kind::Cash).map(|holding| holding.cash(transit).into());
        let crypto = of(Kind::Crypto).map(|holding| holding.crypto(transit).into());
        let pending = of(Kind::Cash).map(|holding| {
            let breakdown = holding.breakdown();
            holding.in_usd(&(breakdown.pending + &breakdown.in_transit))
        });
        let nothing = || Node::from(Decimal::zero().money());
        Object::from([
            ("businesses", Node::List(Vec::new())),
            ("businesses_total_usd", nothing()),
            ("cash", Node::List(cash.collect())),
            ("cash_usd", worth(Kind::Cash).into()),
            ("crypto", Node::List(crypto.collect())),
            ("crypto_usd", worth(Kind::Crypto).into()),
            ("pending_usd", sum(pending).money().into()),
            ("total_usd", self.total_usd().into()),
            ("treasury_pending_usd", nothing()),
        ])
        .into()
    }
}

impl Holding {
    fn price(&self) -> Option<Decimal> {
        let is_dollar = self.kind == Kind::Cash && self.symbol.eq_ignore_ascii_case("usd");
        self.price_usd.clone().or(is_dollar.then(Decimal::one))
    }

    /// Returns the value of the holding, if known.
    fn value(&self) -> Option<Decimal> {
        let computed = || Some(&self.balance * &self.price()?);
        self.value_usd.clone().or_else(computed)
    }

    /// What `amount` of the holding is worth; nothing where that is not known, because these
    /// fields have no null.
    fn in_usd(&self, amount: &Decimal) -> Decimal {
        self.price()
            .map_or_else(Decimal::zero, |price| amount * &price)
    }

    fn breakdown(&self) -> Breakdown {
        self.breakdown.clone().unwrap_or_else(|| Breakdown {
            available: self.balance.clone(),
            pending: Decimal::zero(),
            reserve: Decimal::zero(),
            in_transit: Decimal::zero(),
            pending_settlements: Vec::new(),
        })
    }

    fn flat(&self, transit: Transit) -> Object {
        let value = match &self.value_usd {
            Some(stated) => Node::from(stated.as_str()),
            None => Node::text_or_null(self.value().map(|value| value.money())),
        };
        Object::from([
            ("symbol", self.symbol.as_str().into()),
            ("name", self.name.as_str().into()),
            ("balance", self.balance.as_str().into()),
            ("value_usd", value),
            ("price_usd", self.price_number()),
            ("icon_url", Node::text_or_null(self.icon_url.as_deref())),
            ("breakdown", self.breakdown().node(transit)),
        ])
    }

    fn price_number(&self) -> Node {
        self.price().map_or(Node::Null, |price| price.number())
    }

    fn cash(&self, transit: Transit) -> Object {
        let Breakdown {
            available,
            pending,
            reserve,
            in_transit,
            pending_settlements: _,
        } = self.breakdown();
        let usd = |amount: &Decimal| self.in_usd(amount).number();
        let mut cash = Object::from([
            ("balance", available.number()),
            ("balance_usd", usd(&available)),
            ("currency", self.symbol.to_lowercase().into()),
            ("in_transit_balance_usd", usd(&in_transit)),
            ("pending_balance_usd", usd(&pending)),
            ("price_usd", self.price_number()),
            ("reserve_balance_usd", usd(&reserve)),
            ("total_withdrawable_balance", available.number()),
        ]);
        if transit == Transit::Pending {
            cash.remove(&["in_transit_balance_usd"]);
            cash.set("pending_balance_usd", usd(&(pending + &in_transit)));
        }
        cash
    }

    fn crypto(&self, transit: Transit) -> Object {
        Object::from([
            ("balance", self.balance.as_str().into()),
            ("breakdown", self.breakdown().node(transit)),
            ("icon_url", Node::text_or_null(self.icon_url.as_deref())),
            ("name", self.name.as_str().into()),
            ("price_usd", self.price_number()),
            ("symbol", self.symbol.as_str().into()),
            (
                "value_usd",
                self.value().unwrap_or_else(Decimal::zero).number(),
            ),
        ])
    }
}

impl Breakdown {
    fn node(self, transit: Transit) -> Node {
        let Self {
            available,
            pending,
            reserve,
            in_transit,
            pending_settlements,
        } = self;
        let mut node = Object::from([
            ("available", available.as_str().into()),
            ("pending", pending.as_str().into()),
            ("reserve", reserve.as_str().into()),
        ]);
        match transit {
            Transit::Pending => {
                node.set("pending", (pending + &in_transit).as_str());
            }
            Transit::Apart => {
                let settlements = pending_settlements.iter().map(|settlement| {
                    Object::from([
                        ("amount", settlement.amount.as_str().into()),
                        ("date", settlement.date.as_str().into()),
                    ])
                    .into()
                });
                node.set("in_transit", in_transit.as_str());
                node.set("pending_settlements", Node::List(settlements.collect()));
            }
        }
        node.into()
    }
}

fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.fold(Decimal::zero(), |total, amount| total + &amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holdings(text: &str) -> Holdings {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_total_counts_what_has_a_rate() {
        for (text, total) in [
            ("[]", "0.00"),
            (
                r#"[{"symbol":"A","name":"A","balance":"0.1","price_usd":1},
                    {"symbol":"B","name":"B","balance":"0.2","price_usd":1},
                    {"symbol":"C","name":"C","balance":"99"}]"#,
                "0.30",
            ),
            (
                r#"[{"symbol":"A","name":"A","balance":"3","value_usd":"10.005","price_usd":9}]"#,
                "10.005",
            ),
            (
                r#"[{"symbol":"USD","name":"Dollar","kind":"cash","balance":"7"}]"#,
                "7.00",
            ),
        ] {
            assert_eq!(holdings(text).total_usd(), total, "{text}");
        }
    }

    #[test]
    fn an_unknown_rate_is_null() {
        let flat = holdings(r#"[{"symbol":"C","name":"Coin","balance":"99"}]"#);
        let text = serde_json::to_string(&flat.flat(Transit::Pending)).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"[{"symbol":"C","name":"Coin","balance":"99","value_usd":null,"price_usd":null,"#,
                r#""icon_url":null,"breakdown":{"available":"99","pending":"0","reserve":"0"}}]"#
            )
        );
    }
}
