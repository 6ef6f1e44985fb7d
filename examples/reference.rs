//! Writes the pages of `docs/reference` from the catalogue: `make reference`.
#![expect(clippy::print_stdout, reason = "a command says what it did")]

use std::path::Path;
use std::{fs, io};

use basecamp_fdw::catalog::Version;
use basecamp_fdw::reference::pages;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
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
    Ok(())
}
