//! Who the people of an account are, for statements that name them by their addresses.

use serde::Deserialize;

use crate::api::Client;
use crate::error::{Error, Result};
use crate::plan::change::People;

/// The listing of everybody whom one may see.
const PEOPLE: &str = "/people.json";

/// As much of a person as an address leads to.
#[derive(Debug, Deserialize)]
struct Listed {
    id: Option<i64>,
    email_address: Option<String>,
}

/// Everybody in the account.
pub(super) async fn read(client: &Client) -> Result<People> {
    let mut pages = client.pages(PEOPLE, None);
    let mut listed = Vec::new();
    while let Some(page) = pages.next().await? {
        let people: Vec<Listed> = serde_json::from_slice(&page.body).map_err(|error| {
            Error::malformed("the listing of people is not an array of people").unreadable(error)
        })?;
        listed.extend(people.into_iter().filter_map(|one| Some((one.id?, one.email_address?))));
    }
    Ok(People::new(listed))
}
