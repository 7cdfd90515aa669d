//! The macros of `socketio`.
