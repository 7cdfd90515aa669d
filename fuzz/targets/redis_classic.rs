#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| socketio_redis::fuzz::classic(bytes));
