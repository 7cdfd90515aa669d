//! What the compiler says about mistakes in programs that use `socketio`: see `tests/`.
