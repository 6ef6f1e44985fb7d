//! Which table's records a column names, as paths tell: `/todolists/{todolist_id}/todos.json` is below
//! `/todolists/{id}.json`.

use super::source::{Each, Source};
use super::table::Table;
use super::version::Version;

impl Version {
    /// The table whose records a column of a table names; none where no path tells, or several do not
    /// tell the same.
    pub fn named_by(self, table: &Table, column: &str) -> Option<&'static Table> {
        if let Some(container) = table.container.filter(|container| container.column == column) {
            return self.below(container.path, column);
        }
        let asked = table.sources.iter().filter(|source| source.holes().any(|hole| hole == column));
        let mut named = asked.map(|source| self.filling(source, column));
        let first = named.next()??;
        named.all(|other| other.is_some_and(|it| std::ptr::eq(it, first))).then_some(first)
    }

    /// The table whose ids fill a hole of a source.
    fn filling(self, source: &Source, hole: &str) -> Option<&'static Table> {
        match source.each {
            Some(Each::Row { table, fills, .. }) if fills.contains(&(hole, "id")) => {
                self.table(table)
            }
            _ => self.below(source.path, hole),
        }
    }

    /// The table whose records have their own address where a path has a hole.
    fn below(self, path: &str, hole: &str) -> Option<&'static Table> {
        let (above, _) = path.split_once(&format!("{{{hole}}}"))?;
        let record = format!("{above}{{id}}.json");
        let has = |table: &&Table| table.singles().any(|single| single.path == record);
        self.tables().iter().copied().find(has)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    /// What a column of a table names.
    fn named(version: Version, table: &str, column: &str) -> Option<&'static str> {
        let table = version.table(table).expect("a table");
        version.named_by(table, column).map(|table| table.name)
    }

    #[test]
    fn the_path_of_a_listing_tells_whose_it_is() {
        let v3 = |table, column| named(Version::V3, table, column);
        assert_eq!(v3("todos", "todolist_id"), Some("todolists"));
        assert_eq!(v3("vaults", "parent_id"), Some("vaults"));
        assert_eq!(named(Version::V2, "todos", "todolist_id"), Some("todolists"));
    }

    #[test]
    fn the_record_of_a_container_tells_it_where_its_listing_has_another_path() {
        assert_eq!(named(Version::V3, "cards", "column_id"), Some("card_columns"));
    }

    #[test]
    fn the_table_that_is_walked_tells_it() {
        let v3 = |table, column| named(Version::V3, table, column);
        assert_eq!(v3("out_of_office", "person_id"), Some("people"));
        assert_eq!(v3("project_people", "project_id"), Some("projects"));
    }

    #[test]
    fn what_may_be_of_several_tables_is_of_none() {
        assert_eq!(named(Version::V3, "comments", "recording_id"), None);
        assert_eq!(named(Version::V2, "comments", "parent_id"), None);
        assert_eq!(named(Version::V3, "todos", "content"), None);
    }
}
