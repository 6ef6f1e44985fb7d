//! A throwaway PostgreSQL cluster with `basecamp_fdw` installed, for the tests of this crate.
