//! The server: hands on what is asked, and spoils what comes back.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use simulator::Simulator;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use crate::answer::{Answer, Asked, Delivery};
use crate::faults::Fault;
use crate::mutation;

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    certificate: Option<String>,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct State {
    /// Where the simulator is, and what its addresses begin with.
    behind: String,
    here: String,
    mode: Mutex<Mode>,
    /// What the simulator answered: it answers the same again.
    known: Mutex<HashMap<String, Answer>>,
}

#[derive(Debug, Default)]
struct Mode {
    fault: Option<&'static Fault>,
    seed: Option<u64>,
    requests: usize,
}

impl Server {
    /// Starts in front of a simulator, without a fault.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(simulator: &Simulator) -> io::Result<Self> {
        Self::launch(simulator, None)
    }

    /// The same behind TLS, with a certificate of its own making.
    ///
    /// # Errors
    /// When no port can be had, or no certificate.
    pub fn start_tls(simulator: &Simulator) -> io::Result<Self> {
        let pair = generate_simple_self_signed(["127.0.0.1".to_owned()]);
        Self::launch(simulator, Some(pair.map_err(io::Error::other)?))
    }

    fn launch(
        simulator: &Simulator,
        pair: Option<CertifiedKey<rcgen::KeyPair>>,
    ) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let acceptor = pair.as_ref().map(acceptor).transpose()?;
        let scheme = if pair.is_some() { "https" } else { "http" };
        let state = Arc::new(State {
            behind: simulator.url(),
            here: format!("{scheme}://{address}"),
            mode: Mutex::default(),
            known: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, acceptor) = (Arc::clone(&serving), acceptor.clone());
                tokio::spawn(async move {
                    // A client that goes is no failure of the server's.
                    let _ = match acceptor {
                        None => state.serve(stream).await,
                        Some(acceptor) => match acceptor.accept(stream).await {
                            Ok(stream) => state.serve(stream).await,
                            Err(error) => Err(error),
                        },
                    };
                });
            }
        });
        let certificate = pair.map(|pair| pair.cert.pem());
        Ok(Self { certificate, state, runtime: Some(runtime) })
    }

    /// The value for the server option `url`.
    pub fn url(&self) -> String {
        self.state.here.clone()
    }

    /// What to trust: the content of the file for the server option `cacert`.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Switches a fault on, or all off.
    pub fn spoil(&self, fault: Option<&'static Fault>) {
        *locked(&self.state.mode) = Mode { fault, ..Mode::default() };
    }

    /// Changes answers at random from now on; the same seed makes the same changes.
    pub fn mutate(&self, seed: u64) {
        *locked(&self.state.mode) = Mode { seed: Some(seed), ..Mode::default() };
    }

    /// Requests that came since a fault was switched on or off.
    pub fn requests(&self) -> usize {
        locked(&self.state.mode).requests
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn acceptor(pair: &CertifiedKey<rcgen::KeyPair>) -> io::Result<TlsAcceptor> {
    let key = PrivateKeyDer::Pkcs8(pair.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.der().clone()], key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A connection to a client, with TLS or without.
trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// The connection below.
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

impl State {
    async fn serve(&self, stream: impl Stream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(mut asked) = read_head(&mut stream).await? {
            let (fault, seed) = {
                let mut mode = locked(&self.mode);
                asked.before = mode.requests;
                mode.requests += 1;
                (mode.fault, mode.seed)
            };
            let mut answer = self.behind(&asked).await?;
            if let Some(fault) = fault {
                (fault.spoil)(&mut answer, &asked);
            }
            if let Some(seed) = seed {
                mutation::mutate(&mut answer, seed, asked.before);
            }
            if !deliver(&mut stream, &answer).await? {
                break;
            }
        }
        Ok(())
    }

    /// What the simulator answers.
    async fn behind(&self, asked: &Asked) -> io::Result<Answer> {
        if let Some(known) = locked(&self.known).get(&asked.target) {
            return Ok(known.clone());
        }
        let address = self.behind.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await?;
        let kept = asked.headers.iter().filter(|line| {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            !matches!(name.as_str(), "connection" | "accept-encoding" | "host")
        });
        let mut head = format!("GET {} HTTP/1.1\r\nhost: {address}\r\n", asked.target);
        kept.for_each(|line| head.extend([line.as_str(), "\r\n"]));
        head.push_str("connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        let answer = self.parse(&bytes)?;
        if answer.status == 200 {
            locked(&self.known).insert(asked.target.clone(), answer.clone());
        }
        Ok(answer)
    }

    /// An answer with the addresses of this server in place of the simulator's.
    fn parse(&self, bytes: &[u8]) -> io::Result<Answer> {
        let wrong = || io::Error::other("the simulator's answer cannot be read");
        let text = String::from_utf8_lossy(bytes).replace(&self.behind, &self.here);
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(wrong)?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": ")).filter(|(name, _)| {
            !["content-length", "connection", "transfer-encoding"].contains(name)
        });
        Ok(Answer {
            status: status.ok_or_else(wrong)?,
            headers: headers.map(|(name, value)| (name.to_owned(), value.into())).collect(),
            body: body.into(),
            delivery: Delivery::Whole,
        })
    }
}

async fn read_head(stream: &mut BufReader<impl Stream>) -> io::Result<Option<Asked>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let first = lines.remove(0);
    let target = first.split(' ').nth(1).unwrap_or("/").to_owned();
    Ok(Some(Asked { target, headers: lines, before: 0 }))
}

/// Sends an answer; false when the connection is over.
async fn deliver(stream: &mut BufReader<impl Stream>, answer: &Answer) -> io::Result<bool> {
    let bytes = answer.bytes();
    let half = bytes.len() - answer.body.len() / 2;
    match answer.delivery {
        Delivery::Whole => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            return Ok(true);
        }
        Delivery::Raw => stream.write_all(&bytes).await?,
        Delivery::Closed => {}
        Delivery::Short => stream.write_all(&bytes[..half]).await?,
        Delivery::Reset => {
            stream.write_all(&bytes[..half]).await?;
            stream.get_ref().tcp().set_zero_linger()?;
        }
        Delivery::Hanging => {
            let _ = stream.read_u8().await;
        }
        Delivery::Drip(pause) => {
            for byte in &bytes {
                stream.write_all(std::slice::from_ref(byte)).await?;
                stream.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
    }
    Ok(false)
}
