#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| socketio::fuzz::stream(bytes));
