//! The same question asked in several ways, which must not change the answer.

use crate::Session;

/// Rows as text, in an order that depends on nothing but them.
pub type Rows = Vec<Vec<Option<String>>>;

/// What PostgreSQL is left with: one way to join.
const JOINS: [&str; 3] = ["hashjoin", "mergejoin", "nestloop"];

impl Session {
    /// The rows of a query, sorted.
    pub fn sorted(&mut self, sql: &str) -> Rows {
        let mut rows = self.rows(sql);
        rows.sort();
        rows
    }

    /// The rows of a query that has the same ones however PostgreSQL joins, and however dear it
    /// believes a request to be.
    pub fn joined(&mut self, sql: &str) -> Rows {
        let rows = self.sorted(sql);
        for kept in JOINS {
            for each in JOINS {
                let on = if each == kept { "on" } else { "off" };
                self.run(&format!("SET enable_{each} = {on}"));
            }
            for (material, cost, lookahead) in [("on", 1000, "off"), ("off", 1, "on")] {
                self.run(&format!(
                    "SET enable_material = {material}; SET basecamp_fdw.request_cost = {cost}; \
                     SET basecamp_fdw.lookahead = {lookahead}"
                ));
                assert_eq!(self.sorted(sql), rows, "{sql}\nby {kept}\n{}", self.explain(sql));
            }
        }
        self.run("RESET ALL");
        rows
    }

    /// The rows of a query with parameters, which are the same whether it is planned for their values
    /// or for any.
    pub fn prepared(&mut self, types: &str, sql: &str, values: &str) -> Rows {
        self.run(&format!("PREPARE asked ({types}) AS {sql}"));
        let execute = format!("EXECUTE asked ({values})");
        let plans = ["force_custom_plan", "force_generic_plan"].map(|mode| {
            self.run(&format!("SET plan_cache_mode = {mode}"));
            self.sorted(&execute)
        });
        self.run("DEALLOCATE asked; RESET plan_cache_mode");
        let [custom, generic] = plans;
        assert_eq!(custom, generic, "{sql} with {values}");
        custom
    }

    /// The rows that several queries have, however PostgreSQL joins.
    pub fn agreed(&mut self, queries: &[&str]) -> Rows {
        let mut first = None;
        for sql in queries {
            let rows = self.joined(sql);
            let same = first.get_or_insert_with(|| rows.clone());
            assert_eq!(*same, rows, "{sql}\n{}", self.explain(sql));
        }
        first.unwrap_or_default()
    }

    /// A query with the literal `$1` in place of a value, and the same as a prepared statement.
    pub fn spelled(&mut self, ty: &str, sql: &str, value: &str) -> Rows {
        let literal = sql.replace("$1", &format!("{value}::{ty}"));
        let rows = self.joined(&literal);
        assert_eq!(self.prepared(ty, sql, value), rows, "{sql} with {value}");
        rows
    }
}
