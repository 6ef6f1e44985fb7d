//! The listener on the callback URL: takes the browser's answer to an authorization request.
//!
//! It listens on this machine alone, answers one path, and believes only who brings the state of the
//! request that waits. May import `error`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use url::{Host, Url};

use super::flow::Pending;
use super::page::Page;
use super::verifier::{self, Code};
use crate::error::{Error, Kind, Result};

/// Time for a browser to say what it wants: it connects ahead of need and may never speak.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Time to see that the last page has left for the browser, before the listener goes.
const FAREWELL: Duration = Duration::from_secs(2);
/// Connections at a time: one browser, a favicon and some impatience. The oldest makes room for another:
/// a browser speaks as soon as it has connected, so that who is silent longest is none.
const MOST_CONNECTIONS: usize = 32;

/// Listens for the browser.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    callback: Url,
}

/// What a connection hears from its request: the flow's outcome.
type Outcome = Result<Code>;

impl Listener {
    /// Listens on the host and port of a callback URL, which must be this machine.
    ///
    /// # Errors
    /// When the URL is for another machine, or the port is taken.
    pub async fn bind(callback_url: &str) -> Result<Self> {
        let callback = parse(callback_url)?;
        let port = callback.port_or_known_default().unwrap_or_default();
        let mut sockets = Vec::new();
        for (address, needed) in addresses(&callback) {
            match TcpListener::bind((address, port)).await {
                Ok(socket) => sockets.push(socket),
                Err(error) if needed || error.kind() == io::ErrorKind::AddrInUse => {
                    return Err(unbound(&callback, port, &error));
                }
                // A machine without IPv6 has no browser that comes over it.
                Err(_) => {}
            }
        }
        Ok(Self { sockets, callback })
    }

    /// Waits for the browser to bring the code of a request. Dropping the future ends it.
    ///
    /// # Errors
    /// When the user or the server says no, or nobody comes in time.
    pub async fn code(self, pending: &Pending, timeout: Duration) -> Result<Code> {
        let late = |_| {
            Error::new(
                Kind::Authentication,
                format!("nobody authorized within {} s", timeout.as_secs()),
            )
            .hint("Open the address that was printed in a browser on this machine, and in time.")
        };
        let deadline = tokio::time::timeout(timeout, self.serve(Arc::new(pending.clone())));
        deadline.await.map_err(late)?
    }

