//! The guide, by chapters. Each one is a module without items: its documentation is the chapter.
//!
//! Start with the [first server](first_server), [events], [handlers] and [acknowledgements]; the others when you need them.

#[doc = include_str!("docs/guide/first_server.md")]
pub mod first_server {}

#[doc = include_str!("docs/guide/events.md")]
pub mod events {}

#[doc = include_str!("docs/guide/handlers.md")]
pub mod handlers {}

#[doc = include_str!("docs/guide/extractors.md")]
pub mod extractors {}

#[doc = include_str!("docs/guide/middleware.md")]
pub mod middleware {}

#[doc = include_str!("docs/guide/acknowledgements.md")]
pub mod acknowledgements {}

#[doc = include_str!("docs/guide/rooms.md")]
pub mod rooms {}

#[doc = include_str!("docs/guide/namespaces.md")]
pub mod namespaces {}

#[doc = include_str!("docs/guide/lifecycle.md")]
pub mod lifecycle {}

#[doc = include_str!("docs/guide/errors.md")]
pub mod errors {}

#[doc = include_str!("docs/guide/recovery.md")]
pub mod recovery {}

#[doc = include_str!("docs/guide/webtransport.md")]
pub mod webtransport {}

#[doc = include_str!("docs/guide/plain_wire.md")]
pub mod plain_wire {}

#[doc = include_str!("docs/guide/cluster.md")]
pub mod cluster {}

#[doc = include_str!("docs/guide/limits.md")]
pub mod limits {}

#[cfg(feature = "deflate")]
#[doc = include_str!("docs/guide/compression.md")]
pub mod compression {}

#[doc = include_str!("docs/guide/observability.md")]
pub mod observability {}

#[doc = include_str!("docs/guide/security.md")]
pub mod security {}

#[doc = include_str!("docs/guide/proxies.md")]
pub mod proxies {}

#[doc = include_str!("docs/guide/shutdown.md")]
pub mod shutdown {}

#[doc = include_str!("docs/guide/testing.md")]
pub mod testing {}

#[cfg(feature = "contract")]
#[doc = include_str!("docs/guide/contract.md")]
pub mod contract {}

#[doc = include_str!("docs/guide/from_node.md")]
pub mod from_node {}

#[doc = include_str!("docs/guide/from_nestjs.md")]
pub mod from_nestjs {}

#[doc = include_str!("docs/guide/from_socketioxide.md")]
pub mod from_socketioxide {}

#[doc = include_str!("docs/guide/from_gofiber.md")]
pub mod from_gofiber {}
