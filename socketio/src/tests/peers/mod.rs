//! What servers of other projects promise their users.

mod gofiber;