    async fn serve(self, pending: Arc<Pending>) -> Outcome {
        let callback = Arc::new(self.callback);
        let (found, mut finds) = mpsc::channel(1);
        let mut connections = JoinSet::new();
        let mut oldest_first = VecDeque::new();
        loop {
            tokio::select! {
                outcome = finds.recv() => {
                    // The page is on its way: let it arrive.
                    let gone = async { while connections.join_next().await.is_some() {} };
                    let _ = tokio::time::timeout(FAREWELL, gone).await;
                    return outcome.unwrap_or_else(|| Err(Error::new(
                        Kind::ConnectionLost, "the listener on the callback URL ended",
                    )));
                }
                stream = accept(&self.sockets) => {
                    oldest_first.retain(|one: &AbortHandle| !one.is_finished());
                    if oldest_first.len() >= MOST_CONNECTIONS
                        && let Some(oldest) = oldest_first.pop_front()
                    {
                        oldest.abort();
                    }
                    let (callback, pending) = (Arc::clone(&callback), Arc::clone(&pending));
                    let task = connection(stream, callback, pending, found.clone());
                    oldest_first.push_back(connections.spawn(task));
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// The next connection on any of the sockets.
async fn accept(sockets: &[TcpListener]) -> TcpStream {
    loop {
        let all = sockets.iter().map(|socket| Box::pin(socket.accept()));
        match futures_util::future::select_all(all).await.0 {
            Ok((stream, _)) => return stream,
            // Out of files, or gone before it was accepted: no reason to stop, nor to spin.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(
    stream: TcpStream,
    callback: Arc<Url>,
    pending: Arc<Pending>,
    found: mpsc::Sender<Outcome>,
) {
    let service = service_fn(move |request| {
        let response = respond(&request, &callback, &pending, &found);
        async move { Ok::<_, Infallible>(response) }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.keep_alive(false).timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    // A browser that breaks off is no failure of the flow.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

fn respond(
    request: &Request<Incoming>,
    callback: &Url,
    pending: &Pending,
    found: &mpsc::Sender<Outcome>,
) -> Response<Full<Bytes>> {
    let (page, outcome) = judge(request.method(), request.uri(), callback, pending);
    if let Some(outcome) = outcome {
        // Full when an outcome is there already: the first one counts.
        let _ = found.try_send(outcome);
    }
    page.response()
}

/// What a request deserves, and what it means for the flow.
fn judge(
    method: &Method,
    uri: &hyper::Uri,
    callback: &Url,
    pending: &Pending,
) -> (Page, Option<Outcome>) {
    if method != Method::GET || uri.path() != callback.path() {
        return (Page::missing(), None);
    }
    let query = uri.query().unwrap_or_default();
    // Checked first, for errors too: anybody can make a browser open this address.
    let state = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state");
    if !state.is_some_and(|(_, state)| pending.knows(&state)) {
        let why = "This answer belongs to another request, or to none.";
        return (Page::mistaken(why), None);
    }
    match verifier::read_query(query) {
        Ok(Some(code)) => (Page::authorized(), Some(Ok(code))),
        Ok(None) => (Page::mistaken("The address has no code in it."), None),
        Err(error) => {
            let why = format!("{error}. {}", error.detail_text().unwrap_or_default());
            (Page::denied(&capitalized(&why)), Some(Err(error)))
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

fn parse(callback_url: &str) -> Result<Url> {
    let refuse = |why: &str| {
        Error::new(Kind::OptionValue, format!("cannot listen on the callback URL: {why}")).hint(
            "Use http://127.0.0.1:PORT/, registered as a redirect URI of the application; or \
             basecamp.get_oauth_authorization_url for a callback elsewhere.",
        )
    };
    let url = Url::parse(callback_url).map_err(|error| refuse(&error.to_string()))?;
    if url.scheme() != "http" {
        return Err(refuse("its scheme is not http"));
    }
    if addresses(&url).is_empty() {
        return Err(refuse("its host is not this machine"));
    }
    if url.port() == Some(0) {
        return Err(refuse("its port is 0"));
    }
    Ok(url)
}

/// Where to listen for a host, and whether it must be there. A name of this machine may lead a
/// browser to either family.
fn addresses(url: &Url) -> Vec<(IpAddr, bool)> {
    match url.host() {
        Some(Host::Ipv4(address)) if address.is_loopback() => vec![(address.into(), true)],
        Some(Host::Ipv6(address)) if address.is_loopback() => vec![(address.into(), true)],
        Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => {
            vec![(Ipv4Addr::LOCALHOST.into(), true), (Ipv6Addr::LOCALHOST.into(), false)]
        }
        _ => Vec::new(),
    }
}

fn unbound(callback: &Url, port: u16, error: &io::Error) -> Error {
    let host = callback.host_str().unwrap_or_default();
    if error.kind() == io::ErrorKind::AddrInUse {
        return Error::new(
            Kind::Configuration,
            format!("port {port} of the callback URL is in use"),
        )
        .detail(format!(
            "Another program, or another session that authorizes, listens on {host}:{port}."
        ))
        .hint(
            "Wait for it, or set callbackurl to another port, registered as a redirect URI too.",
        );
    }
    Error::new(Kind::Configuration, format!("could not listen on port {port} of the callback URL"))
        .detail(format!("{error}."))
}

#[cfg(test)]
mod tests {
    use super::{addresses, parse};
    use crate::error::Kind;

    #[test]
    fn only_this_machine_is_listened_on() {
        for wrong in [
            "http://0.0.0.0:33333/",
            "http://[::]:33333/",
            "http://192.168.0.7:33333/",
            "http://app.example:33333/",
            "http://localhost.example/",
            "https://127.0.0.1:33333/",
            "http://127.0.0.1:0/",
            "nowhere",
        ] {
            let error = parse(wrong).expect_err(wrong);
            assert_eq!(error.kind(), Kind::OptionValue, "{wrong}");
        }
        for right in ["http://127.0.0.1:33333/", "http://[::1]:1/cb?x=y", "http://LOCALHOST/"] {
            let url = parse(right).expect(right);
            assert!(addresses(&url).iter().all(|(address, _)| address.is_loopback()));
        }
    }
}
