//! How many pages a listing will have and where they are, going by its first one: so that several can be
//! asked for at a time.

use url::Url;

use super::link::Numbering;

/// Sizes of the first pages, then 100 rows each. Only used to guess how many
/// pages to expect.
const GEARS: [u64; 3] = [15, 30, 50];
/// The largest page that was ever seen: a page under way may bring this many rows.
pub const LARGEST_PAGE: u64 = 100;

/// How to go ahead of the links.
#[derive(Debug)]
pub struct Ahead {
    /// How pages are addressed.
    pub numbering: Numbering,
    /// The last page that is expected.
    pub expected: u32,
}

impl Ahead {
    /// If page 1 shows how pages are addressed and how many there may be.
    pub fn shown(first: &Url, next: &Url, total: Option<u64>, rows: Option<u64>) -> Option<Self> {
        Some(Self {
            numbering: Numbering::shown(first, next)?,
            expected: expected(total?, rows.filter(|rows| *rows > 0)?),
        })
    }
}

/// How many pages a listing of `total` rows has, going by its first page.
fn expected(total: u64, first: u64) -> u32 {
    let pages = if first == GEARS[0] {
        let mut left = total;
        let mut pages = 0;
        for gear in GEARS {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(gear);
            pages += 1;
        }
        pages + left.div_ceil(LARGEST_PAGE)
    } else {
        total.div_ceil(first)
    };
    u32::try_from(pages).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::expected;

    #[test]
    fn expected_pages_follow_the_first_pages_size() {
        assert_eq!(
            [15, 16, 45, 46, 95, 96, 20_000].map(|n| expected(n, 15)),
            [1, 2, 2, 3, 3, 4, 203]
        );
        assert_eq!(expected(101, 50), 3);
        assert_eq!(expected(u64::MAX, 1), u32::MAX);
    }
}
