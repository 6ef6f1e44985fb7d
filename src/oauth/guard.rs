//! Addresses that a server on the internet has no reason to send us to.
//!
//! Discovery believes what a server says of where its authorization server is. Such a server must not
//! be able to make this one talk to its own network, so names are judged by what they resolve to at
//! the moment of connecting. May import `error`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::error::{Error, Kind, Result};

/// Resolves names to public addresses or not at all, as another resolver knows them.
#[derive(Debug)]
pub struct PublicOnly<R>(pub R);

impl<R: Resolve> Resolve for PublicOnly<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let resolving = self.0.resolve(name);
        Box::pin(async move {
            let found: Vec<SocketAddr> = resolving.await?.collect();
            // One bad address spoils the name: which of them is tried is not ours to choose.
            if found.iter().any(|address| is_special(address.ip())) {
                return Err(
                    io::Error::other("the name leads to a private or special address").into()
                );
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Refuses an address in place of a name, which no resolver is asked about.
///
/// # Errors
/// When it is private or special.
pub fn check_literal(url: &Url) -> Result<()> {
    let special = match url.host() {
        Some(Host::Ipv4(address)) => is_special(address.into()),
        Some(Host::Ipv6(address)) => is_special(address.into()),
        Some(Host::Domain(_)) => false,
        None => true,
    };
    if !special {
        return Ok(());
    }
    Err(Error::new(Kind::Connect, "the authorization server's address is private or special")
        .detail("It was named by the Basecamp server, which must not lead into this network."))
}

/// Private, loopback, link-local, multicast, documentation and the like.
fn is_special(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_special_v4(address),
        IpAddr::V6(address) => is_special_v6(address),
    }
}

fn is_special_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        // "This network", shared (carrier NAT), protocol assignments, 6to4 relays, benchmarks,
        // multicast and reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224
}

fn is_special_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // An IPv4 address in disguise (mapped, compatible, NAT64, 6to4) is what it hides.
    let last = || {
        let octets = address.octets();
        Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15])
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff | 0, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {
            is_special_v4(last())
        }
        [0x2002, high, low, ..] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_special_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Teredo and other protocol assignments, documentation.
        [0x2001, 0..0x0200, ..] | [0x2001, 0x0db8, ..] => true,
        // Global unicast; everything beside it is local, multicast or reserved.
        [first, ..] => !(0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_literal, is_special};

    #[test]
    fn rule_107_private_and_special_addresses_are_told_from_public_ones() {
        let special = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
        ];
        for address in special {
            assert!(is_special(address.parse().expect("valid")), "{address}");
        }
        let public = ["8.8.8.8", "104.16.0.1", "2606:4700::1", "2001:4860:4860::8888"];
        for address in public {
            assert!(!is_special(address.parse().expect("valid")), "{address}");
        }
    }

    #[test]
    fn rule_107_an_address_in_place_of_a_name_is_judged_too() {
        for (url, fine) in [
            ("https://[::1]/", false),
            ("https://127.1/", false),
            ("https://0x7f000001/", false),
            ("https://8.8.8.8/", true),
            ("https://app.basecamp.com/", true),
        ] {
            let parsed = url.parse().expect("a URL");
            assert_eq!(check_literal(&parsed).is_ok(), fine, "{url}");
        }
    }
}
