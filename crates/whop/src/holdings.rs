//! The holdings of a user: operator data, and the representations in the versions.

use serde::Deserialize;

use crate::{
    decimal::Decimal,
    node::{Node, Object},
};

/// All holdings of a user.
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
    /// Default: the balance multiplied by the price.
    value_usd: Option<Decimal>,
    icon_url: Option<String>,
    /// Default: the whole balance is available.
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

/// The representation of amounts in transit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transit {
    /// Separate from pending amounts.
    Separate,
    /// Included in pending amounts.
    InPending,
}

impl Holdings {
    /// Returns the value of all holdings with a known price.
    pub(crate) fn total_usd(&self) -> String {
        sum(self.0.iter().filter_map(Holding::value)).money()
    }

    /// Returns the holdings as a flat list.
    pub(crate) fn flat(&self, transit: Transit) -> Node {
        let items = self.0.iter().map(|holding| holding.flat(transit).into());
        Node::Array(items.collect())
    }

    /// Returns the holdings by kind, with sums. Accounts of the user are not known to the server.
    pub(crate) fn nested(&self, transit: Transit) -> Node {
        let of = |kind: Kind| self.0.iter().filter(move |holding| holding.kind == kind);
        let value = |kind: Kind| sum(of(kind).filter_map(Holding::value)).money();
        let cash = of(Kind::Cash).map(|holding| holding.cash(transit).into());
        let crypto = of(Kind::Crypto).map(|holding| holding.crypto(transit).into());
        let pending = of(Kind::Cash).map(|holding| {
            let breakdown = holding.breakdown();
            holding.in_usd(&(breakdown.pending + &breakdown.in_transit))
        });
        let zero = || Node::from(Decimal::zero().money());
        Object::from([
            ("businesses", Node::Array(Vec::new())),
            ("businesses_total_usd", zero()),
            ("cash", Node::Array(cash.collect())),
            ("cash_usd", value(Kind::Cash).into()),
            ("crypto", Node::Array(crypto.collect())),
            ("crypto_usd", value(Kind::Crypto).into()),
            ("pending_usd", sum(pending).money().into()),
            ("total_usd", self.total_usd().into()),
            ("treasury_pending_usd", zero()),
        ])
        .into()
    }
}

impl Holding {
    fn price(&self) -> Option<Decimal> {
        let is_dollar = self.kind == Kind::Cash && self.symbol.eq_ignore_ascii_case("usd");
        self.price_usd.clone().or(is_dollar.then(Decimal::one))
    }

    /// Returns the value of the holding, or `None` if it is unknown.
    fn value(&self) -> Option<Decimal> {
        let computed = || Some(&self.balance * &self.price()?);
        self.value_usd.clone().or_else(computed)
    }

    /// Returns the value of `amount` of the holding, or 0 if it is unknown, because these fields are
    /// not nullable.
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
            Some(value) => Node::from(value.as_str()),
            None => Node::string_or_null(self.value().map(|value| value.money())),
        };
        Object::from([
            ("symbol", self.symbol.as_str().into()),
            ("name", self.name.as_str().into()),
            ("balance", self.balance.as_str().into()),
            ("value_usd", value),
            ("price_usd", self.price_number()),
            ("icon_url", Node::string_or_null(self.icon_url.as_deref())),
            ("breakdown", self.breakdown().into_node(transit)),
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
        if transit == Transit::InPending {
            cash.remove(&["in_transit_balance_usd"]);
            cash.set("pending_balance_usd", usd(&(pending + &in_transit)));
        }
        cash
    }

    fn crypto(&self, transit: Transit) -> Object {
        Object::from([
            ("balance", self.balance.as_str().into()),
            ("breakdown", self.breakdown().into_node(transit)),
            ("icon_url", Node::string_or_null(self.icon_url.as_deref())),
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
    fn into_node(self, transit: Transit) -> Node {
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
            Transit::InPending => {
                node.set("pending", (pending + &in_transit).as_str());
            }
            Transit::Separate => {
                let settlements = pending_settlements.iter().map(|settlement| {
                    Object::from([
                        ("amount", settlement.amount.as_str().into()),
                        ("date", settlement.date.as_str().into()),
                    ])
                    .into()
                });
                node.set("in_transit", in_transit.as_str());
                node.set("pending_settlements", Node::Array(settlements.collect()));
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
    fn the_total_includes_holdings_with_a_known_price() {
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
    fn an_unknown_price_is_null() {
        let flat = holdings(r#"[{"symbol":"C","name":"Coin","balance":"99"}]"#);
        let text = serde_json::to_string(&flat.flat(Transit::InPending)).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"[{"symbol":"C","name":"Coin","balance":"99","value_usd":null,"price_usd":null,"#,
                r#""icon_url":null,"breakdown":{"available":"99","pending":"0","reserve":"0"}}]"#
            )
        );
    }
}
