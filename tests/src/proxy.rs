//! A network that breaks: a TCP proxy that cuts, half-closes, delays and freezes connections, from a fixed seed.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

/// A proxy to a server; it ends when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where clients connect to.
    pub address: SocketAddr,
    calm: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

/// How a connection breaks when its time is up.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// A reset in both directions.
    Cut,
    /// Nothing more goes to the server.
    EndUpwards,
    /// Nothing more goes to the client, while the server goes on writing.
    EndDownwards,
    /// Nothing more goes anywhere, and neither side is notified.
    Freeze,
}

impl Proxy {
    /// A proxy whose connections break after 0.2 to 3 seconds.
    ///
    /// # Panics
    /// If it cannot listen.
    pub async fn start(server: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let calm = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, server, Random(seed | 1), calm.clone()));
        Self { address, calm, _tasks: tasks }
    }

    /// A proxy whose connections do not break, and pass on so many bytes each second in each direction.
    ///
    /// # Panics
    /// If it cannot listen.
    pub async fn slow(server: SocketAddr, bytes_per_second: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                connections.spawn(async move {
                    let Ok(mut server) = TcpStream::connect(server).await else { return };
                    let (mut from_client, mut to_client) = client.split();
                    let (mut from_server, mut to_server) = server.split();
                    tokio::select! {
                        () = drip(&mut from_client, &mut to_server, bytes_per_second) => {}
                        () = drip(&mut from_server, &mut to_client, bytes_per_second) => {}
                    }
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, calm: Arc::default(), _tasks: tasks }
    }

    /// From now on nothing else breaks; what is broken stays broken.
    pub fn calm_down(&self) {
        self.calm.store(true, Ordering::SeqCst);
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, mut random: Random, calm: Arc<AtomicBool>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let fate = [Fate::Cut, Fate::EndUpwards, Fate::EndDownwards, Fate::Freeze][random.below(4) as usize];
        let end = Instant::now() + Duration::from_millis(200 + random.below(2800));
        let delay = Duration::from_millis(if random.below(4) == 0 { random.below(30) } else { 0 });
        connections.spawn(forward(client, server, fate, end, delay, calm.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn forward(
    mut client: TcpStream,
    server: SocketAddr,
    fate: Fate,
    end: Instant,
    delay: Duration,
    calm: Arc<AtomicBool>,
) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let end = async {
        sleep_until(end).await;
        if calm.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    };
    {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let mut up = Box::pin(pump(&mut from_client, &mut to_server, delay));
        let mut down = Box::pin(pump(&mut from_server, &mut to_client, delay));
        tokio::select! {
            () = &mut up => return,
            () = &mut down => return,
            () = end => {}
        }
        // Whatever fails here is broken already. A direction that goes on must not lose what it has read.
        match fate {
            Fate::Cut => {}
            Fate::EndUpwards => {
                drop(up);
                let _ = to_server.shutdown().await;
                down.await;
            }
            Fate::EndDownwards => {
                drop(down);
                let _ = to_client.shutdown().await;
                swallow(&mut from_server).await;
            }
            // as long as a client may need to notice
            Fate::Freeze => sleep(Duration::from_secs(3)).await,
        }
    }
    for stream in [client, server] {
        // a reset instead of an orderly end
        let _ = stream.set_zero_linger();
    }
}

async fn pump(from: &mut ReadHalf<'_>, to: &mut WriteHalf<'_>, delay: Duration) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(len @ 1..) = from.read(&mut buffer).await {
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
}

async fn drip(from: &mut ReadHalf<'_>, to: &mut WriteHalf<'_>, bytes_per_second: usize) {
    const PARTS: usize = 50;
    let mut buffer = vec![0; (bytes_per_second / PARTS).max(1)];
    while let Ok(len @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
        sleep(Duration::from_millis(1000 / PARTS as u64)).await;
    }
}

async fn swallow(from: &mut ReadHalf<'_>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(1..) = from.read(&mut buffer).await {}
}

/// Numbers that look random and are the same in every run (xorshift).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
