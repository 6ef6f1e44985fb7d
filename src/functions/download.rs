//! Files.

use pgrx::prelude::*;

use super::required;
use crate::error::{Error, Kind};
use crate::fdw::encoding::Text;
use crate::fdw::report::OrReport as _;
use crate::fdw::{named, wait};

/// The largest bytea: one byte less than 1 GB, less the four of its header.
const LARGEST_BYTEA: usize = 0x3fff_ffff - 4;

#[pg_extern]
fn download(server: Option<Text>, url: Option<Text>) -> Vec<u8> {
    let fetched = || {
        let client = named::client(required("server", server.as_deref())?)?;
        // An upload without an address is an error, not an empty file.
        let url = url.map(|url| url.0).ok_or_else(no_download)?;
        wait::run(async move { client.download(&url, LARGEST_BYTEA).await })?
    };
    fetched().or_report().into()
}

fn no_download() -> Error {
    Error::new(Kind::Invalid, "the record has no download")
        .detail("Its address is null.")
        .hint("Leave such records out: WHERE download_url IS NOT NULL.")
}
