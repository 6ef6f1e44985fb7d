//! Writes the pages of `docs/reference`, the README's table of options and the declarations of functions:
//! `make reference`.
#![expect(clippy::print_stdout, reason = "a command says what it did")]

use std::path::Path;
use std::{fs, io};

use basecamp_fdw::catalog::Version;
use generator::{pages, with_functions, with_options};

fn main() -> io::Result<()> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = top.join("docs/reference");
    for version in [Version::V2, Version::V3] {
        let folder = root.join(version.name().to_lowercase());
        // Pages of tables that are no more go.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let pages = pages(version);
        for page in &pages {
            fs::write(root.join(&page.path), &page.text)?;
        }
        println!("{}: {} pages", folder.display(), pages.len());
    }
    let readme = top.join("README.md");
    let text = fs::read_to_string(&readme)?;
    let made = with_options(&text).ok_or_else(|| io::Error::other("no place for the options"))?;
    fs::write(&readme, made)?;
    println!("{}: options", readme.display());
    let script = top.join("sql/basecamp_fdw--0.1.0--0.2.0.sql");
    let text = fs::read_to_string(&script)?;
    let made = with_functions(&text).ok_or_else(|| io::Error::other("no place for functions"))?;
    fs::write(&script, made)?;
    println!("{}: functions", script.display());
    Ok(())
}
