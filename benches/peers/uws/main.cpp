// Plain WebSocket on uWebSockets (C++). `/ws` echoes frames as they came, `B...` goes to everyone, the sender too.
// Usage: uws PORT
#include "App.h"

#include <cstdlib>

namespace {

struct Nothing {};
using Socket = uWS::WebSocket<false, true, Nothing>;

constexpr auto EVERYONE = "everyone";
// as much as our server takes and keeps by default: the usual limits of uWebSockets are lower
constexpr unsigned int PAYLOAD = 1024 * 1024, BACKLOG = 16 * 1024 * 1024;

}  // namespace

int main(int count, char **words) {
    const int port = count == 2 ? std::atoi(words[1]) : 0;
    if (port <= 0) {
        std::fputs("usage: uws PORT\n", stderr);
        return 2;
    }
    bool listens = false;
    uWS::App app;
    app.ws<Nothing>("/ws", {
        .compression = uWS::DISABLED,
        .maxPayloadLength = PAYLOAD,
        .maxBackpressure = BACKLOG,
        .open = [](Socket *socket) { socket->subscribe(EVERYONE); },
        .message = [&app](Socket *socket, std::string_view text, uWS::OpCode kind) {
            if (text.starts_with('B')) {
                app.publish(EVERYONE, text, kind);
            } else {
                socket->send(text, kind);
            }
        },
    });
    app.listen("127.0.0.1", port, [&listens](auto *socket) { listens = socket; });
    if (!listens) {
        std::fprintf(stderr, "port %d is taken\n", port);
        return 1;
    }
    app.run();
}
