//! The rooms whose channels are subscribed: with the first member, and a while longer than the last.

use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use super::LEAVE;

/// The channels of rooms.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: HashMap<String, Room>,
    /// Not subscribed yet.
    new: Vec<String>,
    /// Those that nobody is in, and when they are given up.
    left: VecDeque<(Instant, String)>,
}

#[derive(Debug, Default)]
struct Room {
    /// A room, and a socket of that name, are one channel.
    members: usize,
    is_subscribed: bool,
    until: Option<Instant>,
}

impl Rooms {
    /// A room lives, or is gone. Returns `true` if its channel is to be subscribed.
    pub(super) fn change(&mut self, channel: String, lives: bool) -> bool {
        let room = self.rooms.entry(channel.clone()).or_default();
        if !lives {
            room.members = room.members.saturating_sub(1);
            if room.members == 0 {
                let until = Instant::now() + LEAVE;
                room.until = Some(until);
                self.left.push_back((until, channel));
            }
            return false;
        }
        room.members += 1;
        room.until = None;
        let is_new = !room.is_subscribed && room.members == 1;
        if is_new {
            self.new.push(channel);
        }
        is_new
    }

    /// The channels to subscribe to, and those to give up.
    pub(super) fn take_changes(&mut self) -> (Vec<String>, Vec<String>) {
        let (now, mut gone) = (Instant::now(), vec![]);
        while self.left.front().is_some_and(|(until, _)| *until <= now) {
            let Some((until, channel)) = self.left.pop_front() else { break };
            // it may live again, and have been left again
            if self.rooms.get(&channel).is_some_and(|room| room.until == Some(until))
                && let Some(room) = self.rooms.remove(&channel)
                && room.is_subscribed
            {
                gone.push(channel);
            }
        }
        let mut new = std::mem::take(&mut self.new);
        new.retain(|channel| match self.rooms.get_mut(channel) {
            Some(room) => !std::mem::replace(&mut room.is_subscribed, true),
            None => false,
        });
        (new, gone)
    }

    /// A new connection is subscribed to nothing.
    pub(super) fn forget_subscribed(&mut self) {
        self.rooms.values_mut().for_each(|room| room.is_subscribed = false);
        self.new = self.rooms.keys().cloned().collect();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn change(rooms: &mut Rooms, room: &str, lives: bool) -> bool {
        rooms.change(room.to_owned(), lives)
    }

    #[tokio::test(start_paused = true)]
    async fn a_room_is_subscribed_with_its_first_member_and_a_while_longer_than_its_last() {
        let mut rooms = Rooms::default();
        assert!(change(&mut rooms, "a", true) && !change(&mut rooms, "a", true));
        assert_eq!(rooms.take_changes(), (vec!["a".to_owned()], vec![]));
        change(&mut rooms, "a", false);
        change(&mut rooms, "a", false);
        assert!(!change(&mut rooms, "a", true), "it still is");
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(rooms.take_changes(), (vec![], vec![]));
        change(&mut rooms, "a", false);
        rooms.forget_subscribed();
        assert_eq!(rooms.take_changes().0, ["a"], "a new connection");
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(rooms.take_changes(), (vec![], vec!["a".to_owned()]));
        assert!(rooms.rooms.is_empty() && rooms.left.is_empty());
        // gone before it was subscribed
        change(&mut rooms, "b", true);
        change(&mut rooms, "b", false);
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(rooms.take_changes(), (vec![], vec![]));
        assert!(rooms.rooms.is_empty());
    }
}
