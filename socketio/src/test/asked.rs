//! What the server asks a client.

use std::{marker::PhantomData, panic::Location};

use serde::{Serialize, de::DeserializeOwned};

use super::{TestClient, client::messages};
use crate::{
    encode,
    event::{Acknowledged, Payload},
};

impl TestClient {
    /// The server must ask next, with this event: returns it, and what the answer goes to.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use socketio::{Event, test::TestClient};
    /// # #[derive(Serialize, Deserialize, Event)]
    /// # #[event("ready?", from = server, ack = bool)]
    /// # struct Ready { round: u32 }
    /// # async fn example(client: &mut TestClient) {
    /// let (ready, reply) = client.expect_asked::<Ready>().await;
    /// assert_eq!(ready.round, 1);
    /// client.reply(reply, &true).await;
    /// # }
    /// ```
    /// # Panics
    /// As [`expect`](Self::expect), and if the server does not ask for an acknowledgement.
    #[track_caller]
    pub fn expect_asked<E: Acknowledged + DeserializeOwned>(
        &mut self,
    ) -> impl Future<Output = (E, Reply<E::Ack>)> {
        self.asked(E::NAME, Location::caller())
    }

    /// [`expect_asked`](Self::expect_asked) for an event without a type of its own: the test says what it carries, and what the
    /// answer is.
    ///
    /// ```
    /// # async fn example(client: &mut socketio::test::TestClient) {
    /// let ((), reply) = client.expect_asked_named::<(), String>("token").await;
    /// client.reply(reply, &"a new one".to_owned()).await;
    /// # }
    /// ```
    /// # Panics
    /// As [`expect`](Self::expect), and if the server does not ask for an acknowledgement.
    #[track_caller]
    pub fn expect_asked_named<T: DeserializeOwned, A>(
        &mut self,
        name: &str,
    ) -> impl Future<Output = (T, Reply<A>)> {
        self.asked(name, Location::caller())
    }

    async fn asked<T: DeserializeOwned, A>(&mut self, name: &str, at: &Location<'_>) -> (T, Reply<A>) {
        let (event, id) = self.expect_event(name, at).await;
        match id {
            Some(id) => (event, Reply { id, answer: PhantomData }),
            None => self.fail("a request", "the server asked for no acknowledgement", at),
        }
    }

    /// Answers what the server [asked](Self::expect_asked).
    ///
    /// # Panics
    /// If the answer cannot be encoded.
    pub async fn reply<T: Payload + Serialize>(&mut self, reply: Reply<T>, answer: &T) {
        let head = self.head(Some(reply.id));
        let messages = match encode::ack(head, Some(answer), T::SPREADS, messages) {
            Ok(messages) => messages,
            Err(error) => panic!("the answer cannot be encoded: {error}"),
        };
        self.send_all(messages).await;
    }
}

/// What an answer of a client goes to: from [`TestClient::expect_asked`].
#[derive(Debug)]
#[must_use = "the server waits for an answer: `client.reply(reply, &answer)`"]
pub struct Reply<T> {
    id: u64,
    answer: PhantomData<fn(T)>,
}
